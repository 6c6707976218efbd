"""Passages of a text that changed, as lines: whole lines, or lines in which the words that changed are marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coda_git_mirror.model.differences import Passage, Piece
from coda_git_mirror.ui.paint import come, gone, shown

_CONTEXT = 40


def passage_lines(passage: Passage) -> Iterator[str]:
    """Whole lines with `+` or `-`; lines of which words changed with `~` and these words marked."""
    operations = {piece.operation for piece in passage.pieces}
    if operations <= {"+"} or operations <= {"-"} or "=" not in operations:
        for piece in passage.pieces:
            paint, sign = (come, "+") if piece.operation == "+" else (gone, "-")
            lines = (line for line in piece.text.split("\n") if line.strip())
            yield from (paint(f"{sign} {shown(line)}") for line in lines)
        return
    yield from (f"~ {line}" for line in marked(passage.pieces).split("\n") if line.strip())


def marked(pieces: Sequence[Piece]) -> str:
    """Words that went as `[-…-]`, that came as `{+…+}`, as `git diff --word-diff` does; far from them, dots."""
    last = len(pieces) - 1
    parts: list[str] = []
    for position, piece in enumerate(pieces):
        lines = piece.text.rstrip("\n").split("\n") if position == last else piece.text.split("\n")
        if piece.operation == "=":
            lines = _near(lines, position > 0, position < last)
            parts.append("\n".join(map(shown, lines)))
        else:
            mark = _mark_gone if piece.operation == "-" else _mark_come
            parts.append("\n".join(mark(shown(line)) if line else "" for line in lines))
    return "".join(parts)


def _mark_gone(text: str) -> str:
    return gone(f"[-{text}-]")


def _mark_come(text: str) -> str:
    return come(f"{{+{text}+}}")


def _near(lines: list[str], after_change: bool, before_change: bool) -> list[str]:
    """What stands near a change on its own line: of lines between two changes, only the ends of both."""
    if len(lines) == 1:
        text = lines[0]
        if len(text) <= 2 * _CONTEXT:
            return lines
        return [(text[:_CONTEXT] if after_change else "") + "…" + (text[-_CONTEXT:] if before_change else "")]
    first = lines[0] if len(lines[0]) <= _CONTEXT else lines[0][:_CONTEXT] + "…"
    end = lines[-1] if len(lines[-1]) <= _CONTEXT else "…" + lines[-1][-_CONTEXT:]
    return [first if after_change else "", end if before_change else ""]
