"""What was read before a run was cut off is not read again, unless it may be another thing now."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Picture, Text
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.errors import TokenRefused
from coda_git_mirror.mirror.fetched import fetched_files
from coda_git_mirror.mirror.repository import Repository
from tests.conftest import Serve
from tests.support import VirtualClock, files, mirror, require_sound

PAGES = 12
EXPORTS = 2 * PAGES


class Account:
    """Two docs, their server, and a mirror that is being made of them."""

    def __init__(self, serve: Serve, clock: VirtualClock, folder: Path) -> None:
        self.world, self.clock, self.folder = World(), clock, folder
        self._numbers = itertools.count()
        photo = self.world.add_blob(b"\x89PNG photo", "photo.png", "image/png")
        for name in ("Plans", "Recipes"):
            doc = self.world.add_doc(name)
            for number in range(PAGES // 2):
                doc.add_page(f"Page {number}", blocks=(Text(f"{name} {number}."), Picture(photo)))
            doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}])
        self.now = self.last_edit + timedelta(days=2)
        self.coda = serve(self.world, date=lambda: self.now)

    @property
    def last_edit(self) -> datetime:
        return max(datetime.fromisoformat(doc.updated_at) for doc in self.world.docs)

    def sync(self, folder: Path | None = None, **options: Any) -> list[str]:
        """Mirrors the account; what was asked for, methods and paths."""
        self.coda.new_client()
        mirror(self.coda, folder or self.folder, self.clock, **self._options(options))
        return [f"{request.method} {request.path}" for request in self.coda.requests]

    def cut_off(self, **options: Any) -> None:
        """A sync of which the token dies after a third of the exports."""
        self.coda.on("POST", r"/export$").fail(401, after=EXPORTS // 3)
        self.coda.on("GET", r"^/whoami$").fail(401, after=1)
        with pytest.raises(TokenRefused):
            mirror(self.coda, self.folder, self.clock, **self._options(options))
        self.coda.off()

    def require_as_undisturbed(self) -> None:
        undisturbed = self.folder.with_name(f"undisturbed{next(self._numbers)}")
        self.sync(undisturbed)
        require_sound(self.folder, files(undisturbed))

    def _options(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"asset_hosts": frozenset({self.coda.asset_hosts}), **options}


@pytest.fixture
def account(serve: Serve, clock: VirtualClock, folder: Path) -> Account:
    return Account(serve, clock, folder)


def exports(requests: list[str]) -> int:
    return sum(request.endswith("/export") for request in requests)


@pytest.mark.parametrize("hours", [0.001, 48])
def test_a_first_sync_takes_up_what_one_before_had_read(account: Account, hours: float) -> None:
    """Also of docs that were edited just now, as long as these are read again later."""
    account.now = account.last_edit + timedelta(hours=hours)
    account.cut_off()
    asked = account.sync()
    assert exports(asked) == EXPORTS - EXPORTS // 3
    assert not [request for request in asked if "/rows" in request and "Plans" in request]
    account.require_as_undisturbed()
    assert not fetched_files(Repository.open(account.folder)).folder.exists()


def test_what_was_edited_since_is_read_again(account: Account) -> None:
    account.cut_off()
    account.world.doc("Plans").page("Page 0").append(Text("More."))
    account.now = account.last_edit + timedelta(days=1)
    account.sync()
    account.require_as_undisturbed()


def test_what_was_read_too_early_is_read_again_once_it_is_settled(account: Account) -> None:
    account.now = account.last_edit + timedelta(minutes=1)
    account.cut_off()
    account.now += timedelta(hours=1)
    assert exports(account.sync()) == EXPORTS
    account.require_as_undisturbed()


def test_what_is_older_than_a_day_and_a_full_sync_take_up_nothing(account: Account) -> None:
    account.cut_off()
    account.now += timedelta(hours=25)
    account.cut_off()
    assert exports(account.sync(full=True)) == EXPORTS


def test_other_options_take_up_nothing_that_depends_on_them(account: Account) -> None:
    account.cut_off(csv_formula_guard=True)
    assert exports(account.sync()) == EXPORTS


def test_what_a_crash_or_a_bad_disk_left_is_not_believed(account: Account) -> None:
    account.cut_off()
    kept = fetched_files(Repository.open(account.folder)).folder
    lines = (kept / "kept.jsonl").read_bytes()
    (kept / "kept.jsonl").write_bytes(b'{"key": 1}\n' + lines + b'{"key": "cut o')
    texts = sorted(path for path in kept.iterdir() if path.name != "kept.jsonl")
    texts[0].write_bytes(texts[0].read_bytes()[:-1] + b"?")
    texts[1].unlink()
    (kept / "stray").write_bytes(b"")
    account.sync()
    account.require_as_undisturbed()
