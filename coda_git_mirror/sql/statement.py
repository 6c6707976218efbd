"""A user's SQL before SQLite gets it: one statement that reads, its names told from its texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coda_git_mirror.errors import UsageError

_TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<text>'(?:[^']|'')*')"
    r'|(?P<name>"(?:[^"]|"")*")'
    r"|(?P<other_name>`(?:[^`]|``)*`|\[[^\]]*\])"
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<end>;)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_READING = {"select", "with", "values", "pragma"}
_EXPLAINING = ("explain", "query", "plan")
_EXPLAIN = "explain"


def one_statement(sql: str) -> str:
    """The one statement in a text, its names in `"` quoted so that SQLite takes none that is wrong for a text.

    Raises UsageError where there is none, more than one, or one that does something other than to read.
    """
    if "\0" in sql:
        raise UsageError("There is a NUL in the SQL; leave it out.")
    tokens = list(_tokens(sql))
    meaning = [(kind, token) for kind, token in tokens if kind != "space"]
    while meaning and meaning[-1][0] == "end":
        meaning.pop()
    _require_one([kind for kind, _ in meaning])
    _require_reading([token.casefold() for _, token in meaning])
    return "".join(_in_backticks(token) if kind == "name" else token for kind, token in tokens).rstrip("; \t\r\n")


def is_explained(statement: str) -> bool:
    """Whether a statement is itself one that only explains another."""
    first = next((token for kind, token in _tokens(statement) if kind != "space"), "")
    return first.casefold() == _EXPLAIN


def _tokens(sql: str) -> Iterator[tuple[str, str]]:
    return ((str(match.lastgroup), match[0]) for match in _TOKEN.finditer(sql))


def _require_one(kinds: list[str]) -> None:
    if not kinds or kinds[0] == "end":
        raise UsageError("There is no SQL in what was given; leave it out to list the tables and their columns.")
    if "end" in kinds:
        raise UsageError("There is more than one statement in the SQL; give one at a time.")


def _require_reading(words: list[str]) -> None:
    """What is explained counts as well."""
    first = next((word for word in words if word not in _EXPLAINING), "")
    if first.isidentifier() and first not in _READING:
        raise UsageError(
            f"{first.upper()!r} is refused: the SQL can only read, so begin it with SELECT, WITH or VALUES."
        )


def _in_backticks(name: str) -> str:
    """A name as SQLite takes it for nothing else: one in `"` that it does not know would be a text."""
    inner = name[1:-1].replace('""', '"')
    return "`" + inner.replace("`", "``") + "`"
