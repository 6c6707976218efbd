"""What the mirror holds, by its last commit or any other."""

from __future__ import annotations

from pathlib import Path

from coda_git_mirror.actions.held import Held
from coda_git_mirror.demo.world import World
from coda_git_mirror.git.repository import Repository
from tests.conftest import Serve
from tests.support import VirtualClock, mirror


def test_the_mirror_of_an_older_commit_is_as_it_was_then(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world = World()
    plans = world.add_doc("Plans")
    plans.add_page("Notes", markdown="One.\n")
    coda = serve(world)
    first = mirror(coda, folder, clock)
    plans.rename("Plans of old")
    world.add_doc("Sales").add_page("Start", markdown="Here.\n")
    second = mirror(coda, folder, clock)
    repository = Repository.open(folder)
    then, now = (Held.at(repository, report.commit) for report in (first, second))
    assert [doc.name for doc in then.docs.values()] == ["Plans"]
    assert {doc.name for doc in now.docs.values()} == {"Plans of old", "Sales"}
    assert Held.at_head(repository).docs == now.docs
    page = then.doc(plans.id).stored.pages[plans.page("Notes").id]
    assert then.tree.read(f"docs/plans/{page['file']}").endswith(b"One.\n")
    assert Held.at(repository, None).docs == {}
