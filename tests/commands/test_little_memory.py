"""faults.md, row 63: where addresses are limited, a sync goes on with fewer threads."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from coda_git_mirror.actions.sync.workers import Workers, share_of_threads
from coda_git_mirror.demo.world import World
from tests.commands.test_command_line import settings
from tests.commands.test_wrong_usage import UNWAITING, script
from tests.conftest import Serve

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold to the limit of addresses")
DOCS = 45
"""More than there are threads for docs."""


def test_a_limit_of_addresses_means_fewer_threads_and_the_same_mirror(serve: Serve, tmp_path: Path) -> None:
    world = World()
    for number in range(DOCS):
        world.add_doc(f"Doc {number}").add_page("Page", markdown="Words.\n")
    coda = serve(world, clock=time.monotonic)
    limit = "ulimit -v 800000"
    answer = script(tmp_path, "sync", "-o", "mirror", before=limit, module=UNWAITING, **settings(coda))
    assert answer.returncode == 0, answer.stderr
    assert f"Mirror {DOCS} docs: {DOCS} pages added" in answer.stdout


@pytest.mark.parametrize(("megabytes", "least", "most"), [(200, 0, 0), (800, 0.4, 0.6), (4_000, 1, 1)])
def test_the_share_of_threads_is_what_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch, megabytes: int, least: float, most: float
) -> None:
    import resource

    sizes = {resource.RLIMIT_AS: megabytes * 2**20, resource.RLIMIT_STACK: 8 * 2**20}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (sizes[kind], sizes[kind]))
    assert least <= share_of_threads() <= most
    with Workers() as workers:
        assert workers.docs.submit(lambda: workers.exports.submit(lambda: 7).result()).result() == 7
