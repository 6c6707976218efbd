"""A Chromium, a place that is elsewhere, and served mirrors, of which each is made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browse.chromium import Chromium, Tab, chromium_running, require_chromium
from tests.browse.elsewhere import Elsewhere, elsewhere_listening
from tests.browse.hostile import HostileAccount
from tests.browse.lumen import Places, make_lumen
from tests.browse.sites import Site, away_from_home, site_of


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with chromium_running() as running:
        yield running


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Elsewhere]:
    with elsewhere_listening() as place:
        yield place


@pytest.fixture
def serve_mirror() -> Iterator[Callable[[Path], Site]]:
    """Serves mirrors for the length of a test."""
    with ExitStack() as running:
        yield lambda folder: running.enter_context(site_of(folder))


@pytest.fixture(scope="session")
def lumen_mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's account with eleven days of edits."""
    require_chromium()
    room = tmp_path_factory.mktemp("lumen")
    with away_from_home(room / "home"):
        make_lumen(room / "mirror")
    return room / "mirror"


@pytest.fixture(scope="module")
def lumen(lumen_mirror: Path) -> Iterator[Site]:
    with site_of(lumen_mirror) as site:
        yield site


@pytest.fixture(scope="module")
def lumen_places(lumen: Site) -> Places:
    return Places(lumen)


@pytest.fixture(scope="session")
def hostile_account(elsewhere: Elsewhere, tmp_path_factory: pytest.TempPathFactory) -> HostileAccount:
    require_chromium()
    room = tmp_path_factory.mktemp("hostile")
    account = HostileAccount(room / "mirror", elsewhere)
    with away_from_home(room / "home"):
        account.make()
    return account


@pytest.fixture(scope="module")
def hostile(hostile_account: HostileAccount) -> Iterator[Site]:
    with site_of(hostile_account.folder) as site:
        yield site


@pytest.fixture
def open_tab(chromium: Chromium, elsewhere: Elsewhere) -> Iterator[Callable[..., Tab]]:
    """Opens tabs for the length of a test."""
    elsewhere.forget()
    yield chromium.tab
    chromium.close_tabs()


@pytest.fixture
def tab(open_tab: Callable[..., Tab]) -> Tab:
    return open_tab()
