"""The first law: after any edits, in any order of syncs, the tree is that of a fresh and full mirror, byte for byte."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from coda_git_mirror.demo.faults import Rule
from coda_git_mirror.demo.server import Token
from coda_git_mirror.errors import MirrorError, TokenRefused
from tests.laws.account_machine import PICK, REFRESH_DAYS, AccountMachine
from tests.laws.reckoning import require_true_ledger
from tests.support import files, git, mirror, require_sound

SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
LISTINGS = st.sampled_from([r"/docs$", r"/pages$", r"/tables$", r"/columns$", r"/rows$"])
EDITED = (".md", ".html", ".csv", ".png")
EDITS: list[tuple[str, dict[str, Any]]] = [
    ("delete_page", {}),
    ("add_page", {"name": "Plan"}),
    ("move_page_to_the_top", {}),
    ("rename_doc", {"name": "Notes"}),
    ("delete_row", {}),
    ("add_row", {}),
    ("delete_table", {}),
    ("rename_table", {"name": "Plan"}),
    ("delete_column", {}),
    ("rename_what_is_mentioned", {"name": "Notes"}),
    ("delete_what_is_mentioned", {}),
    ("add_namesake_page", {}),
    ("set_value", {"value": 7}),
]
"""What somebody else may do while the account is read."""
PARTS: list[dict[str, Any]] = [
    {"tables": False},
    {"pages": False},
    {"assets": False},
    {"formats": (".md",)},
    {"formats": (".html",)},
]
"""What a sync may be asked to leave out."""


class MirrorMachine(AccountMachine):
    """Working copies mirror what a team edits, each a clone of the one before (faults.md, rows 33, 34 and 44)."""

    def __init__(self) -> None:
        super().__init__()
        self._room = tempfile.TemporaryDirectory()
        self.room = Path(self._room.name)
        self.mirror = self.room / "mirror"
        self.fresh = 0
        self.is_spoiled = False
        """Whether somebody changed files of the mirror since it was last found to be a fresh one."""

    def teardown(self) -> None:
        try:
            if sys.exception() is None and self.mirror.exists():
                self.settle_and_compare()
        finally:
            self.coda.__exit__(None, None, None)
            self._room.cleanup()

    @initialize()
    def begin(self) -> None:
        self.populate()
        self.pass_time()
        self.sync()

    # What the user does in the working copy.

    @precondition(lambda self: self.mirror.exists())
    @rule(pick=PICK, whole=st.booleans())
    def commit_into_the_docs(self, pick: int, whole: bool) -> None:
        paths = sorted(path for path in (self.mirror / "docs").rglob("*") if path.suffix in EDITED)
        if not paths:
            return
        path = paths[pick % len(paths)]
        if whole:
            path.unlink()
        else:
            path.write_bytes(path.read_bytes() + b"Mine.\n")
        git(self.mirror, "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "commit", "-qam", "Mine")
        self.is_spoiled = True

    # Syncs and what may go wrong with them.

    @rule()
    def sync(self) -> None:
        self._sync(self.mirror)

    @rule()
    def sync_in_full(self) -> None:
        self._sync(self.mirror, full=True)

    @rule(pattern=st.sampled_from(["/docs/[^/]+$", "/export$", "/formulas$", "/tables/[^/]+$", "/blobs/"]) | LISTINGS)
    def sync_while_something_fails(self, pattern: str) -> None:
        refused = pytest.raises(MirrorError) if pattern == "/docs$" else contextlib.nullcontext()
        with self._while(*(self.coda.on(method, pattern).fail(500) for method in ("GET", "POST"))), refused:
            self._sync(self.mirror)

    @rule(pattern=LISTINGS, after=st.integers(0, 3), pick=PICK, edit=st.sampled_from(EDITS))
    def sync_while_somebody_edits(self, pattern: str, after: int, pick: int, edit: tuple[str, dict[str, Any]]) -> None:
        name, details = edit
        with self._while(
            self.coda.on("GET", pattern).call(lambda: getattr(self, name)(pick=pick, **details), after=after)
        ):
            self._sync(self.mirror)

    @rule(after=st.integers(0, 40))
    def sync_is_cut_off(self, after: int) -> None:
        """As by a crash: what it fetched until then is kept aside for the next run."""
        rules = (self.coda.on(method, r"^/docs/").fail(401, after=after) for method in ("GET", "POST"))
        with self._while(*rules), contextlib.suppress(TokenRefused):
            self._sync(self.mirror)

    @rule(pick=PICK)
    def sync_one_doc(self, pick: int) -> None:
        if doc := self.doc(pick):
            self._sync(self.mirror, docs=(doc.id,))

    @rule(part=st.sampled_from(PARTS))
    def sync_in_part(self, part: dict[str, Any]) -> None:
        self._sync(self.mirror, **part)

    @rule(pick=PICK, part=st.sampled_from(PARTS))
    def sync_one_doc_in_part(self, pick: int, part: dict[str, Any]) -> None:
        if doc := self.doc(pick):
            self._sync(self.mirror, docs=(doc.id,), **part)

    @precondition(lambda self: len([doc for doc in self.world.docs if doc.accessible]) > 1)
    @rule(pick=PICK)
    def delete_a_doc_and_sync_another(self, pick: int) -> None:
        self.delete_doc(pick)
        self.sync_one_doc(pick)

    @rule(pick=PICK, everywhere=st.booleans())
    def sync_with_a_token_that_only_reads(self, pick: int, everywhere: bool) -> None:
        """In all docs, or in one."""
        if doc := self.doc(pick):
            self.coda.use(Token(read_only=everywhere, read_only_docs=frozenset({doc.id})))
            self._sync(self.mirror)
            self.coda.use(Token())

    @rule()
    def go_on_in_a_clone(self) -> None:
        clone = self.room / f"clone-{self.fresh}"
        self.fresh += 1
        git(self.room, "clone", "-q", str(self.mirror), str(clone))
        self.mirror = clone

    @rule(weeks=st.integers(1, 3))
    def sync_weekly_in_clones(self, weeks: int) -> None:
        """As a scheduled job does that starts from nothing; it refreshes what nothing announces."""
        for _ in range(weeks):
            self.go_on_in_a_clone()
            self.clock.sleep(REFRESH_DAYS * 86_400.0)
            self.sync()
        self.unannounced = self.unannounced and self.ailing

    @rule()
    def settle_and_compare(self) -> None:
        self.recover()
        self.pass_time()
        self._sync(self.mirror)
        self.fresh += 1
        fresh = self.room / f"fresh-{self.fresh}"
        self._sync(fresh)
        assert files(self.mirror) == files(fresh)
        self.is_spoiled = False

    def _sync(self, folder: Path, **options: Any) -> None:
        mirror(self.coda, folder, self.clock, asset_hosts=frozenset({self.coda.asset_hosts}), **options)

    @contextlib.contextmanager
    def _while(self, *rules: Rule) -> Iterator[None]:
        """These faults, and no longer; those of the account last."""
        try:
            yield
        finally:
            self.coda.off(*rules)

    @invariant()
    def the_mirror_is_sound(self) -> None:
        if self.mirror.exists():
            require_sound(self.mirror)
            if not self.is_spoiled:
                require_true_ledger(files(self.mirror), self.coda.asset_hosts.encode())


MirrorMachine.TestCase.settings = settings(
    max_examples=1_000 if SLOW else 12,
    stateful_step_count=15,
    deadline=None,
    derandomize=not SLOW,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestIncrementalEqualsFull = MirrorMachine.TestCase


def test_a_clone_of_a_mirror_that_was_read_too_early_reads_again() -> None:
    machine = MirrorMachine()
    try:
        machine.begin()
        machine.hide_page(267)
        machine.sync()
        machine.go_on_in_a_clone()
        machine.settle_and_compare()
    finally:
        machine.teardown()
