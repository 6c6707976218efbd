"""`backup_manifest.json`: the account, its docs with their folders and counts, and the ledger of what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.format.damage import telling_damage
from coda_git_mirror.format.text import json_document
from coda_git_mirror.format.version import CURRENT, FIRST, Version, version_of
from coda_git_mirror.model.content import Account
from coda_git_mirror.model.ledger import STATES, Problem, open_problems
from coda_git_mirror.model.plain_json import is_count, parse_json

Record = TypeVar("Record", "DocRecord", Account)


@dataclass(frozen=True)
class DocRecord:
    """A doc that the mirror holds. `created` and `updated` are Coda's instants; counts are of the files held."""

    id: str
    name: str
    path: str
    created: str
    updated: str
    pages: int
    tables: int
    rows: int
    views: int
    assets: int


@dataclass(frozen=True)
class Totals:
    """What the whole mirror holds; `problems` are the items that a later sync may still bring."""

    docs: int = 0
    pages: int = 0
    tables: int = 0
    rows: int = 0
    views: int = 0
    assets: int = 0
    problems: int = 0


@dataclass(frozen=True)
class Manifest:
    """`version` is the one of the format in which the docs are written."""

    owner: Account
    docs: tuple[DocRecord, ...]
    problems: tuple[Problem, ...]
    version: Version = CURRENT

    @property
    def totals(self) -> Totals:
        return Totals(
            docs=len(self.docs),
            pages=sum(doc.pages for doc in self.docs),
            tables=sum(doc.tables for doc in self.docs),
            rows=sum(doc.rows for doc in self.docs),
            views=sum(doc.views for doc in self.docs),
            assets=sum(doc.assets for doc in self.docs),
            problems=len(open_problems(self.problems)),
        )


class NewerFormat(MirrorError):
    """The mirror was written by a newer version of the format than this program knows."""

    def __init__(self, version: Version) -> None:
        super().__init__(
            f"This mirror was written by a newer version of coda-git-mirror (format {version}); "
            "upgrade it and try again."
        )


def manifest_document(manifest: Manifest) -> bytes:
    return json_document(
        {
            "format_version": manifest.version.number,
            "owner": asdict(manifest.owner),
            "docs": [asdict(doc) for doc in sorted(manifest.docs, key=lambda doc: doc.path)],
            "totals": asdict(manifest.totals),
            "problems": [problem_entry(problem) for problem in sorted(manifest.problems)],
        }
    )


def parse_manifest(content: bytes) -> Manifest:
    """Reads a manifest back. Raises NewerFormat, or DamagedContent where it is not as this program writes it."""
    with telling_damage("not a manifest"):
        stored = parse_json(content)
        version = _known_version(stored["format_version"])
        return Manifest(
            owner=_record(Account, stored["owner"]),
            docs=tuple(_record(DocRecord, doc) for doc in _list(stored["docs"])),
            problems=tuple(_problem(entry) for entry in _list(stored["problems"])),
            version=version,
        )


def problem_entry(problem: Problem) -> dict[str, Any]:
    """An entry of the ledger as JSON, without what it does not say; one without ids as it was written once."""
    entry = {"kind": problem.kind, "doc": problem.doc, "item": problem.item, "reason": problem.reason}
    if problem.doc_id:
        entry |= {"doc_id": problem.doc_id, "item_id": problem.item_id, "state": problem.state}
    formats = {"formats": list(problem.formats)} if problem.formats else {}
    return {**entry, **formats, **({"url": problem.url} if problem.url else {})}


def _problem(stored: Mapping[str, Any]) -> Problem:
    texts = {name: stored[name] for name in ("kind", "doc", "item", "reason")}
    texts |= {name: stored[name] for name in ("doc_id", "item_id", "state", "url") if name in stored}
    formats = _list(stored.get("formats", []))
    if not all(isinstance(text, str) for text in (*texts.values(), *formats)):
        raise TypeError("a problem with something that is no text")
    problem = Problem(**texts, formats=tuple(formats))
    if problem.state not in STATES:
        raise TypeError(f"a problem in the state {problem.state!r}")
    return problem


def _known_version(stored: Any) -> Version:
    version = version_of(stored)
    if version < FIRST:
        raise TypeError(f"format version {version}")
    if version > CURRENT:
        raise NewerFormat(version)
    return version


def _list(stored: Any) -> list[Any]:
    if not isinstance(stored, list):
        raise TypeError(f"{type(stored).__name__} instead of a list")
    return stored


def _record(kind: type[Record], stored: Mapping[str, Any]) -> Record:
    """A record of text and whole numbers; what else is stored is passed over."""
    values = {name: stored[name] for name in kind.__annotations__}
    for name, type_name in kind.__annotations__.items():
        if type(values[name]).__name__ != type_name or (type_name == "int" and not is_count(values[name])):
            raise TypeError(f"{name} is no {type_name}")
    if kind is DocRecord and not _is_folder(values["path"]):
        raise TypeError(f"a doc outside docs/: {values['path']}")
    return kind(**values)


def _is_folder(path: str) -> bool:
    """Whether this is where a doc may lie: a folder just below `docs/`."""
    return layout.is_within(path) and path.split("/")[:-1] == [layout.DOCS]


def by_id(docs: Iterable[DocRecord]) -> dict[str, DocRecord]:
    return {doc.id: doc for doc in docs}
