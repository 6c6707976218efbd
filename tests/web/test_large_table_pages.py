"""What the pages show while a large table is read into the index for whoever asked for its rows (browse.md, browse)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.browse.mirror import Browsed
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index import contents
from coda_git_mirror.index.index import Index
from coda_git_mirror.web.app import create_app
from tests.index.pasts import ADoc, APage, files_of, write_past
from tests.support import git

HOST = "127.0.0.1:8000"
LONG = 60.0
ROW = "/doc/d1/item/t1/row/i-1"
CELL = f"{ROW}/column/c-Task"
SEARCH = "/search?q=hello&when="
BLOBS = "docs/sales/tables/tasks.jsonl"


@dataclass
class Answer:
    status: int
    text: str
    json: Any
    headers: dict[str, str]


class Large:
    """A mirror whose table counts as large, looked at by somebody who waits for `patience` seconds.

    It is read only once it may be.
    """

    def __init__(self, folder: Path, patience: float) -> None:
        self._may = threading.Event()
        self.told: list[str] = []
        index = Index.open(Repository.open(folder), self._tell)
        self.browsed = Browsed(Repository.open(folder), index, patience)
        self._client = create_app(self.browsed, "KEY", [HOST], self.told.append).test_client()

    def _tell(self, line: str) -> None:
        self.told.append(line)
        assert "to be read" not in line or self._may.wait(LONG)

    def allow(self) -> None:
        self._may.set()

    def read(self) -> None:
        """Lets it be read, and waits for that."""
        self.allow()
        self.browsed.index.take_in([("d1", "t1")], LONG)

    def __call__(self, path: str) -> Answer:
        answer = self._client.get(f"/KEY{path}", headers={"Host": HOST})
        found = answer.get_json() if answer.is_json else None
        return Answer(answer.status_code, answer.get_data(as_text=True), found, dict(answer.headers))

    def found(self, when: str) -> Any:
        return self(f"{SEARCH}{when}&format=json").json


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large") / "mirror"
    page = {"p1": APage("Notes", "hello from a page\n")}
    every = ({"i-1": "hello", "i-2": "hello"}, {"i-1": "hello again"}, {"i-1": "hello again", "i-3": "other"})
    write_past(folder, [files_of({"d1": ADoc("Sales", page, rows=rows)}) for rows in every])
    return folder


@pytest.fixture
def looked(made: Path, tmp_path: Path) -> Iterator[Large]:
    """Nobody waits."""
    folder = tmp_path / "mirror"
    git(tmp_path, "clone", "--quiet", str(made), str(folder))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(contents, "LARGEST_ROWS", 1)
        large = Large(folder, 0)
        yield large
        large.allow()
        large.browsed.close()


@pytest.mark.parametrize("when", ["now", "ever"])
def test_a_search_tells_what_it_has_not_looked_through(looked: Large, when: str) -> None:
    first = looked.found(when)
    assert [hit["kind"] for hit in first["hits"]] == ["page"]
    assert first["not_searched"] == [{"doc": "d1", "item": "t1", "name": "Tasks"}]
    page = looked(f"{SEARCH}{when}").text
    assert "being read into the index: 0 % so far" in page
    assert "Not looked through yet" in page
    assert f'href="/KEY/search?q=hello&amp;when={when}">Look again' in page
    assert "Nothing in what is looked through" in looked(f"/search?q=again&when={when}").text
    looked.read()
    second = looked.found(when)
    assert second.keys() == {"hits"}
    assert len([hit for hit in second["hits"] if hit["kind"] == "row"]) == (1 if when == "now" else 2)
    assert "Look again" not in looked(f"{SEARCH}{when}").text


def test_nothing_is_read_for_no_words(looked: Large) -> None:
    assert looked("/search?q=&format=json").json == {"hits": []}
    assert "large" not in looked("/search?q=%20").text
    assert looked.told == []


@pytest.mark.parametrize("address", [ROW, CELL])
def test_a_row_and_a_cell_say_that_they_are_read(looked: Large, address: str) -> None:
    page, json = looked(address), looked(f"{address}?format=json")
    for answer in (page, json):
        assert (answer.status, answer.headers["Retry-After"], answer.headers["Refresh"]) == (503, "3", "3")
    assert "Tasks" in page.text
    assert "0 % so far" in json.json["error"]
    assert looked("/doc/d1/item/t1").status == 200
    looked.read()
    page, json = looked(address), looked(f"{address}?format=json")
    assert (page.status, json.status) == (200, 200)
    assert "Refresh" not in page.headers
    if address == CELL:
        assert [value["value"] for value in json.json["values"]] == ["hello again", "hello"]
    else:
        assert [change["what"] for change in json.json["changes"]] == ["changed", "came"]


def test_deleted_rows_are_listed_once_they_are_known(looked: Large) -> None:
    assert "The rows of this large table are being read" in looked("/doc/d1/item/t1?gone=1").text
    looked.read()
    page = looked("/doc/d1/item/t1?gone=1").text
    assert "being read" not in page
    assert "/doc/d1/item/t1/row/i-2" in page


def test_who_has_patience_gets_all_at_once(looked: Large) -> None:
    looked.allow()
    patient = Browsed(looked.browsed.repository, looked.browsed.index, LONG)
    client = create_app(patient, "KEY", [HOST], looked.told.append).test_client()
    answer = client.get(f"/KEY{SEARCH}ever&format=json", headers={"Host": HOST}).get_json()
    assert sorted(hit["kind"] for hit in answer["hits"]) == ["page", "row", "row"]
    assert answer.keys() == {"hits"}
    assert looked.told == [
        "Taking the rows of Tasks into the index: 3 versions, 0 MB to be read.",
        "Taking the rows of Tasks into the index: done.",
    ]


def test_why_a_table_cannot_be_read_is_told(looked: Large) -> None:
    blob = git(looked.browsed.folder, "rev-parse", f"HEAD~1:{BLOBS}").strip()
    (looked.browsed.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    looked.read()
    page = looked(f"{SEARCH}ever").text
    assert "cannot be read into the index" in page
    assert blob in page
    assert "page" in {hit["kind"] for hit in looked.found("ever")["hits"]}
    row = looked(ROW)
    assert row.status == 500
    assert blob in row.text
    assert blob in looked("/doc/d1/item/t1?gone=1").text
