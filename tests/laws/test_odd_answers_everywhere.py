"""A whole sync while one field of Coda's answers is odd: nothing else is lost, and the next healthy sync mends it.

Only another text of a page, which comes as files and not as fields, waits for the refresh where nothing contradicts it.
`HYPOTHESIS_PROFILE=slow` tries all cases (with `--dist=load` on all cores), otherwise a few, the same on every run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format.layout import MANIFEST
from coda_git_mirror.format.manifest import parse_manifest
from tests.laws.odd_account import ENDPOINTS, OddAccount, Spot, items
from tests.odd_answers import ANOTHER, ODD, spoiler
from tests.support import files, git

_SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
_FIRST, _ONE_IN = (0, 1) if _SLOW else (8, 397)
_CHUNKS = 8 if _SLOW else 1
MANNERS = (
    "missing", "null", "number", "text", "list", "object", "huge text", "huge number", "another item's",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One field of the answers of an endpoint that is odd in one manner for as long as a sync lasts."""

    endpoint: str
    spot: Spot
    manner: str

    @property
    def odd(self) -> Any:
        odd = ODD[self.manner]
        return self.spot.other if odd is ANOTHER else odd

    def __str__(self) -> str:
        told = self.spot.told
        return f"{self.manner} in place of {self.spot.place} in {told.method} {told.path} ({told.before})"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OddAccount]:
    account = OddAccount(tmp_path_factory.mktemp("odd"))
    with account.coda:
        yield account
    assert account.coda.violations == []


def _cases(odd: OddAccount, endpoint: str, chunk: int) -> Iterator[Case]:
    cases = [Case(endpoint, spot, manner) for spot in odd.spots[endpoint] for manner in MANNERS]
    yield from cases[_FIRST + chunk :: _CHUNKS * _ONE_IN]


def _spoil(odd: OddAccount, case: Case, folder: Path, **options: Any) -> Iterator[str]:
    """A sync while a field is odd: what is wrong with it, or with the tree that it leaves."""
    told, before = case.spot.told, files(folder)
    with odd.unlisting(case.endpoint):
        spoilt = odd.coda.on(told.method, told.pattern).mutate(spoiler(case.spot.place, case.odd), after=told.before)
        try:
            odd.sync(folder, **options)
        except MirrorError as error:
            if not str(error).isprintable() or len(str(error)) > 1_000:
                yield f"an error that is not fit to be read: {error}"
        except Exception as error:
            yield f"a failure: {error!r}"
        finally:
            odd.coda.off(spoilt)
    after = files(folder)
    if after != before:
        yield from _losses(odd, case, before, after)
        yield from _unsound(folder)


def _losses(odd: OddAccount, case: Case, before: dict[str, bytes], after: dict[str, bytes]) -> Iterator[str]:
    """Items of which files are no more, but for a hosted file where the lie is about what shows it."""
    present = items(after)
    for (kind, item_id), held in items(before).items():
        now = present.get((kind, item_id), ())
        is_there = len(now) >= len(held) and all(path in after for path in now)
        if not (is_there or (kind == "asset" and odd.shown_by(item_id) in case.spot.told.path)):
            yield f"the {kind} {item_id} is lost"


def _unsound(folder: Path) -> Iterator[str]:
    """What `verify` finds, git's objects and the working copy among it, but for what the ledger names."""
    named = [f"({problem.item_id or problem.doc_id})" for problem in parse_manifest(files(folder)[MANIFEST]).problems]
    findings = (finding for finding in verify(folder).findings if not any(name in finding.fault for name in named))
    yield from (f"verify finds {finding}" for finding in findings)


def _differences(odd: OddAccount, folder: Path) -> Iterator[str]:
    """What is wrong after a healthy sync: the tree has to be the fresh one."""
    try:
        report = odd.sync(folder)
    except Exception as error:
        yield f"the healthy sync fails: {error!r}"
        return
    tree = files(folder)
    different = sorted(path for path in tree.keys() | odd.fresh.keys() if tree.get(path) != odd.fresh.get(path))
    if report.problems or different or git(folder, "status", "--porcelain"):
        yield f"other than fresh: {different}, {report.problems}"


def _unsettled(odd: OddAccount, case: Case) -> Iterator[str]:
    """The account was edited just before, and some time later Coda is healthy again."""
    folder = odd.copy(odd.begun)
    odd.date = odd.now + timedelta(minutes=1)
    yield from _spoil(odd, case, folder)
    odd.date = odd.now + timedelta(hours=1)
    yield from _differences(odd, folder)


def _settled(odd: OddAccount, case: Case) -> Iterator[str]:
    """Nothing was edited, and all is read anew."""
    folder = odd.copy(odd.settled)
    odd.date = odd.now + timedelta(hours=1)
    yield from _spoil(odd, case, folder, full=True)
    yield from _differences(odd, folder)


SITUATIONS: dict[str, Callable[[OddAccount, Case], Iterator[str]]] = {"unsettled": _unsettled, "settled": _settled}


@pytest.mark.parametrize("chunk", range(_CHUNKS))
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_is_odd_harms_nothing_else_and_is_mended(
    odd: OddAccount, situation: str, endpoint: str, chunk: int
) -> None:
    assert odd.fresh
    cases = list(_cases(odd, endpoint, chunk))
    assert cases
    assert [f"{case}: {fault}" for case in cases for fault in SITUATIONS[situation](odd, case)] == []


def test_another_text_of_a_page_waits_for_the_refresh_at_the_longest(odd: OddAccount) -> None:
    """Coda may give another one at any time: what the page shows may have changed (coda-api.md, Freshness)."""
    folder = odd.copy(odd.settled)
    odd.date = odd.now + timedelta(hours=1)
    lie = odd.coda.on("GET", "^/exports/d-plans/p-ideas$").garbage(b"Odd words.", content_type="text/plain")
    assert odd.sync(folder, full=True).problems == ()
    odd.coda.off(lie)
    assert any("ideas.md" in fault for fault in _differences(odd, folder))
    odd.date += timedelta(days=7)
    assert list(_differences(odd, folder)) == []
