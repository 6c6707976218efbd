"""The demonstration's account, its story, and docs made from folders."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from coda_git_mirror.demo.folders import load_folder
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.story import edit_workspace
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.demo.world import World
from tests.demo.client import Client

FILES = "https://files.example"


def everything(world: World) -> list[object]:
    """All that an account serves, page by page and row by row."""
    with SimulatedCoda(world, limits=Limits.none(), blob_origin=FILES) as coda:
        client = Client(coda)
        found: list[object] = client.items("/docs")
        for doc in world.docs:
            found += client.items(f"/docs/{doc.id}/pages")
            exportable = [page for page in doc.pages() if page.content_type == "canvas"]
            found += [client.export(doc.id, page.id, kind) for page in exportable for kind in ("html", "markdown")]
            for table in doc.grids():
                found += client.items(f"/docs/{doc.id}/tables/{table.id}/rows", valueFormat="rich")
        client.close()
        assert coda.violations == []
    return found


def test_it_is_the_same_each_time() -> None:
    assert everything(demo_workspace()) == everything(demo_workspace())


def test_the_story_tells_each_edit_and_changes_what_is_served() -> None:
    world = demo_workspace()
    before = everything(world)
    times = {doc.name: doc.updated_at for doc in world.docs}
    assert len(edit_workspace(world)) == 8
    assert everything(world) != before
    edited = {doc.name for doc in world.docs if doc.updated_at > times[doc.name]}
    assert edited == {"Lumen handbook 🚲", "Product roadmap"}


def test_every_picture_and_paper_can_be_fetched() -> None:
    world = demo_workspace()
    with SimulatedCoda(world, limits=Limits.none()) as coda:
        client = Client(coda)
        for blob in world.blobs.values():
            url = f"http://{coda.asset_hosts}/docs/any/blobs/{blob.id}/{blob.hash}"
            reply = client.download(url)
            assert reply.status == (404 if blob.gone else 200)
            assert blob.gone or reply.body == blob.content
        client.close()


def test_pictures_are_valid_png() -> None:
    blob = next(blob for blob in demo_workspace().blobs.values() if blob.filename == "workshop door.png")
    assert blob.content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", blob.content[16:24])
    start = blob.content.index(b"IDAT") + 4
    assert len(zlib.decompressobj().decompress(blob.content[start:])) == (1 + 3 * width) * height


def test_papers_are_valid_pdf() -> None:
    blob = next(blob for blob in demo_workspace().blobs.values() if blob.mime_type == "application/pdf")
    body = blob.content
    start = int(body.rsplit(b"startxref\n", 1)[1].split()[0])
    assert body[start:].startswith(b"xref\n0 5\n")
    offsets = [int(line.split()[0]) for line in body[start:].splitlines()[3:7]]
    assert all(body[offset:].startswith(b"%d 0 obj" % number) for number, offset in enumerate(offsets, 1))


def test_a_folder_becomes_a_doc(tmp_path: Path) -> None:
    (tmp_path / "pages" / "a").mkdir(parents=True)
    (tmp_path / "pages" / "lonely").mkdir()
    (tmp_path / "tables").mkdir()
    (tmp_path / "pages" / "a.md").write_text("# A\r\n", encoding="utf-8", newline="")
    (tmp_path / "pages" / "a" / "b.md").write_text("b", encoding="utf-8")
    (tmp_path / "pages" / "lonely" / "c.md").write_text("c", encoding="utf-8")
    (tmp_path / "tables" / "t.csv").write_text("x,y\n1,01\n1.50,-2.5\n", encoding="utf-8")
    doc = load_folder(World(), tmp_path, "Folder")
    assert [(page.name, page.parent and page.parent.name) for page in doc.pages()] == [
        ("a", None),
        ("b", "a"),
        ("lonely", None),
        ("c", "lonely"),
    ]
    assert [list(row.values.values()) for row in doc.table("t").rows] == [[1, "01"], ["1.50", -2.5]]
