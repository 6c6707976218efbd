"""What happened to many items by one question is what the index tells of each of them (browse.md, query)."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
from tests.index.pasts import pasts, write_past
from tests.support import git

_SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"


@settings(max_examples=1000 if _SLOW else 5, deadline=None, derandomize=not _SLOW, database=None)
@given(pasts())
def test_it_is_what_is_told_of_each(states: list[dict[str, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "mirror")
        number = len(write_past(folder, states))
        git(folder, "reset", "--quiet", "--hard")
        index = Index.open(Repository.open(folder), lambda _: None)
        for doc in (*index.items_at(number), *index.gone_before(number)):
            states_within = (*index.items_at(number, doc.doc), *index.gone_before(number, doc.doc))
            items = list(dict.fromkeys([*(state.item for state in states_within), doc.doc, "nowhere"]))
            told = [(item, version.commit, version.what) for item in items for version in index.versions(doc.doc, item)]
            assert list(index.changes_of_each(doc.doc, items)) == told
        index.close()
