"""Many large pages at once take the memory of few (faults.md, row 66)."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from coda_git_mirror import turns as turns_of_all
from coda_git_mirror.turns import Turns
from tests.coda.conftest import Serving
from tests.coda.wire import TOKEN, Asked, reply, reply_json
from tests.support import PROJECT

PAGES, MEGABYTES, BOUND = 12, 24, 300
"""In megabytes: 620 were needed before they took turns, some 160 are now. By `VmHWM`: the peak
of `getrusage` begins with what the process had that started this one."""
_CHILD = """
import pathlib, re, sys
from concurrent.futures import ThreadPoolExecutor
from coda_git_mirror.gc_tuning import return_large_blocks
from tests.coda.wire import source_at
from tests.support import VirtualClock
return_large_blocks()
source = source_at(sys.argv[1], VirtualClock())
def export(page):
    return len(source.export_page("d", f"p{page}", "markdown"))
with ThreadPoolExecutor(int(sys.argv[2])) as pool:
    print(sum(pool.map(export, range(int(sys.argv[2])))))
print(int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) >> 10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell the memory of a process so")
def test_many_large_exports_at_once_are_exported_in_bounded_memory(wire: Serving) -> None:
    packed = gzip.compress(b"Some text that goes on.\n" * (MEGABYTES * 1024 * 1024 // 24), 1)
    length = MEGABYTES * 1024 * 1024 // 24 * 24

    def answer(asked: Asked) -> list[bytes]:
        if asked.target == "/file":
            return reply(200, packed, Content_Encoding="gzip", Content_Type="text/plain")
        if asked.method == "POST":
            return reply_json({"id": "job", "status": "inProgress"}, 202)
        return reply_json({"id": "job", "status": "complete", "downloadLink": f"{server.origin}/file"})

    server = wire(answer)
    command = [sys.executable, "-c", _CHILD, server.api_url, str(PAGES)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TOKEN": TOKEN}
    answered = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    exported, megabytes = map(int, answered.stdout.split())
    assert exported == PAGES * length
    assert megabytes < BOUND


def test_large_bodies_take_turns_and_small_ones_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_of_all, "_LARGE", 10)
    turns, others = Turns(), list[str]()

    def work(name: str, size: int) -> Callable[[], None]:
        def run() -> None:
            with turns.turn() as grown:
                grown(size)
                others.append(name)

        return run

    with turns.turn() as grown:
        grown(11)
        grown(12)
        small, large = (threading.Thread(target=work(*each)) for each in (("small", 10), ("large", 11)))
        large.start()
        small.start()
        small.join()
        assert others == ["small"]
    large.join()
    assert others == ["small", "large"]
