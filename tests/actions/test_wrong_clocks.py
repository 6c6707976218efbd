"""What each verb makes of a day, and of the newest state, in a history with commits of people whose clock was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coda_git_mirror.actions.diff import diff
from coda_git_mirror.actions.log.run import log
from coda_git_mirror.actions.restore import Wanted, restore
from coda_git_mirror.actions.status import status
from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.errors import UsageError
from coda_git_mirror.git.command import DamagedRepository
from coda_git_mirror.model.content import Page
from coda_git_mirror.ui.restoration import restoration_lines
from tests.actions.past import Past
from tests.changes.trees import Content
from tests.support import commit_by_hand, git

NOTES = Page("p-notes", "Notes")
PAGE = "docs/plans/pages/notes.md"
PAST, FUTURE, FAR = "1970-01-01T00:00:01+00:00", "2099-12-31T00:00:00+00:00", "@99999999999999 +0000"
DAYS = ("2026-03-10", "2026-03-14", "2026-03-16")


def plans(text: str) -> Content:
    return Content("d-plans", "Plans", {NOTES: f"{text}\n"})


class Story:
    """Three syncs, at noon of `DAYS`, with an edit by hand before, between and after them."""

    def __init__(self, folder: Path, wrong: str) -> None:
        self.folder, self._past = folder, Past(folder)
        commit_by_hand(folder, "Mine first", wrong)
        self.syncs, self.edits = [], list[str]()
        for day in DAYS:
            self.syncs.append(self._past.sync(plans(f"Of {day}."), when=f"{day}T12:00:00+00:00"))
            git(folder, "reset", "--quiet", "--hard")
            (folder / PAGE).write_text(f"Mine after {day}.\n")
            self.edits.append(commit_by_hand(folder, f"Mine after {day}", wrong))

    def meant_by(self, day: str) -> Sequence[str]:
        """The commits that each verb finds for a day."""
        out = self.folder.parent / f"out-{day}"
        restored = restore(self.folder, out, Wanted(day)).commit.id
        assert (out / PAGE).read_bytes() == git(self.folder, "show", f"{restored}:{PAGE}").encode()
        compared = diff(self.folder, [day, "HEAD"], []).before.id, diff(self.folder, ["HEAD", day], []).after.id
        return [restored, verify(self.folder, day).revision, *map(str, compared)]


@pytest.fixture(params=[PAST, FUTURE, FAR], ids=["1970", "2099", "beyond the calendar"])
def story(request: pytest.FixtureRequest, folder: Path) -> Story:
    return Story(folder, request.param)


def test_a_day_is_the_same_sync_for_every_verb(story: Story) -> None:
    first, second, third = story.syncs
    for day, commit in {"2026-03-11": first, "2026-03-15": second, "2026-03-16": third, "2098-01-01": third}.items():
        assert story.meant_by(day) == [commit] * 4, day


def test_a_day_before_the_first_sync_is_refused_by_every_verb_and_nothing_is_made(story: Story, tmp_path: Path) -> None:
    words = (
        rf"no sync of 2026-03-01 or before; its first is of 2026-03-1\d \d\d:\d\d [+-]\d{{4}} \({story.syncs[0][:10]}\)"
    )
    with pytest.raises(UsageError, match=words):
        restore(story.folder, tmp_path / "out", Wanted("2026-03-01"))
    with pytest.raises(UsageError, match=words):
        diff(story.folder, ["2026-03-01"], [])
    with pytest.raises(UsageError, match=words):
        diff(story.folder, ["HEAD", "2026-03-01"], [])
    with pytest.raises(UsageError, match=words):
        verify(story.folder, "2026-03-01")
    assert not (tmp_path / "out").exists()


def test_the_last_sync_is_that_of_history(story: Story) -> None:
    found = diff(story.folder, [], [])
    assert (found.before.id, found.after.id) == (story.edits[1], story.syncs[2])
    synced = status(story.folder).synced
    assert synced
    assert (synced.id, synced.when) == (story.syncs[2], datetime(2026, 3, 16, 12, tzinfo=UTC))


@pytest.mark.parametrize("words", [[], ["Plans"], ["Plans", "Notes"]])
def test_the_log_goes_by_history_alone(story: Story, words: list[str]) -> None:
    expected = git(story.folder, "rev-list", "--first-parent", "HEAD").split()
    told = [entry.commit for entry in log(story.folder, words, None, 0).entries]
    of_page = [commit for commit in told if commit in (*story.syncs, *story.edits)]
    assert of_page == expected[:6]
    assert [entry.commit for entry in log(story.folder, words, None, 2).entries] == expected[:2]


def test_what_is_restored_is_as_of_a_sync(story: Story, tmp_path: Path) -> None:
    report = restore(story.folder, tmp_path / "edit", Wanted())
    assert (report.commit.id, report.synced and report.synced.id) == (story.edits[2], story.syncs[2])
    assert "as of a commit after the sync of 2026-03-1" in list(restoration_lines(report))[-1]


def test_a_history_that_cannot_be_read_gives_no_state_of_a_day(story: Story, tmp_path: Path) -> None:
    lost = story.syncs[0]
    (story.folder / ".git/objects" / lost[:2] / lost[2:]).unlink()
    assert story.meant_by("2026-03-16") == [story.syncs[2]] * 4
    with pytest.raises(DamagedRepository):
        restore(story.folder, tmp_path / "out", Wanted("2026-03-11"))
    with pytest.raises(DamagedRepository):
        log(story.folder, [], None, 0)
    assert not verify(story.folder, "2026-03-11").is_readable
