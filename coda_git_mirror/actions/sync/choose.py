"""Which docs a sync is about: those selected, those that are gone, and those that could not be looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.errors import (
    AccessDenied,
    CodaError,
    MirrorError,
    NotThere,
    OutOfPatience,
    Refused,
    TokenRefused,
    UsageError,
)
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.model.content import Account, Doc
from coda_git_mirror.model.outcome import Problem

_DOC_IN_URL = re.compile(r"(?:^|_)d([\w-]+)$")
_ID = re.compile(r"[\w-]{4,64}")


@dataclass
class Choice:
    """`docs` are to be read, `gone` were proved to be gone, `problems` tell of those that stay as they are."""

    docs: dict[str, Doc] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def listed_docs(source: Source, options: SyncOptions) -> list[Doc] | None:
    """The docs that Coda lists; None where the token may not list any."""
    try:
        return source.docs(owned_only=not options.all_accessible)
    except AccessDenied:
        return None
    except (NotThere, Refused):
        source.account()
        raise


def require_owner(owner: Account, account: Account) -> None:
    """Raises MirrorError where a token belongs to another account than the mirror's owner."""
    if account.login != owner.login:
        raise MirrorError(
            f"This mirror is of the account {owner.login}, but the token belongs to {account.login}; "
            "use that account's token, or another folder for this one."
        )


def choose(source: Source, options: SyncOptions, held: Mapping[str, DocRecord], listed: Sequence[Doc] | None) -> Choice:
    """Chooses from the docs that Coda lists, None where the token may not list any. `held` are the mirror's, by id.

    Without a selection these are all docs listed, and each doc held that the listing does not show is asked for by
    itself: only Coda's own word that it is not there makes it gone (mirror-format law 7). Raises UsageError where
    nothing answers to a selection, and MirrorError where the listing cannot be believed.
    """
    docs = _believed(listed, options, held)
    if options.docs:
        choice = Choice({doc.id: doc for doc in _selected(source, options, docs)})
    else:
        choice = Choice({doc.id: doc for doc in docs})
        _look_for_unlisted(source, (record for record in held.values() if record.id not in choice.docs), choice)
    for doc in tuple(choice.docs.values()):
        if any(selects(selector, doc.id, doc.name) for selector in options.exclude):
            del choice.docs[doc.id]
    return choice


def _believed(listed: Sequence[Doc] | None, options: SyncOptions, held: Mapping[str, DocRecord]) -> Sequence[Doc]:
    if listed is None and not (options.docs or held):
        raise UsageError(
            "This token may not list docs; name the docs that it can read with --doc and their address in the browser."
        )
    if listed is not None and held and not listed and not options.docs:
        raise MirrorError(
            f"Coda lists no docs at all, but the mirror holds {len(held)}; nothing was changed. "
            "If the account is really empty, start a new mirror in another folder."
        )
    return listed or ()


def _look_for_unlisted(source: Source, records: Iterable[DocRecord], choice: Choice) -> None:
    for record in records:
        try:
            choice.docs[record.id] = source.doc(record.id)
        except NotThere:
            choice.gone.add(record.id)
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError as error:
            choice.problems.append(Problem("doc", record.name, "", f"kept as it was: {error}"))


def _selected(source: Source, options: SyncOptions, listed: Sequence[Doc]) -> list[Doc]:
    """The docs that the selectors name, each selector answering for at least one."""
    chosen: list[Doc] = []
    accessible: list[Doc] | None = None
    for selector in options.docs:
        found = _matching(selector, listed)
        if not found and (doc := _by_id(source, selector)):
            found = [doc]
        if not found and not options.all_accessible:
            accessible = _accessible(source) if accessible is None else accessible
            found = _matching(selector, accessible)
        if not found:
            raise UsageError(
                f"No doc answers to {selector!r}; give a doc's exact name, its id, a pattern or its address in the "
                "browser (a doc that was never opened in Coda is found only by id or address)."
            )
        chosen += found
    return chosen


def _matching(selector: str, docs: Iterable[Doc]) -> list[Doc]:
    return [doc for doc in docs if selects(selector, doc.id, doc.name)]


def _accessible(source: Source) -> list[Doc]:
    try:
        return source.docs(owned_only=False)
    except AccessDenied:
        return []


def selects(selector: str, doc_id: str, name: str) -> bool:
    """Whether a selector names a doc: by id, exact name, browser address, or pattern with `*`, `?` or `[`."""
    if selector in (doc_id, name) or id_in_address(selector, doc_id) == doc_id:
        return True
    return any(mark in selector for mark in "*?[") and fnmatchcase(name, selector)


def id_in_address(selector: str, expected: str = "") -> str | None:
    """The doc id in a browser address such as `https://coda.io/d/Sales-CRM_dAbCdEf/Notes_su12`, else None.

    An id may hold `_d` itself, which makes the address ambiguous: `expected` is preferred where it fits.
    """
    parts = urlsplit(selector)
    segments = unquote(parts.path).split("/")
    if parts.scheme not in ("http", "https") or "d" not in segments[:-1]:
        return None
    segment = segments[segments.index("d") + 1]
    if expected and (segment == f"d{expected}" or segment.endswith(f"_d{expected}")):
        return expected
    match = _DOC_IN_URL.search(segment)
    return match[1] if match else None


def _by_id(source: Source, selector: str) -> Doc | None:
    candidate = id_in_address(selector) or selector
    if not _ID.fullmatch(candidate):
        return None
    try:
        return source.doc(candidate)
    except (NotThere, AccessDenied):
        return None
