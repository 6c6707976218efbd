"""A line of the table that the benchmark prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

Benchmark: TypeAlias = "Callable[[], Iterable[Row]]"
"""Measures, and gives a row or several."""

HEADER = "| | measured | ratio | bound | details |\n|---|---|---:|---:|---|"


@dataclass(frozen=True)
class Row:
    """What was measured and its ratio to what it is measured against, both in the same run.

    `bound` is what the ratio must not exceed; `details` are the figures behind it, for people.
    """

    name: str
    measured: str
    ratio: float
    bound: float
    details: str = ""

    @property
    def holds(self) -> bool:
        return self.ratio <= self.bound


def as_markdown(row: Row) -> str:
    """The row as one line of the table; a ratio above its bound stands out."""
    ratio = f"{row.ratio:.3g}" if row.holds else f"**{row.ratio:.3g}**"
    return f"| {row.name} | {row.measured} | {ratio} | {row.bound:.3g} | {row.details} |"
