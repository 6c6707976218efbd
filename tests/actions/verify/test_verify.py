"""faults.md, rows 27 and 31: a good mirror gives no finding, and each way of being damaged is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.init import init
from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.demo.story import edit_workspace
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.command import DamagedRepository
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.git.soundness import require_sound
from coda_git_mirror.progress import Silent
from coda_git_mirror.state.lock import MirrorLock
from tests.actions.verify import damage
from tests.actions.verify.damage import HANDBOOK, MANIFEST, ROADMAP, Damage, add, edit, edit_json, remove
from tests.conftest import Serve
from tests.support import VirtualClock, files, git, mirror

TASKS = f"{ROADMAP}/tables/tasks"
VIEW = f"{ROADMAP}/views/open-tasks"
WELCOME = f"{HANDBOOK}/pages/welcome"
LOGO = f"{HANDBOOK}/assets/bl-rgnnLXZ6jr-logo.png"


def findings(folder: Path, revision: str | None = None) -> dict[str, str]:
    """What is found, by path."""
    found: dict[str, str] = {}
    for finding in sorted(set(verify(folder, revision).findings)):
        assert finding.remedy
        found[finding.path] = f"{found.get(finding.path, '')} {finding.fault}; {finding.remedy}".strip()
    return found


def test_a_good_mirror_gives_no_finding_and_tells_what_was_looked_at(good: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in good.rglob("*")}
    report = verify(good)
    assert (report.findings, report.unchecked) == ([], [])
    assert report.checked == ["git's objects", "working copy"]
    totals = json.loads((good / MANIFEST).read_bytes())["totals"]
    counts = report.counts
    assert (counts.docs, counts.pages, counts.tables, counts.rows) == (
        totals["docs"], totals["pages"], totals["tables"], totals["rows"],
    )  # fmt: skip
    assert counts.files == git(good, "ls-files", "docs", MANIFEST).count("\n")
    assert counts.links > 50
    assert before == {path: path.stat().st_mtime_ns for path in good.rglob("*")}
    assert findings(good, "HEAD~1") == {}
    git(tmp_path, "clone", "--quiet", str(good), "clone")
    git(tmp_path / "clone", "checkout", "--quiet", "--detach", "HEAD~1")
    assert findings(tmp_path / "clone") == {}


DAMAGED: dict[str, tuple[Damage, dict[str, str]]] = {
    "a flipped byte": (
        edit(f"{TASKS}.csv", lambda content: damage.flipped(content, 10), sums=False),
        {f"{TASKS}.csv": "checksum"},
    ),
    "a flipped byte in an asset": (
        edit(LOGO, lambda content: damage.flipped(content, 10)),
        {LOGO: "another file than the one that metadata.json tells of"},
    ),
    "a row missing in the CSV": (
        edit(f"{TASKS}.csv", damage.without_line(3)),
        {f"{TASKS}.csv": "rows, and metadata.json says"},
    ),
    "a row missing in the JSONL": (
        edit(f"{TASKS}.jsonl", damage.without_line(3)),
        {f"{TASKS}.jsonl": "32 rows, and metadata.json says 33"},
    ),
    "another row in the CSV": (
        edit(f"{TASKS}.csv", damage.with_another_row),
        {f"{TASKS}.jsonl": "other rows than tasks.csv, from row 4 on"},
    ),
    "rows in another order": (
        edit(f"{TASKS}.jsonl", damage.swapped_lines),
        {f"{TASKS}.jsonl": "out of their order, or twice, such as row 2"},
    ),
    "a truncated CSV": (
        edit(f"{TASKS}.csv", lambda content: content[: len(content) // 2]),
        {f"{TASKS}.csv": "newline"},
    ),
    "another header": (
        edit(f"{TASKS}.csv", lambda content: b"X" + content),
        {f"{TASKS}.csv": "header that does not fit"},
    ),
    "a lost quote": (
        edit(f"{TASKS}.csv", lambda content: content + b'"'),
        {f"{TASKS}.csv": "cannot be read"},
    ),
    "garbage in the JSONL": (
        edit(f"{TASKS}.jsonl", lambda content: b"{]\n" + content),
        {f"{TASKS}.jsonl": "cannot be read"},
    ),
    "a JSONL of other things": (
        edit(f"{TASKS}.jsonl", lambda _: b"[1]\n"),
        {f"{TASKS}.jsonl": "cannot be read"},
    ),
    "a wrong row count": (
        edit_json(f"{TASKS}.json", lambda table: table.update(rowCount=7)),
        {f"{TASKS}.json": "has rowCount 7"},
    ),
    "a row too many in a view": (
        edit_json(f"{VIEW}.json", lambda view: view["rowIds"].append("i-x")),
        {f"{VIEW}.json": "rows, and"},
    ),
    "a wrong count in the metadata": (
        edit_json(f"{ROADMAP}/metadata.json", lambda doc: doc["tables"][1].update(rowCount=1)),
        {
            ROADMAP: "rows by its metadata.json, and",
            f"{TASKS}.csv": "says 1",
            f"{TASKS}.jsonl": "says 1",
            f"{TASKS}.json": "metadata.json 1",
        },
    ),
    "a wrong count in the manifest": (
        edit_json(MANIFEST, damage.a_page_less),
        {HANDBOOK: "by backup_manifest.json"},
    ),
    "wrong totals": (edit_json(MANIFEST, lambda it: it["totals"].update(rows=1)), {MANIFEST: "totals"}),
    "garbage metadata": (
        edit(f"{ROADMAP}/metadata.json", lambda _: b"{\n"),
        {f"{ROADMAP}/metadata.json": "cannot be read"},
    ),
    "metadata of another shape": (
        edit(f"{ROADMAP}/metadata.json", lambda it: it + b"\n"),
        {f"{ROADMAP}/metadata.json": "more than one newline"},
    ),
    "missing metadata": (remove(f"{ROADMAP}/metadata.json"), {f"{ROADMAP}/metadata.json": "is missing"}),
    "a garbage manifest": (edit(MANIFEST, lambda _: b"[]\n"), {MANIFEST: "cannot be read"}),
    "no manifest": (remove(MANIFEST), {MANIFEST: "is missing"}),
    "a newer format": (edit_json(MANIFEST, lambda it: it.update(format_version=2)), {MANIFEST: "format 2, newer"}),
    "an older format": (edit_json(MANIFEST, lambda it: it.update(format_version=0)), {MANIFEST: "format 0, older"}),
    "a foreign file in a doc": (add(f"{ROADMAP}/notes.txt"), {f"{ROADMAP}/notes.txt": "no file of this doc"}),
    "a foreign file with a checksum": (
        add(f"{ROADMAP}/pages/mine.md", sums=True),
        {f"{ROADMAP}/pages/mine.md": "no file of this doc"},
    ),
    "a foreign file in docs": (add("docs/notes.txt"), {"docs/notes.txt": "no doc"}),
    "a foreign folder": (add("docs/mine/notes.txt"), {"docs/mine/notes.txt": "no doc"}),
    "a stale checksum": (
        edit(f"{ROADMAP}/SHA256SUMS", lambda content: b"0" * 64 + content[64:], sums=False),
        {f"{ROADMAP}/README.md": "does not fit its checksum"},
    ),
    "a checksum missing": (
        edit(f"{ROADMAP}/SHA256SUMS", damage.without_line(0), sums=False),
        {f"{ROADMAP}/README.md": "is not in SHA256SUMS"},
    ),
    "a checksum of nothing": (
        edit(f"{ROADMAP}/SHA256SUMS", lambda it: it + b"0" * 64 + b"  pages/x.md\n", sums=False),
        {f"{ROADMAP}/pages/x.md": "SHA256SUMS names it"},
    ),
    "no checksums": (remove(f"{ROADMAP}/SHA256SUMS"), {f"{ROADMAP}/SHA256SUMS": "is missing"}),
    "a dangling link in Markdown": (
        edit(f"{WELCOME}.md", lambda it: it.replace(b"](how-we-work", b"](how-you-work")),
        {f"{WELCOME}.md": "links to how-you-work"},
    ),
    "a dangling link in HTML": (
        edit(f"{WELCOME}.html", lambda it: it.replace(b'"how-we-work', b'"how-you-work')),
        {f"{WELCOME}.html": "links to how-you-work"},
    ),
    "a dangling link in a README": (
        edit(f"{ROADMAP}/README.md", lambda it: it.replace(b"](tables/tasks.csv)", b"](tables/none.csv)")),
        {f"{ROADMAP}/README.md": "links to tables/none.csv"},
    ),
    "a page without its links": (
        edit(f"{WELCOME}.md", lambda it: it[: it.index(b"---\n", 4) + 4]),
        {f"{WELCOME}.md": "fewer links"},
    ),
    "a page of another page": (
        edit(f"{WELCOME}.md", lambda it: it.replace(b"\nid: ", b"\nid: x", 1)),
        {f"{WELCOME}.md": "head"},
    ),
    "a missing page file": (
        remove(f"{HANDBOOK}/pages/retired-ideas.md", sums=True),
        {f"{HANDBOOK}/pages/retired-ideas.md": "metadata.json names it", f"{HANDBOOK}/README.md": "links to"},
    ),
    "a missing table file": (
        remove(f"{TASKS}.jsonl", sums=True),
        {f"{TASKS}.jsonl": "is missing", f"{ROADMAP}/README.md": "links to"},
    ),
    "a page listed twice": (
        edit_json(f"{ROADMAP}/metadata.json", damage.repeated_page),
        {f"{ROADMAP}/metadata.json": "twice"},
    ),
    "CRLF": (
        edit(f"{WELCOME}.md", lambda it: it.replace(b"\n", b"\r\n")),
        {f"{WELCOME}.md": "line ends"},
    ),
    "a byte order mark": (edit(f"{WELCOME}.md", lambda it: b"\xef\xbb\xbf" + it), {f"{WELCOME}.md": "byte order mark"}),
    "a byte order mark in a CSV": (edit(f"{TASKS}.csv", lambda it: b"\xef\xbb\xbf" + it), {f"{TASKS}.csv": "header"}),
    "another encoding": (
        edit(f"{HANDBOOK}/README.md", lambda it: it.replace("🚲".encode(), b"\xe9")),
        {f"{HANDBOOK}/README.md": "not UTF-8"},
    ),
    "an empty line at the end": (
        edit(f"{ROADMAP}/README.md", lambda it: it + b"\n"),
        {f"{ROADMAP}/README.md": "more than one newline"},
    ),
    "a device's name": (damage.entry(f"{ROADMAP}/pages/con.md"), {f"{ROADMAP}/pages/con.md": "unlawful name"}),
    "a long name": (
        damage.entry(f"{ROADMAP}/pages/{'a' * 81}.md"),
        {f"{ROADMAP}/pages/{'a' * 81}.md": "more than 80"},
    ),
    "a decomposed name": (damage.entry(f"{ROADMAP}/pages/e\u0301.md"), {f"{ROADMAP}/pages/e\u0301.md": "composed"}),
    "a name in other case": (
        damage.entry(f"{ROADMAP}/readme.md"),
        {f"{ROADMAP}/readme.md": f"same name as {ROADMAP}/README.md"},
    ),
    "a folder in other case": (
        damage.entry("docs/Product-Roadmap/x.md"),
        {"docs/product-roadmap": "same name", "docs/Product-Roadmap/x.md": "no doc"},
    ),
    "a symlink": (
        damage.link(f"{ROADMAP}/tables/tasks.csv", "/etc/passwd"),
        {f"{TASKS}.csv": "is a symlink"},
    ),
    "a submodule": (damage.submodule("docs/sub"), {"docs/sub": "is a submodule"}),
    "an executable": (damage.entry(f"{ROADMAP}/README.md", "100755"), {f"{ROADMAP}/README.md": "executable"}),
    "an uncommitted edit": (
        damage.uncommitted(f"{TASKS}.csv", lambda it: damage.flipped(it, 10)),
        {f"{TASKS}.csv": "edited in the working copy"},
    ),
    "an uncommitted removal": (damage.uncommitted(f"{TASKS}.csv", None), {f"{TASKS}.csv": "not in the working copy"}),
}
"""A damage, and what has to be named: by path, words of the finding."""


@pytest.mark.parametrize("name", DAMAGED)
def test_each_way_of_being_damaged_is_named(copy: Path, name: str) -> None:
    damaged, expected = DAMAGED[name]
    damaged(copy)
    found = findings(copy)
    for path, words in expected.items():
        assert words in found.get(path, f"nothing but {found}")
    assert found.keys() == expected.keys(), found


SPOILT: dict[str, tuple[Damage, str]] = {
    "an empty object of a file": (damage.emptied_object(f"{TASKS}.csv"), "is empty"),
    "a lost object of a file": (damage.lost_object(f"{TASKS}.csv"), "missing blob"),
    "a flipped byte in a file": (damage.flipped_object(f"{TASKS}.jsonl"), "corrupt"),
    "an empty object of a folder": (damage.emptied_object(ROADMAP), "is empty"),
    "a lost object of a folder": (damage.lost_object("docs"), "missing tree"),
    "a flipped byte in a commit": (damage.flipped_object(""), "corrupt"),
    "an empty commit": (damage.emptied_object(""), "is empty"),
    "a lost commit": (damage.lost_object(""), "invalid sha1 pointer"),
    "a flipped byte in a pack": (damage.flipped_pack, "checksum mismatch"),
    "a flipped byte in the index": (damage.flipped_index, "not what git wrote"),
    "a cut index": (damage.cut_index, "not what git wrote"),
    "an empty branch": (damage.spoilt_branch, "names no commit"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_27_a_spoilt_repository_is_named_and_no_sync_builds_on_it(
    copy: Path, serve: Serve, clock: VirtualClock, name: str
) -> None:
    spoil, words = SPOILT[name]
    coda = serve(demo_workspace())
    (copy / ".git/coda-git-mirror/notes.json").unlink()
    spoil(copy)
    before, refs = files(copy), (copy / ".git/refs/heads/main").read_bytes()
    report = verify(copy)
    named = "\n".join(f"{finding.path} {finding.fault}" for finding in report.findings)
    assert words in named, named
    assert report.is_readable == (report.revision != "")
    with pytest.raises(DamagedRepository, match="verify"):
        mirror(coda, copy, clock, asset_hosts=frozenset({coda.asset_hosts}))
    assert len(coda.requests) == 0
    assert (files(copy), (copy / ".git/refs/heads/main").read_bytes()) == (before, refs)


def test_27_what_was_found_whole_is_not_read_again(copy: Path) -> None:
    repository = Repository.open(copy)
    require_sound(repository, repository.head())
    memory = (copy / ".git/coda-git-mirror/sound.json").stat().st_mtime_ns
    require_sound(repository, repository.head())
    assert (copy / ".git/coda-git-mirror/sound.json").stat().st_mtime_ns == memory
    damage.flipped_object(f"{TASKS}.csv")(copy)
    with pytest.raises(DamagedRepository):
        require_sound(repository, repository.head())


def test_27_a_lost_object_of_an_older_commit_is_noticed(copy: Path) -> None:
    me = ("-c", "user.name=Me", "-c", "user.email=me@example.org")
    repository = Repository.open(copy)
    require_sound(repository, repository.head())
    git(copy, *me, "commit", "-q", "--allow-empty", "-m", "Mine")
    require_sound(repository, repository.head())
    damage.lost_object(f"{TASKS}.csv")(copy)
    git(copy, *me, "commit", "-q", "--allow-empty", "-m", "Mine too")
    with pytest.raises(DamagedRepository, match=r"tasks\.csv, is missing"):
        require_sound(repository, repository.head())


@pytest.mark.parametrize("version", [0, 2])
def test_31_a_mirror_of_another_format_is_never_overwritten(
    copy: Path, serve: Serve, clock: VirtualClock, version: int
) -> None:
    edit_json(MANIFEST, lambda it: it.update(format_version=version))(copy)
    coda, before, head = serve(demo_workspace()), files(copy), git(copy, "rev-parse", "HEAD")
    with pytest.raises(MirrorError, match="newer version" if version == 2 else "damaged"):
        mirror(coda, copy, clock)
    assert len(coda.requests) == 0
    assert (files(copy), git(copy, "rev-parse", "HEAD")) == (before, head)


def test_what_is_advised_helps(copy: Path, serve: Serve, clock: VirtualClock) -> None:
    coda = serve(demo_workspace())
    edit_workspace(coda.world)
    for damaging in (
        edit(f"{TASKS}.csv", damage.with_another_row),
        edit(f"{WELCOME}.md", lambda it: it.replace(b"](how-we-work", b"](how-you-work")),
        edit(LOGO, lambda content: damage.flipped(content, 10)),
        remove(f"{HANDBOOK}/pages/retired-ideas.md"),
        edit(f"{ROADMAP}/SHA256SUMS", damage.without_line(0), sums=False),
    ):
        damaging(copy)
    assert len(findings(copy)) > 5
    remove(LOGO)(copy)
    options: dict[str, Any] = {"asset_hosts": frozenset({coda.asset_hosts}), "all_accessible": True, "full": True}
    assert mirror(coda, copy, clock, **options).problems == ()
    assert findings(copy) == {}


def test_an_old_revision_is_judged_by_itself(copy: Path) -> None:
    edit(f"{TASKS}.csv", damage.with_another_row)(copy)
    damage.uncommitted(f"{TASKS}.csv", lambda content: content + b"x")(copy)
    assert "edited in the working copy" in findings(copy)[f"{TASKS}.csv"]
    assert "other rows" in findings(copy)[f"{TASKS}.jsonl"]
    assert findings(copy, "HEAD~1") == {}
    edit(f"{TASKS}.csv", lambda content: content[:-10])(copy)
    assert "git log" in findings(copy, "HEAD~1")[f"{TASKS}.jsonl"]


def test_a_working_copy_that_a_sync_works_in_is_left_out(copy: Path) -> None:
    damage.uncommitted(f"{TASKS}.csv", None)(copy)
    with MirrorLock(Repository.open(copy).private_folder):
        report = verify(copy)
    assert report.findings == []
    assert report.unchecked == ["the working copy, since a sync is at work in it"]


def test_what_is_no_mirror_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(MirrorError, match="not the top of a git repository"):
        verify(tmp_path)
    git(tmp_path, "init", "--quiet")
    with pytest.raises(MirrorError, match="no commit yet"):
        verify(tmp_path)
    git(tmp_path, *damage.ME, "commit", "--quiet", "--allow-empty", "--message", "x")
    with pytest.raises(MirrorError, match="no mirror"):
        verify(tmp_path)


def test_a_mirror_without_docs_is_sound(tmp_path: Path) -> None:
    init(tmp_path / "mirror", Silent())
    assert findings(tmp_path / "mirror") == {}
