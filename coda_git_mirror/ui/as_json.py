"""JSON for a terminal or a script, written piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click

from coda_git_mirror.format.json_pieces import json_pieces
from coda_git_mirror.ui.output import is_heard


def print_json(value: Mapping[str, Any], guard: Callable[[Iterable[str]], Iterable[str]] = iter) -> None:
    """Prints a JSON object and nothing else; `guard` tells of failures while it is made, and of no others."""
    for piece in guard(json_pieces(value)):
        click.echo(piece, nl=False)
        if not is_heard():
            return
    click.echo()
