"""What is noted down of writes, and what is believed of it afterwards."""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.model import cell_values
from coda_git_mirror.model.cell_values import (
    CellValue,
    Day,
    Empty,
    Foreign,
    Formatted,
    HostedFile,
    Many,
    Member,
    Moment,
    Money,
    Number,
    RowReference,
    Text,
    TimeOfDay,
    Truth,
    WebAddress,
)
from coda_git_mirror.state.cell_codec import stored_value, value_of
from coda_git_mirror.state.write_journal import Begun, Change, Sending, SentRow, WriteJournal, begun_writes

VALUES: list[CellValue] = [
    Empty(),
    Text("a\ud800\nb"),
    Formatted("**b**", "b"),
    Number(Decimal("-12.50"), "-12.5"),
    Number(Decimal("1E+400")),
    Truth(True),
    Truth(False, unset=True),
    Day("2026-03-04"),
    Moment(datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC), "shown"),
    TimeOfDay("09:30:00"),
    Money(Decimal("0.10"), "EUR", "0.10"),
    Member("ben@example.com", "Ben", "Ben@example.com"),
    RowReference("i-1", "One", "grid-1"),
    WebAddress("https://example.com", "There", "https://example.com/"),
    HostedFile("bl-1", "https://example.com/f", "f.pdf"),
    Foreign('{"a":1}'),
]


def test_every_kind_of_value_is_among_these() -> None:
    kinds = {kind for kind in vars(cell_values).values() if isinstance(kind, type) and is_dataclass(kind)}
    assert kinds == {*map(type, VALUES), Many}


@pytest.mark.parametrize("value", [*VALUES, Many((Text("a"), Number(Decimal(1)))), Many(())], ids=repr)
def test_a_value_comes_back_as_it_was(value: CellValue) -> None:
    again = value_of(stored_value(value))
    assert again == value
    assert type(again) is type(value)


ROWS = (SentRow("k1", "i-old", {"c-1": Text("a")}), SentRow("k2", None, {}))
INSERT = Sending(Change.INSERT, ROWS)
UPDATE = Sending(Change.UPDATE, (SentRow("i-1", None, {"c-1": Many((Text("a"), Text("b")))}),))


@pytest.fixture
def journal(tmp_path: Path) -> WriteJournal:
    journal = WriteJournal(tmp_path / "writes", "doc", "grid-1")
    journal.begin("abc", ["i-2", "i-1"], ["m"])
    return journal


def read(tmp_path: Path, doc: str = "doc") -> list[Begun]:
    return list(begun_writes(tmp_path / "writes", doc))


def test_what_is_written_down_is_read_again(tmp_path: Path, journal: WriteJournal) -> None:
    first = journal.intend(INSERT.change, INSERT.rows)
    journal.accept(first, "mutate:1", {"k1": "i-new"})
    second = journal.intend(UPDATE.change, UPDATE.rows)
    journal.refuse(second)
    third = journal.intend(UPDATE.change, UPDATE.rows)
    journal.accept(third, "mutate:3", {})
    journal.settle(third)
    journal.intend(Change.DELETE, [SentRow("i-3")])
    journal.judge({"applied": 3})
    sendings = (
        replace(INSERT, request="mutate:1", ids={"k1": "i-new"}),
        replace(UPDATE, refused=True),
        replace(UPDATE, request="mutate:3", settled=True),
        Sending(Change.DELETE, (SentRow("i-3"),)),
    )
    assert read(tmp_path) == [Begun("doc", "grid-1", "abc", frozenset({"i-1", "i-2"}), sendings, frozenset({"m"}))]
    assert [it.is_doubtful for it in sendings] == [False, False, False, True]
    assert [row.key for row in sendings[0].missing] == ["k2"]


def test_only_what_is_of_the_doc_is_read(tmp_path: Path, journal: WriteJournal) -> None:
    assert journal
    assert read(tmp_path, "another") == []
    assert read(tmp_path / "nowhere") == []


def test_nothing_is_left_of_what_has_ended(tmp_path: Path, journal: WriteJournal) -> None:
    journal.end()
    journal.end()
    assert read(tmp_path) == []
    assert not list((tmp_path / "writes").iterdir())


def test_a_line_that_a_crash_cut_off_counts_for_nothing(tmp_path: Path, journal: WriteJournal) -> None:
    journal.intend(INSERT.change, INSERT.rows)
    file = next((tmp_path / "writes").glob("*.jsonl"))
    whole = file.read_bytes()
    journal.intend(UPDATE.change, UPDATE.rows)
    longer = file.read_bytes()
    for end in range(len(whole), len(longer)):
        file.write_bytes(longer[:end])
        assert [len(begun.sendings) for begun in read(tmp_path)] == [1]


HEADER = b'{"version": 1, "doc": "doc", "table": "t", "plan": "p", "known": [], "marks": []}\n'
ROW = b'{"n": 1, "is": "intent", "change": "insert", "rows": [{"key": %s, "old": null, "cells": {"c": %s}}]}\n'


@pytest.mark.parametrize(
    "spoilt",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[]\n",
        HEADER.replace(b"1", b"99"),
        HEADER.replace(b'"t"', b"1"),
        HEADER.replace(b"[]", b"[1]", 1),
        HEADER.replace(b'"marks": []', b'"marks": [1]'),
        HEADER + b"nonsense\n",
        HEADER + b'{"n": 1, "is": "accepted"}\n',
        HEADER + b'{"n": 1, "is": "odd"}\n',
        HEADER + ROW % (b"1", b'{"": "Empty"}'),
        HEADER + ROW % (b'"k"', b'{"": "No"}'),
        HEADER + ROW % (b'"k"', b'{"": "Text", "text": 1}'),
        HEADER + ROW % (b'"k"', b'{"": "Number", "value": ["Decimal", "x"]}'),
    ],
)
def test_a_journal_that_is_damaged_is_thrown_away(tmp_path: Path, journal: WriteJournal, spoilt: bytes) -> None:
    assert journal
    file = next((tmp_path / "writes").glob("*.jsonl"))
    file.write_bytes(spoilt)
    assert read(tmp_path) == []
    assert not file.exists()


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "writes").write_bytes(b"")
    with pytest.raises(MirrorError, match="writes"):
        WriteJournal(tmp_path / "writes", "doc", "grid-1").begin("abc", [])
