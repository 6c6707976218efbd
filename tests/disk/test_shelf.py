"""What is put away comes back as it was, and takes nothing along that all values share."""

from __future__ import annotations

from pathlib import Path

from coda_git_mirror.disk.shelf import Shelf, in_memory
from coda_git_mirror.model.content import Doc, Outline


class Repository:
    """Nothing that could be stored."""

    def __reduce__(self) -> str:
        raise AssertionError("it was stored")


def test_values_come_back_in_any_order_and_as_often_as_they_are_asked_for(tmp_path: Path) -> None:
    outlines = [Outline(Doc(f"d{number}", "\ud800", raw={"n": number}), (), (), ()) for number in range(100)]
    with Shelf(tmp_path) as shelf:
        loads = [shelf.put(outline) for outline in outlines]
        assert [load() for load in reversed(loads)] == outlines[::-1]
        late = shelf.put("late")
        assert (loads[0](), late(), loads[0]() is loads[0]()) == (outlines[0], "late", False)
    assert list(tmp_path.iterdir()) == []


def test_what_is_shared_is_not_stored(tmp_path: Path) -> None:
    repository = Repository()
    with Shelf(tmp_path, repository) as shelf:
        load = shelf.put({"repository": repository, "name": "Plans"})
        assert load()["repository"] is repository


def test_few_values_stay_in_memory() -> None:
    doc = Doc("d", "Plans")
    assert in_memory(doc)() is doc
