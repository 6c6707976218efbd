"""What is noted down of a doc that is being made."""

from __future__ import annotations

from pathlib import Path

import pytest

from coda_git_mirror.state.recreation_journal import Entry, RecreationJournal


@pytest.fixture
def journal(tmp_path: Path) -> RecreationJournal:
    begun = RecreationJournal(tmp_path, "doc", None, "commit")
    begun.begin()
    return begun


def _again(tmp_path: Path) -> RecreationJournal:
    return RecreationJournal(tmp_path, "doc", None, "commit")


def test_another_process_reads_what_was_noted_down(journal: RecreationJournal, tmp_path: Path) -> None:
    journal.intend("doc", ("a", "b"))
    assert _again(tmp_path).entry("doc") == Entry(known=("a", "b"))
    assert Entry(known=("a", "b")).is_doubtful
    journal.accept("doc", "mutate:1", "new")
    assert _again(tmp_path).entry("doc") == Entry("mutate:1", "new", known=("a", "b"))
    assert _again(tmp_path).made("doc") is None
    journal.settle("doc")
    assert _again(tmp_path).made("doc") == "new"
    journal.forget("doc")
    assert _again(tmp_path).entry("doc") is None
    journal.end()
    assert not _again(tmp_path).exists


def test_each_doc_page_and_revision_has_its_own(journal: RecreationJournal, tmp_path: Path) -> None:
    assert journal.exists
    for other in (("other", None, "commit"), ("doc", "page", "commit"), ("doc", None, "other")):
        assert not RecreationJournal(tmp_path, *other).exists


@pytest.mark.parametrize(
    "tail", [b'{"key": "x", "is": "in', b'{"key": "x"}\n', b"\xff\n", b'{"key": "x", "is": "y"}\n']
)
def test_of_a_line_that_is_not_whole_nothing_is_believed(
    journal: RecreationJournal, tmp_path: Path, tail: bytes
) -> None:
    journal.intend("doc")
    (file,) = tmp_path.glob("*.jsonl")
    file.write_bytes(file.read_bytes() + tail)
    assert _again(tmp_path).entry("doc") == Entry()
    assert _again(tmp_path).entry("x") is None


@pytest.mark.parametrize("content", [b"", b"[]\n", b'{"version": 99}\n'])
def test_a_file_of_another_kind_tells_only_that_something_was_begun(
    journal: RecreationJournal, tmp_path: Path, content: bytes
) -> None:
    journal.intend("doc")
    (file,) = tmp_path.glob("*.jsonl")
    file.write_bytes(content)
    again = _again(tmp_path)
    assert (again.exists, again.entry("doc")) == (True, None)
