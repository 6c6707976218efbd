"""Law 2 for a whole account: whatever its names and ids are, every path is lawful and none leaves the mirror."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.demo.blocks import Attachment, Picture, Text
from coda_git_mirror.demo.drawings import striped_png
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Blob, Column, Doc, Page, World
from tests.format.strategies import HOSTILE_NAMES, names
from tests.support import VirtualClock, files, git, mirror, require_sound

_SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
few = settings(max_examples=200 if _SLOW else 15, deadline=None, derandomize=not _SLOW, database=None)

HOSTILE_IDS = (
    "-rf", "--upload-pack=x", "id", "ID", "Id", "a/b", "../x", "../../etc/passwd", "/etc/passwd", "..x", "a..", "a b",
    " a", "a ", "a%2Fb", "a%20b", "a?b", "a#b", "a_dID", "a_suID", "con", "NUL", ".git", "C:\\x", "é", "e\u0301", "🎉",
    "a\nb", "a\0b", "a\tb", "a.", "metadata.json", "README.md", "<b>", "'\"`", "x" * 150,
)  # fmt: skip
"""Dots alone are no path segment that any client of HTTP sends, and nothing is no segment."""

BLOB_IDS = ("bl-aB", "bl-Ab", "bl-ab", "bl--", "bl-_", "bl-con", "bl-" + "x" * 150)
DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
PICTURE = striped_png(((1, 2, 3), (4, 5, 6)))

file_names = names.map(lambda name: re.sub("[\r\n]", " ", name))
"""The simulation writes them into a header of HTTP, which ends with its line."""
ids = st.sampled_from(HOSTILE_IDS) | st.text("iId-_. /%", min_size=1, max_size=4).filter(lambda text: text.strip("."))


@st.composite
def hostile_accounts(draw: st.DrawFn) -> World:
    """Up to three docs with pages in pages, tables, views and files, of which only the account's owner is tame."""
    world = World()
    for blob_id in draw(st.lists(st.sampled_from(BLOB_IDS), unique=True, max_size=4)):
        mime = draw(st.sampled_from(["image/png", "application/pdf", "../../x", "", None]))
        world.blobs[blob_id] = Blob(blob_id, PICTURE + blob_id.encode(), draw(file_names), mime)
    for doc_id in draw(st.lists(ids, unique=True, min_size=1, max_size=3)):
        doc = world.add_doc(draw(names), id=doc_id)
        _draw_pages(draw, doc)
        _draw_tables(draw, doc)
    return world


def _draw_pages(draw: st.DrawFn, doc: Doc) -> None:
    pages: list[Page | None] = [None]
    for page_id in draw(st.lists(ids, unique=True, max_size=4)):
        page = doc.add_page(draw(names), draw(st.sampled_from(pages)), id=page_id)
        page.subtitle = draw(names)
        links = [f"[{draw(names)}]({other.link})" for other in pages if other]
        blobs = _blobs(doc)
        page.write(Text(draw(names)), *map(Text, links), *map(Picture, blobs), *map(Attachment, blobs))
        pages.append(page)


def _blobs(doc: Doc) -> list[Blob]:
    """The account's files, but not in a doc whose id the simulation cannot write into the address of a file."""
    return list(doc.world.blobs.values()) if quote(doc.id, safe="") == doc.id else []


def _draw_tables(draw: st.DrawFn, doc: Doc) -> None:
    for table_id in draw(st.lists(ids, unique=True, max_size=2)):
        columns = [Column(name) for name in draw(st.lists(names, unique=True, min_size=1, max_size=3))]
        table = doc.add_table(draw(names), columns, id=f"t{table_id}")
        for row_id in draw(st.lists(ids, unique=True, max_size=2)):
            table.add_row({column.name: draw(names) for column in columns}, id=row_id)
        if draw(st.booleans()):
            doc.add_view(draw(names), table, id=f"v{table_id}")


def _all_at_once() -> World:
    """Every hostile name as that of a page, subpage, table, view, column, row and file; every hostile id as a doc's."""
    world = World()
    for number, name in enumerate(name for name in HOSTILE_NAMES if "\n" not in name):
        world.blobs[f"bl-{number}"] = Blob(f"bl-{number}", PICTURE + bytes([number]), name, "image/png")
    doc = world.add_doc("plain")
    top = doc.add_page("plain", blocks=[Picture(blob) for blob in world.blobs.values()])
    for name in HOSTILE_NAMES:
        doc.add_page(name, doc.add_page(name), (Text(name),))
        table = doc.add_table(name, [Column(name)], [{name: name}], top)
        doc.add_view(name, table)
    for doc_id, name in zip(HOSTILE_IDS, HOSTILE_NAMES, strict=False):
        world.add_doc(name, id=doc_id)
    return world


@few
@given(world=hostile_accounts())
@example(world=_all_at_once())
def test_a_hostile_account_makes_a_lawful_mirror(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    surroundings, clock = tmp_path_factory.mktemp("hostile"), VirtualClock()
    folder = surroundings / "below" / "mirror"
    folder.parent.mkdir()
    with SimulatedCoda(world, clock=clock.now, limits=Limits.none()) as coda:
        hosts = frozenset({coda.asset_hosts})
        report = mirror(coda, folder, clock, asset_hosts=hosts)
        assert report.problems == ()
        assert mirror(coda, folder, clock, asset_hosts=hosts).commit is None
        assert coda.violations == []
    require_sound(folder)
    assert verify(folder).findings == []
    assert [path.relative_to(surroundings) for path in _around(surroundings, folder)] == [Path("below")]
    _require_lawful_paths(git(folder, "ls-files", "-z").split("\0")[:-1])
    _require_every_item(world, folder)


def _around(surroundings: Path, folder: Path) -> Iterator[Path]:
    """Everything that exists beside the mirror."""
    return (path for path in surroundings.rglob("*") if folder not in (path, *path.parents))


def _require_lawful_paths(paths: list[str]) -> None:
    assert len({path.casefold() for path in paths}) == len(paths)
    folders = {str(folder) for path in paths for folder in list(Path(path).parents)[:-1]}
    assert len({each.casefold() for each in (*paths, *folders)}) == len(paths) + len(folders)
    for path in paths:
        assert re.fullmatch(r"[\x21-\x7e]+", path), path
        assert len(path) <= 199, path
        for part in path.split("/"):
            assert not DEVICES.fullmatch(part), path
            assert not part.endswith((".", " ")), path
            assert not re.search(r'[<>:"\\|?*]', part), path
            assert part.lower() != ".git", path


def _require_every_item(world: World, folder: Path) -> None:
    """Each doc has its folder; each page, table and view its files; nothing else lies there."""
    stored = {doc["id"]: doc["path"] for doc in json.loads((folder / "backup_manifest.json").read_bytes())["docs"]}
    assert set(stored) == {doc.id for doc in world.docs}
    tree = files(folder)
    for doc in world.docs:
        below = [path.removeprefix(f"{stored[doc.id]}/") for path in tree if path.startswith(f"{stored[doc.id]}/")]
        for suffix in (".md", ".html"):
            assert sum(path.startswith("pages/") and path.endswith(suffix) for path in below) == len(list(doc.pages()))
        assert sum(path.startswith("tables/") for path in below) == 3 * len(doc.tables)
        assert sum(path.startswith("views/") for path in below) == 2 * len(doc.views)
        assert sum(path.startswith("assets/") for path in below) == (len(_blobs(doc)) if doc.roots else 0)
