"""A mirror that is about to meet a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Serve
from tests.faults.trial import ONE_AT_A_TIME, Stock, Trial, account
from tests.support import VirtualClock

Begin = Callable[..., Trial]


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """Filled by the first test that needs it."""
    stock = Stock(tmp_path_factory.mktemp("stock"))
    with stock.coda:
        yield stock


@pytest.fixture
def begin(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path, stock: Stock) -> Begin:
    """Begins a trial whose account is served with options."""

    def begun(**options: Any) -> Trial:
        options = {"page_sizes": ONE_AT_A_TIME, "blob_origin": f"http://{stock.file_host}", **options}
        coda = serve(account(), **options)
        trial = Trial(coda, folder, clock, tmp_path, stock)
        trial.begin()
        return trial

    return begun


@pytest.fixture
def trial(begin: Begin) -> Trial:
    """A mirror of the account as it was before some edits; the next sync has work to do."""
    trial = begin()
    trial.edit()
    return trial


@pytest.fixture
def lone(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> Trial:
    """The same for faults of hosted files: its own Coda serves them."""
    trial = Trial(serve(account(), page_sizes=ONE_AT_A_TIME), folder, clock, tmp_path)
    trial.begin()
    trial.edit()
    return trial
