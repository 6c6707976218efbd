"""What of a mirror an export has, and in which file each thing lies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from coda_git_mirror.actions.browse.export_folder import FIRST
from coda_git_mirror.actions.browse.files import Files, MirrorFile
from coda_git_mirror.actions.browse.mirror import Browsed, NotThere
from coda_git_mirror.format.paths import slug
from coda_git_mirror.model.looking import IndexedCommit
from coda_git_mirror.web.addresses import SLASH_IN_NAME

KEY = "export"
_LONGEST = 40
_DIGITS = 10


@dataclass(frozen=True)
class PagePlace:
    """A page of ours: the file that it becomes, and the address that gives it."""

    name: str
    address: str


@dataclass(frozen=True)
class FilePlace:
    """A file of the mirror as a revision has it."""

    commit: str
    file: MirrorFile


@dataclass(frozen=True)
class StaticPlace:
    """A file that our pages need."""

    name: str
    address: str


Place = PagePlace | FilePlace | StaticPlace


class Places:
    """Where an address of a page leads in an export; None for what an export has not, such as a search.

    It has one revision, and `with_history` also each version of each doc, page, table and view, and what changed.
    """

    def __init__(self, browsed: Browsed, revision: IndexedCommit, with_history: bool) -> None:
        self._browsed, self._index, self._files = browsed, browsed.index, Files(browsed)
        self._revision, self._with_history = revision, with_history
        self._versions = lru_cache(None)(self._version_numbers)

    @property
    def first(self) -> PagePlace:
        return PagePlace(FIRST, _address([""], at=self._revision.id))

    def of(self, address: str) -> Place | None:
        """The place of an address within the application."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path.startswith(f"/{KEY}/"):
            return None
        path = parts.path.replace(quote(SLASH_IN_NAME), "%2F")
        names = [unquote(name, errors="surrogateescape") for name in path.split("/")[2:]]
        try:
            return self._place(names, dict(parse_qsl(parts.query, keep_blank_values=True)))
        except NotThere:
            return None

    def _place(self, names: list[str], given: dict[str, str]) -> Place | None:
        match names:
            case ["static", *rest]:
                return StaticPlace("/".join(["static", *rest]), _address(names))
            case ["at" | "get", revision, *path]:
                commit = self._browsed.commit_id(revision)
                return FilePlace(commit, self._files.find(commit, "/".join(path)))
            case ["diff", ends]:
                return self._of_history(names, given, f"diff {ends}", {"doc", "item"})
            case [""] | ["doc", _] | ["doc", _, "item", _]:
                return self._page(names, given)
        return None

    def _page(self, names: list[str], given: dict[str, str]) -> PagePlace | None:
        asked = given.pop("at", "")
        if len(names) == 4:
            given.pop("gone", None)
        at = self._shown(names, self._browsed.revision(asked) if asked else self._revision)
        if at is None or not self._has(names, given):
            return None
        if at == self._revision and names == [""] and not given:
            return self.first
        identity = [*names, at.id, *map("=".join, sorted(given.items()))]
        return PagePlace(_named("pages", self._label(names, at), identity), _address(names, at=at.id, **given))

    def _has(self, names: list[str], given: dict[str, str]) -> bool:
        """Whether an export has what these parameters ask for: further rows, another form, with history all changes."""
        if len(names) == 4:
            return given.keys() <= {"page"} or given == {"view": "markdown"}
        return not given or (self._with_history and given.keys() <= {"gone", "all"})

    def _shown(self, names: list[str], at: IndexedCommit) -> IndexedCommit | None:
        """The revision that shows the same: the exported one, or the one from which on a thing was as it was then."""
        if at == self._revision or not self._with_history:
            return at if at == self._revision else None
        if names == [""]:
            return at
        numbers = self._versions(names[1], names[3] if len(names) == 4 else None)
        known = [number for number in numbers if number <= at.number]
        shown = max(known, default=at.number)
        newest = max((number for number in numbers if number <= self._revision.number), default=0)
        return self._revision if shown == newest else self._numbered(shown)

    def _version_numbers(self, doc: str, item: str | None) -> list[int]:
        return [version.commit.number for version in self._index.versions(doc, item)]

    def _numbered(self, number: int) -> IndexedCommit:
        commits = self._index.commits()
        return commits[len(commits) - number]

    def _of_history(self, names: list[str], given: dict[str, str], label: str, known: set[str]) -> PagePlace | None:
        given.pop("at", None)
        if not self._with_history or not given.keys() <= known:
            return None
        return PagePlace(_named("changes", label, [*names, *given.values()]), _address(names, **given))

    def _label(self, names: list[str], at: IndexedCommit) -> str:
        """What a person recognises the file by."""
        if names == [""]:
            return "all docs"
        state = self._index.state_of(names[1], names[-1], at.number) or self._index.last_state(names[1], names[-1])
        return state.name if state else "gone"


def _address(names: list[str], **given: str) -> str:
    path = "/".join(quote(name.encode("utf-8", "surrogateescape"), safe="") for name in names)
    return f"/{KEY}/{path}{f'?{urlencode(given)}' if given else ''}"


def _named(folder: str, label: str, identity: list[str]) -> str:
    """A name for what has this identity, short and lawful everywhere."""
    return f"{folder}/{slug(label, _LONGEST)}-{digest(identity)}.html"


def digest(identity: list[str]) -> str:
    """The first digits of a digest that tells things apart."""
    return hashlib.sha256("\0".join(identity).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
