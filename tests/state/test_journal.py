"""A journal that is not as a publication writes it tells nothing (faults.md, row 56)."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.state.journal import Journal, Step, read_journal

JOURNAL = Journal("main", "1" * 40, "2" * 40, (Step("docs/a.md", None, "3" * 40),))


def read(folder: Path, **changes: Any) -> Journal | None:
    file = folder / "publication.json"
    file.write_text(json.dumps({**asdict(JOURNAL), **changes}))
    return read_journal(file)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert read(tmp_path) == JOURNAL
    first = read(tmp_path, base=None)
    assert first is not None
    assert first.base is None


@pytest.mark.parametrize("odd", [{}, [], "", 0, False, "x", ["1" * 40], "\ud800"])
def test_an_id_of_another_shape_makes_it_worth_nothing(tmp_path: Path, odd: Any) -> None:
    assert read(tmp_path, base=odd) is None
    assert read(tmp_path, commit=odd) is None
    assert read(tmp_path, steps=[{"path": "docs/a.md", "old": odd, "new": None, "lfs": False}]) is None
