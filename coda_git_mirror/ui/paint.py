"""Lines for a terminal: coloured there, plain elsewhere, and never with a control character of the mirror's content."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable
from typing import BinaryIO

import click

from coda_git_mirror.format.text import one_line
from coda_git_mirror.ui.output import is_heard

_CONTROL = re.compile(
    "[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_SHORT = {"\n": "↵", "\t": " "}


def shown(text: str) -> str:
    """A text of the mirror, such as a cell's, on one line; what a terminal would obey or not show is escaped."""
    return _CONTROL.sub(lambda match: _SHORT.get(match[0]) or _escape(ord(match[0])), text)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def name(text: str) -> str:
    """A name of the mirror, fit for a line."""
    return one_line(text) or "(no name)"


def come(text: str) -> str:
    """What is there now and was not."""
    return click.style(text, fg="green")


def gone(text: str) -> str:
    """What was there and is not now."""
    return click.style(text, fg="red")


def quiet(text: str) -> str:
    """What matters less."""
    return click.style(text, fg="bright_black")


def title(text: str) -> str:
    """What lines stand under."""
    return click.style(text, bold=True)


def print_lines(lines: Iterable[str]) -> None:
    """Prints line by line as they come, while somebody reads; colours only on a terminal, and not with NO_COLOR."""
    color = False if os.environ.get("NO_COLOR") else None
    for line in lines:
        click.echo(line, color=color)
        if not is_heard():
            return


def write_lines(lines: Iterable[str], pager: BinaryIO) -> None:
    """The same for a pager on a terminal: until the user leaves it."""
    with contextlib.suppress(BrokenPipeError):
        for line in lines:
            shown_line = click.unstyle(line) if os.environ.get("NO_COLOR") else line
            pager.write(f"{shown_line}\n".encode(sys.stdout.encoding, sys.stdout.errors or "replace"))
            pager.flush()
