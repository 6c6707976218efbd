"""What a cell consists of where it is looked at: texts, marks, links, people, rows, files, pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from coda_git_mirror.format import layout
from coda_git_mirror.format.assets import value_assets
from coda_git_mirror.format.cells import cell_text, flattened, naming_files
from coda_git_mirror.model.content import Json

TEXT, YES, NO, LINK, PERSON, ROW, FILE, PICTURE = "text", "yes", "no", "link", "person", "row", "file", "picture"
PLAIN = frozenset({TEXT, YES, NO, PERSON})
"""Kinds that lead nowhere."""
_LEADS_ELSEWHERE = re.compile(r"(https?://|mailto:)[^\s]", re.IGNORECASE)
"""No other scheme becomes a link: a browser would carry out some of them (browse.md, browse)."""
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp"})
_LARGEST_PICTURE = 2 * 1024 * 1024
_LONGEST, _MOST_LINES, _MOST_MEMBERS = 280, 6, 20


@dataclass(frozen=True)
class Piece:
    """`target` is the address of a link, the path in the mirror of a file or picture, the id of a row of `table`.

    `detail` is what is worth telling beside the text: the name of a link, the e-mail address of a person.
    """

    kind: str
    text: str
    target: str = ""
    table: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What cells of a doc may lead to: its hosted files by blob id, below its folder."""

    folder: str = ""
    assets: Mapping[str, Json] = field(default_factory=dict)

    @property
    def hosts(self) -> frozenset[str]:
        """Where the mirror has hosted files from."""
        urls = (str(entry.get("url") or "") for entry in self.assets.values())
        return frozenset(filter(None, (_host(url) for url in urls)))


NOWHERE = Surroundings()


class Pieces:
    """Takes the cells of a doc apart."""

    def __init__(self, around: Surroundings) -> None:
        self._around, self._hosts = around, around.hosts

    def text(self, value: Any, kind: str) -> str:
        """The text of a cell as the CSV has it, files with their places in the doc's folder."""
        return cell_text(naming_files(value, self._place), kind)

    def _place(self, image: Json) -> str | None:
        entry = self._entry(image)
        return str(entry["file"]) if entry else None

    def of(self, value: Any, text: str, kind: str) -> tuple[Piece, ...]:
        """The pieces of a cell that has this text; None stands for a value that is not known. None of an empty cell."""
        if isinstance(value, bool):
            return (Piece(YES if value else NO, text or cell_text(value, kind)),)
        if isinstance(value, list):
            members = [piece for member in flattened(value) for piece in self.of(member, cell_text(member, kind), kind)]
            return tuple(members)
        if not text:
            return ()
        if isinstance(value, dict):
            return (self._of_object(value, cell_text(value, kind)),)
        if kind == "link" and _LEADS_ELSEWHERE.match(text):
            return (Piece(LINK, text, text),)
        return (Piece(TEXT, text),)

    def _of_object(self, value: Json, text: str) -> Piece:
        match value.get("@type"):
            case "WebPage":
                return _link(_said(value, "url"), text, _said(value, "name"))
            case "Person":
                email = _said(value, "email")
                return Piece(PERSON, text, detail="" if email == text else email)
            case "StructuredValue" if (row := _said(value, "rowId")) and (table := _said(value, "tableId")):
                return Piece(ROW, text or row, row, table)
            case "ImageObject" if value.get("status") != "deleted":
                return self._file(value, text) or _link(_said(value, "url"), text, "")
        return Piece(TEXT, text)

    def _file(self, image: Json, text: str) -> Piece | None:
        entry = self._entry(image)
        if entry is None:
            return None
        file = str(entry["file"])
        is_small = not entry.get("stub") and int(entry.get("size") or 0) <= _LARGEST_PICTURE
        is_picture = is_small and PurePosixPath(file).suffix.lower() in _PICTURES
        return Piece(PICTURE if is_picture else FILE, text, layout.inside(self._around.folder, file))

    def _entry(self, image: Json) -> Json | None:
        """What the mirror says of a hosted file that it holds."""
        found = value_assets(image, self._hosts)
        entry = self._around.assets.get(found[0].blob_id) if found else None
        return entry if entry and entry.get("file") else None


def _link(address: str, text: str, name: str) -> Piece:
    """A link to elsewhere, if that is where the address leads."""
    detail = "" if name in (text, address) else name
    if not _LEADS_ELSEWHERE.match(address):
        return Piece(TEXT, text, detail=detail)
    return Piece(LINK, text or address, address, detail=detail)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _said(value: Json, name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def clipped(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """As much of a cell as has room in a table."""
    return tuple(_clipped(piece) for piece in pieces[:_MOST_MEMBERS])


def _clipped(piece: Piece) -> Piece:
    lines = piece.text[: _LONGEST + 1].split("\n")
    if piece.kind in (YES, NO) or (len(piece.text) <= _LONGEST and len(lines) <= _MOST_LINES):
        return piece
    return replace(piece, text="\n".join(lines[:_MOST_LINES])[:_LONGEST].rstrip() + "…")
