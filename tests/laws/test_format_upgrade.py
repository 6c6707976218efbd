"""A mirror that format 1 wrote becomes one of the format of now, without asking Coda (mirror-format.md, law 10).

`tests/data/format-1.bundle` is the mirror of `account` with `HISTORY`, as the last program of format 1 made it.
"""

from __future__ import annotations

import errno
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.demo.blocks import Attachment, Grid, Picture, Text
from coda_git_mirror.demo.cells import File
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.mirror.publication import Unfinished
from tests.conftest import Serve
from tests.support import PROJECT, VirtualClock, commit_by_hand, files, git, mirror, require_sound

BUNDLE = PROJECT / "tests/data/format-1.bundle"


def account() -> World:
    """Whatever format 1.1 writes otherwise: files in cells, names of columns that repeat, docs with odd names."""
    world = World()
    photo = world.add_blob(b"photo", "photo.png", "image/png")
    offer = world.add_blob(b"%PDF offer", "Offer (2).pdf", "application/pdf")
    icon = world.add_blob(b"icon", "icon.png", "image/png")
    plans = world.add_doc("Plans & [more] 🚲")
    columns = [Column("Task"), Column("Note"), Column("Note"), Column("Note (2)"), Column("Files", "attachments")]
    rows: list[dict[str, Any]] = [
        {"Task": "Sell", "Note": "a", "Note (2)": "b", "Files": [File(offer), File(photo)]},
        {"Task": "Buy, or\nnot", "Files": File(offer, status="deleted")},
        {"Task": "=SUM(1)", "Files": ""},
    ]
    tasks = plans.add_table("Tasks", columns, rows)
    view = plans.add_view("Open tasks", tasks)
    plain = plans.add_table("Plain", [Column("Name"), Column("Name")], [{"Name": "x"}])
    page = plans.add_page(
        "Notes", blocks=(Text("Look:"), Picture(photo), Picture(icon), Attachment(offer), Grid(tasks))
    )
    page.append(Grid(view), Grid(plain))
    sales = world.add_doc("Sales")
    sales.add_page("Start", markdown="See the plans.\n")
    return world


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A clone of the bundle, which has no notes of its own."""
    git(tmp_path, "clone", "--quiet", str(BUNDLE), "--branch", "main", "mirror")
    return tmp_path / "mirror"


@pytest.fixture
def coda(serve: Serve, old: Path) -> SimulatedCoda:
    """Coda as it was an hour later; its hosted files have the addresses that the bundle knows."""
    return serve(account(), blob_origin=f"http://{_host(old)}", date=lambda: datetime(2026, 11, 2, 10, tzinfo=UTC))


def _host(folder: Path) -> str:
    host = re.search(r"http://(127[.\d]+:\d+)/docs", (folder / "docs/plans-more/metadata.json").read_text())
    assert host is not None
    return host[1]


def sync(coda: SimulatedCoda, folder: Path, clock: VirtualClock, **options: Any) -> SyncReport:
    return mirror(coda, folder, clock, asset_hosts=frozenset({_host(folder)}), **options)


def test_one_sync_writes_it_anew_and_asks_for_nothing_but_the_docs(
    coda: SimulatedCoda, old: Path, clock: VirtualClock
) -> None:
    before = git(old, "rev-parse", "HEAD").strip()
    report = sync(coda, old, clock)
    assert [request.path for request in coda.requests] == ["/docs", "/whoami"]
    assert (report.commit, report.problems, report.ledger) == (None, (), ())
    subjects = git(old, "log", "--format=%s", f"{before}..").splitlines()
    assert subjects == ["Write the mirror anew in format 1.1"]
    assert git(old, "log", "-1", "--format=%cI") == git(old, "log", "-1", "--format=%cI", before)
    assert json.loads((old / "backup_manifest.json").read_bytes())["format_version"] == 1.1
    require_sound(old)
    assert verify(old).findings == []
    after = git(old, "rev-parse", "HEAD")
    sync(coda, old, clock)
    assert git(old, "rev-parse", "HEAD") == after


def test_what_is_written_is_what_a_sync_of_everything_would_write(
    coda: SimulatedCoda, old: Path, clock: VirtualClock
) -> None:
    """But for the whole addresses of pictures on pages, which format 1 did not keep."""
    sync(coda, old, clock)
    upgraded = files(old)
    sync(coda, old, clock, full=True)
    differing = {path for path, content in files(old).items() if content != upgraded[path]}
    assert differing == {f"docs/plans-more/{name}" for name in ("metadata.json", "SHA256SUMS")}
    stored = [json.loads(tree["docs/plans-more/metadata.json"])["assets"] for tree in (upgraded, files(old))]
    for before, after in zip(*stored, strict=True):
        assert after["url"].startswith(before["url"])
        assert before | {"url": ""} == after | {"url": ""}


def test_cells_headers_and_the_readme_are_those_of_the_new_format(
    coda: SimulatedCoda, old: Path, clock: VirtualClock
) -> None:
    sync(coda, old, clock)
    doc = old / "docs/plans-more"
    named = "Offer (2).pdf (assets/bl-3gwBoHBpaM-offer-2.pdf), photo.png (assets/bl-rgnnLXZ6jr-photo.png)"
    for file in (doc / "tables/tasks.csv", doc / "views/open-tasks.csv"):
        text = file.read_text(encoding="utf-8")
        assert text.startswith("Task,Note,Note (3),Note (2),Files,Coda row id\n")
        assert f'"{named}"' in text
        assert text.count("assets/") == 2, "a file that was deleted lies nowhere"
    assert (doc / "tables/plain.csv").read_text().startswith("Name,Name (2),Coda row id\n")
    readme = (old / "README.md").read_text(encoding="utf-8")
    assert "- [Plans \\& \\[more\\] 🚲](docs/plans-more/README.md)\n- [Sales](docs/sales/README.md)\n" in readme
    assert {".env*", "desktop.ini", "._*"} <= set((old / ".gitignore").read_text().splitlines())


def test_what_the_user_wrote_into_the_readme_and_gitignore_stays(
    coda: SimulatedCoda, old: Path, clock: VirtualClock
) -> None:
    (old / "README.md").write_text("# Ours\r\n\r\nAsk Eve.\r\n", newline="")
    (old / ".gitignore").write_text("private/\nbackup_log.txt")
    commit_by_hand(old, "Our own words")
    sync(coda, old, clock)
    assert (old / "README.md").read_bytes().startswith(b"# Ours\r\n\r\nAsk Eve.")
    assert (old / ".gitignore").read_text().startswith("private/\nbackup_log.txt\n.env*\n")
    text = (old / "README.md").read_bytes().replace(b"\n", b"\r\n")
    (old / "README.md").write_bytes(text + b"Below.\r\n")
    commit_by_hand(old, "With Windows' line ends")
    coda.world.doc("Sales").rename("Sales 2")
    sync(coda, old, clock)
    readme = (old / "README.md").read_bytes()
    assert readme.count(b"<!-- docs -->") == 1
    assert b"[Sales 2](docs/sales-2/README.md)" in readme
    assert readme.endswith(b"Below.\r\n")


def test_a_readme_that_is_being_edited_is_left_alone(coda: SimulatedCoda, old: Path, clock: VirtualClock) -> None:
    (old / "README.md").write_text("Half a sen")
    report = sync(coda, old, clock)
    assert report.commit is None
    assert (old / "README.md").read_text() == "Half a sen"


def test_what_somebody_changed_in_the_mirror_is_read_again(coda: SimulatedCoda, old: Path, clock: VirtualClock) -> None:
    """The commit that writes all anew hides who had changed what."""
    (old / "docs/sales/pages/start.md").write_text("Gone.\n")
    commit_by_hand(old, "A slip of the pen")
    report = sync(coda, old, clock)
    assert report.commit is not None
    assert "See the plans." in (old / "docs/sales/pages/start.md").read_text()


def test_a_mirror_of_a_version_to_come_is_left_alone(coda: SimulatedCoda, old: Path, clock: VirtualClock) -> None:
    manifest = old / "backup_manifest.json"
    manifest.write_text(manifest.read_text().replace('"format_version": 1', '"format_version": 1.2'))
    commit_by_hand(old, "From the future")
    before = files(old)
    with pytest.raises(MirrorError, match=r"newer version of coda-git-mirror \(format 1.2\)"):
        sync(coda, old, clock)
    assert files(old) == before


def test_where_the_working_copy_cannot_show_it_yet_the_next_sync_goes_on(
    coda: SimulatedCoda, old: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_disk(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr("coda_git_mirror.mirror.publication.complete", broken_disk)
        with pytest.raises(Unfinished, match="The commit is made"):
            sync(coda, old, clock)
    assert git(old, "log", "-1", "--format=%s").strip() == "Write the mirror anew in format 1.1"
    assert sync(coda, old, clock).commit is None
    require_sound(old)
