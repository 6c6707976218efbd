"""Staged files stay inside the staging folder, whatever they are called, and know what they hold."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coda_git_mirror.disk.files import summed
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.lawful_paths import LawlessPath, require_contained, require_lawful
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.mirror.staging import StagedWriter, Staging
from coda_git_mirror.mirror.trees import CommittedTree
from tests.publishing import Publish, RunGit, files_of

LAWLESS = [
    "", "/etc/passwd", "../out", "docs/../../out", "docs//a", "docs/", "./a", "docs/.", "a\\b", "C:\\a", "c:a", "a\0b",
    ".git/config", ".GIT/config", "docs/.git", "git~1/config", "GIT~12", ".g\u200cit/x", "\ufeff.git/x", ".git./x",
    ".git /x", ".git::$INDEX_ALLOCATION/x", "a\nb", "a\x7fb", "a.", "a ", " a", "docs./a", "con", "docs/NUL.md",
    "com1.txt", "LPT9", "aux .md", "a?b", "a*b", 'a"b', "a<b", "a|b", "half\ud800", "e\u0301", "a" * 200, "ü" * 130,
]  # fmt: skip

hostile_names = st.lists(
    st.one_of(
        st.sampled_from([*LAWLESS, "..", ".", "docs", ".git", "nul", "~", "-rf"]),
        st.text(max_size=12),
        st.text(alphabet="./\\.git~1 \u200d", max_size=8),
    ),
    min_size=1,
    max_size=5,
).map("/".join)


@pytest.mark.parametrize("path", LAWLESS)
def test_lawless_paths_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(LawlessPath):
        Staging(tmp_path / "staging").write(path, b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "path", ["README.md", ".gitattributes", ".gitignore", "docs/a/pages/ö.md", "a" * 199, "-a", "console", "git~x"]
)
def test_lawful_paths(path: str) -> None:
    require_lawful(path)
    require_contained(path)


@given(path=hostile_names)
@example(path="docs/../../out")
def test_hostile_names_never_land_outside(path: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "staging"
        try:
            Staging(root).write(path, b"content")
        except LawlessPath:
            assert list(Path(folder).iterdir()) == []
        else:
            assert [entry.name for entry in Path(folder).iterdir()] == ["staging"]
            assert files_of(root) == {path: b"content"}


def test_staged_file_knows_what_git_will_call_it(repository: Repository, tmp_path: Path) -> None:
    staging = Staging(tmp_path / "staging")
    content = bytes(range(256)) * 9000
    at_once = staging.write("docs/a.bin", content)
    with staging.open("docs/b.bin") as writer:
        for start in range(0, len(content), 100_000):
            writer.write(content[start : start + 100_000])
    in_pieces = writer.staged
    assert (at_once.sha256, at_once.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (in_pieces.sha256, in_pieces.size, in_pieces.oid) == (at_once.sha256, at_once.size, at_once.oid)
    assert repository.hash_objects([staging.location("docs/a.bin")]) == [at_once.oid]


def test_failed_file_leaves_nothing_and_the_error_is_its_own(tmp_path: Path) -> None:
    """Network libraries raise `OSError`s too, and those are not about the disk."""
    staging = Staging(tmp_path / "staging")
    written: list[StagedWriter] = []

    def write_half() -> None:
        with staging.open("docs/a.bin") as writer:
            written.append(writer)
            writer.write(b"half")
            raise ConnectionResetError("the host hung up")

    with pytest.raises(ConnectionResetError, match="the host hung up"):
        write_half()
    assert not staging.location("docs/a.bin").exists()
    with pytest.raises(ValueError, match="not complete"):
        assert written[0].staged


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("size", [1, 1_000_000])
def test_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    def full(_: Path) -> BinaryIO:
        return Path("/dev/full").open("wb")

    monkeypatch.setattr("coda_git_mirror.mirror.staging.open_new", full)

    def write_in_pieces() -> None:
        with Staging(tmp_path / "staging").open("docs/b.bin") as writer:
            writer.write(b"x" * size)

    with pytest.raises(MirrorError, match=r"Cannot write .*a\.bin: No space left on device"):
        Staging(tmp_path / "staging").write("docs/a.bin", b"x" * size)
    with pytest.raises(MirrorError, match=r"Cannot write .*b\.bin: No space left on device"):
        write_in_pieces()


def test_later_file_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "staging")
    staging.write("docs/a.md", b"a longer one\n")
    staging.write("docs/a.md", b"short\n")
    staging.sync(["docs/a.md"])
    assert staging.location("docs/a.md").read_bytes() == b"short\n"
    assert staging.clear()
    assert not staging.clear()


def test_symlink_in_staging_is_replaced_not_followed(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "staging")
    (tmp_path / "outside").write_text("outside")
    staging.root.mkdir()
    (staging.root / "a.md").symlink_to(tmp_path / "outside")
    staging.write("a.md", b"inside\n")
    assert (tmp_path / "outside").read_text() == "outside"


def test_a_download_that_begins_anew_voids_what_was_written(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "staging")
    with staging.open("docs/a.bin") as writer:
        writer.write(b"half of a long file")
        writer.restart()
        writer.write(b"whole")
    assert staging.location("docs/a.bin").read_bytes() == b"whole"
    assert writer.staged == staging.write("docs/a.bin", b"whole")


def test_one_file_staged_for_two_places(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "staging")
    first = staging.write("docs/a/x.bin", b"bytes")
    second = staging.copy(first, "docs/b/x.bin")
    assert second == staging.write("docs/b/x.bin", b"bytes")
    staging.location("docs/b/x.bin").write_bytes(b"other")
    assert staging.location("docs/a/x.bin").read_bytes() == b"bytes"


def test_a_file_that_is_as_committed_is_not_written(repository: Repository, publish: Publish) -> None:
    publish({"docs/a.md": b"same\n", "docs/large.csv": b"row\n" * 1000})
    staging, tree = staging_of(repository), CommittedTree(repository, repository.head())
    staging.write("docs/a.md", b"an earlier try\n")
    files = [
        staging.write("docs/a.md", b"same\n", tree.plain_file("docs/a.md")),
        tree.carry("docs/large.csv", staging, "docs/large.csv"),
    ]
    assert [staging.location(file.path).exists() for file in files if file] == [False, False]
    assert files == [staging.write("docs/a.md", b"same\n"), staging.write("docs/large.csv", b"row\n" * 1000)]
    assert tree.plain_file("docs/none.md") is None


def test_a_committed_file_that_is_not_plain_is_written_anew(
    repository: Repository, publish: Publish, git: RunGit
) -> None:
    publish({"docs/a.md": b"same\n"})
    git("update-index", "--chmod=+x", "docs/a.md")
    git("commit", "--quiet", "-m", "executable")
    git("checkout", "--quiet", "docs/a.md")
    staging, tree = staging_of(repository), CommittedTree(repository, repository.head())
    assert tree.plain_file("docs/a.md") is None
    carried = tree.carry("docs/a.md", staging, "docs/a.md")
    assert carried is not None
    Publication(repository, repository.head(), {"docs/a.md": carried}).publish("Plain again")
    assert repository.tree("HEAD")["docs/a.md"].mode == "100644"
    assert repository.status() == []


def test_a_complete_file_is_taken_as_the_first_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "rows").write_bytes(b"a,b\n")
    staging = Staging(tmp_path / "staging")
    [rows] = summed([tmp_path / "rows"])
    staged = staging.take(rows, "docs/crm/tables/tasks.csv")
    assert (staged.sha256, staged.size) == (hashlib.sha256(b"a,b\n").hexdigest(), 4)
    assert staging.location(staged.path).read_bytes() == b"a,b\n"
