"""faults.md, rows 15 and 19: tokens that may do less, and those of somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from coda_git_mirror.demo.server import Token
from coda_git_mirror.errors import MirrorError
from tests.conftest import Serve
from tests.faults.conftest import Begin
from tests.faults.trial import Trial, account, kept
from tests.support import files, require_sound

NOTES = ("docs/plans/pages/notes.md", "docs/plans/pages/notes.html")
ANOTHER = "another-token-of-the-same-account"


def with_a_good_token(trial: Trial, serve: Serve) -> None:
    """From here on the account is read with a token that may read everything."""
    trial.coda = serve(trial.world, token=Token(ANOTHER), blob_origin=f"http://{trial.file_host}")


def test_19_a_token_for_one_doc_reads_it_and_keeps_the_others(begin: Begin, serve: Serve, tmp_path: Path) -> None:
    trial = begin(token=Token(scoped_to=account().docs[0].id, refusal=401))
    trial.edit()
    with pytest.raises(MirrorError, match="--doc"):
        trial.sync(tmp_path / "new")
    report = trial.sync(docs=(trial.plans.link,))
    after = files(trial.folder)
    assert report.problems == ()
    kept(trial, after, *(path for path in trial.before if path.startswith(("docs/travel/", "docs/recipes/"))))
    assert b"Second line." in after[NOTES[0]]
    assert b'"permissions"' in after["docs/plans/metadata.json"], "what was known of its sharing"
    trial.accept_head()
    unselected = trial.sync().problems
    assert {(problem.kind, problem.doc) for problem in unselected} == {("doc", "Recipes"), ("doc", "Travel")}
    trial.accept_head()
    with_a_good_token(trial, serve)
    trial.check()


def test_19_a_token_that_may_only_read_keeps_exports_and_gives_plain_text_for_new_pages(
    begin: Begin, serve: Serve
) -> None:
    trial = begin(token=Token(read_only=True, refusal=403))
    trial.edit()
    report = trial.sync()
    after = files(trial.folder)
    assert {(problem.kind, problem.item) for problem in report.problems} == {
        ("page", name) for name in ("Notes", "Review", "Soup")
    }
    kept(trial, after, *NOTES)
    assert b"Done" in after["docs/plans/tables/tasks.csv"]
    assert b"Rain." in after["docs/travel/pages/bergen.md"]
    require_sound(trial.folder)
    trial.accept_head()
    with_a_good_token(trial, serve)
    trial.check()


def test_19_a_token_without_rights_to_see_sharing_keeps_what_was_known_of_it(trial: Trial) -> None:
    trial.coda.on("GET", r"/acl/").fail(403)
    trial.synced()
    assert b'"permissions"' in files(trial.folder)["docs/plans/metadata.json"]
    trial.check()


def test_15_the_token_of_another_account_is_refused_by_name_but_for_all_accessible_docs(trial: Trial) -> None:
    eve = {"name": "Eve", "loginId": "eve@elsewhere.example"}
    trial.coda.on("GET", r"^/whoami$").mutate(lambda user: {**user, **eve})
    asked = len(trial.coda.requests)
    error = trial.refused(MirrorError)
    assert len(trial.coda.requests) == asked + 4, "three pages of docs, and whoami"
    assert "eve@elsewhere.example" in str(error)
    assert str(trial.world.user.email) in str(error)
    trial.synced(all_accessible=True)
    require_sound(trial.folder, trial.undisturbed())
    trial.check()
