"""One doc more in `exclude` of a settings file; every other byte of the file stays."""

from __future__ import annotations

import json
import re
import tomllib

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.format.text import one_line

_BEGIN = re.compile(r"^[ \t]*exclude[ \t]*=[ \t]*\[", re.MULTILINE)
_SHOWN = re.compile(r"^#[ \t]*exclude[ \t]*=[^\n]*(?:\n|$)", re.MULTILINE)
_TOKEN = re.compile(
    r'"""(?:\\.|.)*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]]|[^\s\[\]#"\']+', re.DOTALL
)


def with_excluded(content: bytes, doc_id: str, name: str) -> bytes:
    """The settings with the doc in `exclude`, by its id and with its name as a comment.

    Raises MirrorError where the file is laid out so that this cannot be done without touching anything else.
    """
    text = content.decode()
    line_end = "\r\n" if "\r\n" in text else "\n"
    entry = f"  {json.dumps(doc_id, ensure_ascii=False)},  # {one_line(name)}".rstrip() + line_end
    begin = _BEGIN.search(text)
    changed = _added(text, begin.end(), entry, line_end) if begin else _begun(text, entry, line_end)
    if not _is_right(text, changed, doc_id):
        raise MirrorError(
            f"{layout.SETTINGS} is laid out so that the doc cannot be added to `exclude`; write {doc_id!r} into that "
            "list, commit it, and run the command again."
        )
    return changed.encode()


def _begun(text: str, entry: str, line_end: str) -> str:
    """A list of its own, below the line that shows the default, else at the end."""
    shown = _SHOWN.search(text)
    place = shown.end() if shown else len(text)
    before = text[:place] if not place or text[:place].endswith("\n") else text[:place] + line_end
    return f"{before}exclude = [{line_end}{entry}]{line_end}{text[place:]}"


def _added(text: str, begin: int, entry: str, line_end: str) -> str:
    """At the end of the list that begins there; the last entry before it gets its comma."""
    last, is_open = begin, False
    for token in _TOKEN.finditer(text, begin):
        if token[0] == "]":
            between = text[last : token.start()].rstrip(" \t")
            gap = "" if between.endswith("\n") else line_end
            return f"{text[:last]}{',' if is_open else ''}{between}{gap}{entry}{text[token.start() :]}"
        if not token[0].startswith("#"):
            last, is_open = token.end(), not token[0].endswith(",")
    return text


def _is_right(before: str, after: str, doc_id: str) -> bool:
    try:
        old, new = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        return False
    return bool(new == {**old, "exclude": [*old.get("exclude", []), doc_id]})
