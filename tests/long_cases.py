"""Which cases the run of two minutes leaves to the other run, as `tests/long_cases.txt` says: no clock decides.

A test function has 0.3 seconds; its cases that come after are long. Each line of the file is the name of a function and
how many of its cases are tried each time. It is written anew by `pytest --cases=all --note-long-cases`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

import pytest

NOTED = Path(__file__).with_suffix(".txt")
SECONDS = 0.3


def add_options(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cases", choices=("short", "long", "all"), help="which are tried: short, or all of what is named"
    )
    parser.addoption(
        "--note-long-cases", action="store_true", help="write tests/long_cases.txt by the times of this run"
    )


class LongCases:
    """Leaves out what the option `--cases` does; without it what is long, unless something is asked for by name."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        options = config.option
        if options.cases is None:
            named = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or options.keyword or options.markexpr
            options.cases = "all" if named else "short"

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        wanted = self._config.option.cases
        if wanted == "all":
            return
        parts: dict[bool, list[pytest.Item]] = {False: [], True: []}
        for item, is_long in zip(items, long_ones([item.nodeid for item in items], noted()), strict=True):
            parts[is_long].append(item)
        items[:] = parts[wanted == "long"]
        self._config.hook.pytest_deselected(items=parts[wanted != "long"])


class Noting:
    """Writes down at the end which cases are long."""

    def __init__(self) -> None:
        self._set_up: dict[str, dict[str, float]] = defaultdict(dict)
        self._rest: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "setup":
            self._set_up[report.nodeid.partition("::")[0]][report.nodeid] = report.duration
        else:
            self._rest[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        cases: dict[str, list[float]] = defaultdict(list)
        for set_up in self._set_up.values():
            # The first test of a module makes what all of them share, which is no time of its own.
            usual = median(set_up.values())
            for case, seconds in set_up.items():
                cases[function_of(case)].append(min(seconds, usual) + self._rest[case])
        tried = {function: fitting(seconds) for function, seconds in cases.items()}
        lines = [f"{name} {number}\n" for name, number in sorted(tried.items()) if number < len(cases[name])]
        NOTED.write_text("".join(lines), encoding="utf-8")


def function_of(case: str) -> str:
    return case.partition("[")[0]


def long_ones(cases: list[str], tried: dict[str, int]) -> list[bool]:
    """Of each case, in the order in which they are collected, whether it is long; `tried` is what `noted` gives."""
    numbers = Counter[str]()
    answer = []
    for case in cases:
        function = function_of(case)
        numbers[function] += 1
        answer.append(numbers[function] > tried.get(function, len(cases)))
    return answer


def fitting(seconds: list[float]) -> int:
    """How many of the first cases are short together."""
    number, total = 0, 0.0
    for each in seconds:
        total += each
        if total > SECONDS:
            break
        number += 1
    return number


def noted() -> dict[str, int]:
    """How many cases of each test function are short, where not all are."""
    lines = NOTED.read_text(encoding="utf-8").splitlines()
    return {name: int(number) for name, number in (line.rsplit(" ", 1) for line in lines)}
