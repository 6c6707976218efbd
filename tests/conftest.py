"""Every test runs without a home, a git configuration, a token or a network beyond this machine."""

from __future__ import annotations

import gc
import ipaddress
import itertools
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror import redact
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import World
from coda_git_mirror.gc_tuning import search_rarely
from tests import long_cases
from tests.begun import Begun
from tests.support import VirtualClock

Serve = Callable[..., SimulatedCoda]
_number = itertools.count()
MEMORY, ROOM = Path("/dev/shm"), 4 * 1024**3  # noqa: S108 (each test has a folder of its own there)

# Thousands of interpreters that are started here need what one of them has compiled, also where the environment forbids
# to write it beside the sources; they only read it, so that each makes the same calls every time.
BYTECODE = Path(__file__).parent.parent / ".pytest_cache" / "bytecode"
sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    # Git and this program wait for the disk whenever something is to last; here nothing is.
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Whoever starts something in the background has Ctrl-C ignored by it, and by all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    long_cases.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(long_cases.LongCases(config))
    if config.option.note_long_cases and not hasattr(config, "workerinput"):
        config.pluginmanager.register(long_cases.Noting())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of tests marked `thinned(n)` every nth case is tried; all are in the slow profile."""
    if os.environ.get("HYPOTHESIS_PROFILE") == "slow":
        return
    numbers: Counter[str] = Counter()
    left_out: list[pytest.Item] = []
    for item in items:
        if (mark := item.get_closest_marker("thinned")) and "[" in item.nodeid:
            test = item.nodeid.partition("[")[0]
            if numbers[test] % mark.args[0]:
                left_out.append(item)
            numbers[test] += 1
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Thousands of collected tests are no garbage, and need not be looked through again and again."""
    gc.collect()
    search_rarely()


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where homes are made: each name that pytest numbers itself makes it look through all that are there."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def isolated_machine(monkeypatch: pytest.MonkeyPatch, homes: Path) -> Iterator[Path]:
    """No home, no git configuration and no inherited variable reaches a test; gives the temporary home."""
    home = homes / f"home{next(_number)}"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith(("GIT_", "CODA_")) or name == "EMAIL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(autouse=True)
def no_short_secret_of_another_test() -> Iterator[None]:
    """A test whose token is a common word does not have it kept out of what later ones print."""
    known = set(redact._known)
    yield
    redact._known.intersection_update({*known, *(it for it in redact._known if len(it) >= redact._SHORTEST)})


@pytest.fixture(autouse=True)
def no_network_beyond_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test was about to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def serve(clock: VirtualClock) -> Iterator[Serve]:
    """Serves worlds for the length of a test, and fails it where a promise to Coda was broken."""
    with ExitStack() as running:
        served: list[SimulatedCoda] = []

        def start(world: World, **options: Any) -> SimulatedCoda:
            coda = SimulatedCoda(world, **{"clock": clock.now, "limits": Limits.none(), **options})
            served.append(running.enter_context(coda))
            return coda

        yield start
        assert [violation for coda in served for violation in coda.violations] == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a test's mirror goes; it does not exist yet."""
    return tmp_path / "mirror"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """Mirrors that tests of a module begin with."""
    return Begun(tmp_path_factory.mktemp("begun"))
