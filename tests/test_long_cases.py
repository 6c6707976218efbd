"""The run of two minutes and the other one are together the whole suite."""

from __future__ import annotations

import re

from tests.long_cases import SECONDS, fitting, long_ones, noted
from tests.support import PROJECT


def test_the_first_cases_of_a_function_are_short() -> None:
    cases = ["a.py::whole", "a.py::some[1]", "b.py::some[1]", "a.py::some[2]", "a.py::some[3]", "a.py::none"]
    assert long_ones(cases, {"a.py::some": 2, "a.py::none": 0}) == [False, False, False, False, True, True]


def test_what_is_too_long_is_left_out_with_all_that_follows() -> None:
    part = SECONDS / 10
    assert fitting([part, 6 * part, part]) == 3
    assert fitting([part, 6 * part, 6 * part, part]) == 2
    assert fitting([11 * part, part]) == 0


def test_every_function_that_is_named_is_there() -> None:
    sources: dict[str, str] = {}
    for name in noted():
        path, own = name.split("::", 1)
        source = sources.setdefault(path, (PROJECT / path).read_text(encoding="utf-8"))
        # A state machine of hypothesis is a class that is assigned, and has its `runTest` from there.
        words = [word for word in own.split("::") if word != "runTest"]
        assert [word for word in words if not re.search(rf"\b{word}\b", source)] == [], name
