"""What `git status` says is read as git means it."""

from __future__ import annotations

import pytest

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.git.status import StatusEntry, parse_status
from tests.publishing import Publish, RunGit

OID = "1" * 40


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        (f"1 .M N... 100644 100644 100644 {OID} {OID} docs/a b.md", StatusEntry(" ", "M", "docs/a b.md", OID)),
        (f"1 A. N... 000000 100644 100644 {'0' * 40} {OID} a\nb", StatusEntry("A", " ", "a\nb", OID)),
        (f"u UU N... 100644 100644 100644 100644 {OID} {OID} {OID} a b", StatusEntry("U", "U", "a b", OID)),
        ("? docs/new file", StatusEntry("?", "?", "docs/new file")),
    ],
)
def test_an_entry_is_split_into_its_fields(text: str, entry: StatusEntry) -> None:
    assert parse_status(text) == entry


def test_conflicts_staged_and_untracked_files_are_told_apart(
    repository: Repository, publish: Publish, git: RunGit
) -> None:
    publish({"a b.md": b"1\n", "gone.md": b"1\n"})
    git("switch", "--quiet", "-c", "other")
    (repository.root / "a b.md").write_text("2\n")
    git("commit", "--quiet", "-am", "theirs")
    git("switch", "--quiet", "main")
    (repository.root / "a b.md").write_text("3\n")
    git("commit", "--quiet", "-am", "ours")
    with pytest.raises(Exception, match="merge"):
        git("merge", "other")
    git("rm", "--quiet", "gone.md")
    (repository.root / "new file").write_text("new")
    found = {entry.path: entry.staged + entry.unstaged for entry in repository.status()}
    assert found == {"a b.md": "UU", "gone.md": "D ", "new file": "??"}
