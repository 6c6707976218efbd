"""faults.md, row 66: the memory of a whole sync is that of one large page, however many there are.

`HYPOTHESIS_PROFILE=slow` takes 12 pages of 30 MB, which must fit into 300 MB; otherwise a few smaller ones are taken,
which need as much less beyond what every sync needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import World
from tests.commands.test_command_line import settings
from tests.support import PROJECT, files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell the memory of a process so")
_SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
PAGES, MEGABYTES, TEXTS = (12, 30, 9) if _SLOW else (2, 5, 11)
"""How many pages of what size, and how many texts of a page there may be at a time; small ones have some more."""
BOUND = 300
_CHILD = """
import os, pathlib, re, sys
from tests.unwaiting import skip_waits
from coda_git_mirror.cli import main
end = os._exit
def tell(code):
    peak = re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]
    print(peak, file=sys.stderr, flush=True)
    end(code)
os._exit = tell
skip_waits()
main()
"""


def _peak(coda: SimulatedCoda, folder: Path) -> int:
    """The most memory, in MB, that a sync has had."""
    command = [sys.executable, "-c", _CHILD, "sync", "-o", str(folder)]
    variables: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(PROJECT), **settings(coda)}
    answer = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return int(answer.stderr.splitlines()[-1]) // 1024


def test_66_a_sync_of_large_pages_needs_the_memory_of_one(tmp_path: Path) -> None:
    world = World()
    other = world.add_doc("Other").add_page("Target", markdown="Words.\n")
    with SimulatedCoda(world, clock=time.monotonic, limits=Limits.none()) as coda:
        least = _peak(coda, tmp_path / "small")
        line = "Words without end and so on. " * 60 + f"[link]({other.link})\n\n"
        text = line * (MEGABYTES * 1024 * 1024 // len(line))
        doc = world.add_doc("Plans")
        pages = [doc.add_page(f"Page {number}", markdown=text) for number in range(PAGES)]
        bound = min(BOUND, least + TEXTS * MEGABYTES)
        first = _peak(coda, tmp_path / "mirror")
        pages[0].write(markdown=f"Edited.\n\n{text}")
        later = _peak(coda, tmp_path / "mirror")
    assert max(first, later) < bound, (first, later)
    large = [len(content) for content in files(tmp_path / "mirror").values() if len(content) > MEGABYTES * 1024 * 1024]
    assert len(large) >= PAGES
