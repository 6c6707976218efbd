"""What should not be committed is found among all paths, whatever nearly all of them look like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.git.objects import REGULAR_FILE, SUBMODULE, Blob
from coda_git_mirror.mirror.lawful_paths import LawlessPath, require_contained
from coda_git_mirror.mirror.unwelcome import may_hold_secrets, unwelcome

PLAIN = Blob(REGULAR_FILE, "1" * 40)
PIECES = ("a", "/", "/", ".", "..", ".git", ".GIT", "GIT~1", "git~", "~", "\\", ":", " ", "\u200c", "é", ".env", ".EnV")


def is_lawless(path: str) -> bool:
    try:
        require_contained(path)
    except LawlessPath:
        return True
    return False


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join))
def test_what_leads_out_or_may_hold_secrets_is_never_passed_over(path: str) -> None:
    found = list(unwelcome({"docs/plans/README.md": PLAIN, path: PLAIN}))
    assert [each.path for each in found] == [path] * (is_lawless(path) or may_hold_secrets(path))
    assert all(each.is_refused for each in found)


def test_what_is_no_plain_file_and_what_decides_elsewhere_is_found() -> None:
    tree = dict.fromkeys((".gitattributes", ".gitignore", ".GitModules", ".lfsconfig", "a.md", "docs/a.md"), PLAIN)
    found = [each.path for each in unwelcome({**tree, "other": Blob(SUBMODULE, "1" * 40)})]
    assert found == [".GitModules", ".lfsconfig", "other"]
