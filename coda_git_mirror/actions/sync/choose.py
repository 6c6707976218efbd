"""Which docs a sync is about: those selected, those that are gone, and those that could not be looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.ledger.docs import unseen_doc
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.changes.wording import shown_name
from coda_git_mirror.errors import (
    AccessDenied,
    CodaError,
    MirrorError,
    NotThere,
    OutOfPatience,
    Rejected,
    TokenRefused,
    Unaddressable,
    UsageError,
)
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.model.content import Account, Doc
from coda_git_mirror.model.ledger import Ledger, Problem
from coda_git_mirror.model.selectors import id_in_address, selects

_ID = re.compile(r"[\w-]{4,64}")
NOTHING_MISSING = Ledger()


@dataclass
class Choice:
    """`docs` are to be read, `gone` were proved to be gone, `problems` tell of those that stay as they are.

    `looked_for` are all that were asked for one by one, whatever became of them, `idle_exclusions` what was to be left
    out and answers to no doc, listed or held.
    """

    docs: dict[str, Doc] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    looked_for: set[str] = field(default_factory=set)
    idle_exclusions: tuple[str, ...] = ()


def listed_docs(source: Source, options: SyncOptions) -> list[Doc] | None:
    """The docs that Coda lists; None where the token may not list any."""
    try:
        return source.docs(owned_only=not options.all_accessible)
    except AccessDenied:
        return None
    except (NotThere, Rejected):
        source.account()
        raise


def require_owner(owner: Account, account: Account) -> None:
    """Raises MirrorError where a token belongs to another account than the mirror's owner."""
    if account.login != owner.login:
        raise MirrorError(
            f"This mirror is of the account {shown_name(owner.login)}, but the token belongs to "
            f"{shown_name(account.login)}; "
            "use that account's token, or another folder for this one."
        )


def choose(
    source: Source,
    options: SyncOptions,
    held: Mapping[str, DocRecord],
    listed: Sequence[Doc] | None,
    ledger: Ledger = NOTHING_MISSING,
) -> Choice:
    """Chooses from the docs that Coda lists, None where the token may not list any. `held` are the mirror's, by id.

    Without a selection these are all docs listed, and each doc held, or named in the ledger, that the listing does not
    show is asked for by itself: only Coda's own word that it is not there makes it gone (mirror-format.md, law 7). What
    is excluded, or not selected, is not asked for and stays. Raises UsageError where nothing answers to a selection, or
    everything is excluded, and MirrorError where the listing cannot be believed.
    """
    docs = _believed(listed, options, held)
    shown = {doc.id for doc in docs}
    unlisted = [
        doc for doc in _known_docs(held, ledger) if doc.id not in shown and not is_excluded(options, doc.id, doc.name)
    ]
    if options.docs:
        choice = _selected(source, options, docs, unlisted)
    else:
        choice = Choice({doc.id: doc for doc in docs})
        _look_for_unlisted(source, unlisted, choice)
    if listed is not None:
        choice.idle_exclusions = _idle(options.exclude, [*docs, *_known_docs(held, ledger), *choice.docs.values()])
    excluded = [doc.id for doc in choice.docs.values() if is_excluded(options, doc.id, doc.name)]
    for doc_id in excluded:
        del choice.docs[doc_id]
    if excluded and not choice.docs:
        raise UsageError(
            f"Every doc is excluded ({', '.join(map(repr, options.exclude))}), so that nothing is left to mirror; "
            "change `exclude` in coda-mirror.toml, or --exclude."
        )
    return choice


def _idle(selectors: Iterable[str], docs: Sequence[Doc]) -> tuple[str, ...]:
    return tuple(selector for selector in selectors if not _matching(selector, docs))


def _known_docs(held: Mapping[str, DocRecord], ledger: Ledger) -> list[Doc]:
    """The docs that the mirror holds, and those that it should hold and never could."""
    never = {problem.doc_id: problem.doc for problem in ledger if problem.doc_id and problem.doc_id not in held}
    return [*(Doc(it.id, it.name) for it in held.values()), *(Doc(doc_id, name) for doc_id, name in never.items())]


def is_excluded(options: SyncOptions, doc_id: str, name: str) -> bool:
    """Whether a doc is to be left as it is."""
    return any(selects(selector, doc_id, name) for selector in options.exclude)


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


def _look_for_unlisted(source: Source, docs: Iterable[Doc], choice: Choice) -> None:
    """Asks for each doc by itself."""
    for doc in docs:
        choice.looked_for.add(doc.id)
        try:
            choice.docs[doc.id] = source.doc(doc.id)
        except (NotThere, Unaddressable):
            choice.gone.add(doc.id)
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError as error:
            choice.problems.append(unseen_doc(doc, error))


def _selected(source: Source, options: SyncOptions, listed: Sequence[Doc], unlisted: Sequence[Doc]) -> Choice:
    """The docs that the selectors name, each selector answering for at least one."""
    choice = Choice()
    accessible: list[Doc] | None = None
    for selector in options.docs:
        found = _matching(selector, listed)
        if known := _matching(selector, unlisted):
            _look_for_unlisted(source, known, choice)
        if not (found or known) and (doc := _by_id(source, selector)):
            found = [doc]
        if not (found or known) and not options.all_accessible:
            accessible = _accessible(source) if accessible is None else accessible
            found = _matching(selector, accessible)
        if not (found or known):
            raise UsageError(
                f"No doc answers to {selector!r}; give a doc's exact name, its id, a pattern or its address in the "
                "browser (a doc that was never opened in Coda is found only by id or address)."
            )
        choice.docs.update((doc.id, doc) for doc in found)
    return choice


def _matching(selector: str, docs: Iterable[Doc]) -> list[Doc]:
    return [doc for doc in docs if selects(selector, doc.id, doc.name)]


def _accessible(source: Source) -> list[Doc]:
    try:
        return source.docs(owned_only=False)
    except AccessDenied:
        return []


def _by_id(source: Source, selector: str) -> Doc | None:
    candidate = id_in_address(selector) or selector
    if not _ID.fullmatch(candidate):
        return None
    try:
        return source.doc(candidate)
    except (NotThere, AccessDenied, Unaddressable):
        return None
