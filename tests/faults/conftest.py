"""A mirror that is about to meet a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Serve
from tests.faults.trial import ONE_AT_A_TIME, Trial, account
from tests.support import VirtualClock


@pytest.fixture
def trial(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> Trial:
    """A mirror of the account as it was before some edits; the next sync has work to do."""
    trial = Trial(serve(account(), page_sizes=ONE_AT_A_TIME), folder, clock, tmp_path)
    trial.begin()
    trial.edit()
    return trial
