"""Pages and files that merely look like an error page are mirrored as they are, and once only (faults.md, row 46)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.demo.blocks import Attachment, Block, Picture, Text
from coda_git_mirror.demo.cells import File
from coda_git_mirror.demo.faults import Replace
from coda_git_mirror.demo.replies import Reply
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Blob, Column, World
from tests.conftest import Serve
from tests.support import VirtualClock, files, mirror, require_sound

pytestmark = pytest.mark.thinned(3)

E_MAIL = "<!DOCTYPE html>\n<html>\n<head><title>Hello</title></head>\n<body>Text</body>\n</html>\n"
STORAGE_ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message>'
    "<RequestId>4442587FB7D0A2F9</RequestId><HostId>x</HostId></Error>\n"
)
XHTML = "<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.1//EN' 'x'>\n<html><body/></html>\n"
SVG = "<?xml version='1.0'?>\n<!DOCTYPE svg>\n<svg xmlns='http://www.w3.org/2000/svg'><title>a</title></svg>\n"
TEXTS = {
    "an e-mail's source": E_MAIL,
    "the same without an end": "<html>\n<div>Text\n",
    "a storage's error": STORAGE_ERROR,
    "a storage's error without its declaration": "<Error><Code>NoSuchKey</Code></Error>\n",
    "XHTML": XHTML,
    "a drawing": SVG,
}
FILES: dict[str, tuple[str, str | None, str]] = {
    "index.shtml": ("index.shtml", "text/html", E_MAIL),
    "export.aspx": ("export.aspx", "text/html", E_MAIL),
    "export.aspx, untyped": ("export.aspx", None, E_MAIL),
    "export.aspx of no known type": ("export.aspx", "application/octet-stream", E_MAIL),
    "export.weird": ("export.weird", "text/html", E_MAIL),
    "README": ("README", None, E_MAIL),
    "index.html": ("index.html", "text/html", E_MAIL),
    "an Excel file that is a web page": ("export.xls", "application/vnd.ms-excel", "<html><table></table></html>"),
    "a picture that is a web page": ("logo.png", "image/png", E_MAIL),
    "an untyped picture that is a web page": ("logo.png", None, E_MAIL),
    "template.txt": ("template.txt", "text/plain", E_MAIL),
    "error.txt": ("error.txt", "text/plain", STORAGE_ERROR),
    "error.log, untyped": ("error.log", None, STORAGE_ERROR),
    "error.log, typed as XML": ("error.log", "application/xml", STORAGE_ERROR),
    "error.xml": ("error.xml", "text/xml", STORAGE_ERROR),
    "page.xhtml": ("page.xhtml", "application/xhtml+xml", XHTML),
    "page, typed as XHTML": ("page", "application/xhtml+xml", XHTML),
    "drawing.svg": ("drawing.svg", "image/svg+xml", SVG),
}


def sync(coda: SimulatedCoda, folder: Path, clock: VirtualClock, formats: tuple[str, ...]) -> SyncReport:
    return mirror(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts}), formats=formats)


def downloads(coda: SimulatedCoda) -> int:
    return sum(request.origin == "files" for request in coda.requests)


def mirrored(
    coda: SimulatedCoda, folder: Path, clock: VirtualClock, most: int, formats: tuple[str, ...] = (".md", ".html")
) -> dict[str, bytes]:
    """The files of a mirror after a sync with so many downloads at most, which another sync has none to add to."""
    begun = clock.now()
    assert sync(coda, folder, clock, formats).problems == ()
    assert clock.now() - begun < 10
    asked = downloads(coda)
    assert asked <= most
    again = sync(coda, folder, clock, formats)
    assert (again.problems, again.commit, downloads(coda)) == ((), None, asked)
    require_sound(folder)
    return files(folder)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_page_whose_text_looks_like_an_error(serve: Serve, clock: VirtualClock, folder: Path, text: str) -> None:
    world = World()
    world.add_doc("Doc").add_page("Page", markdown=text)
    tree = mirrored(serve(world), folder, clock, most=3)
    assert tree["docs/doc/pages/page.md"].decode().endswith(f"---\n\n{text}")
    assert b"&lt;" in tree["docs/doc/pages/page.html"]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_page_whose_html_looks_like_an_error(serve: Serve, clock: VirtualClock, folder: Path, text: str) -> None:
    world = World()
    world.add_doc("Doc").add_page("Page")
    coda = serve(world)
    packed = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}
    coda.on("GET", "^/exports/").fail(200).fault = Replace(Reply(200, gzip.compress(text.encode(), mtime=0), packed))
    tree = mirrored(coda, folder, clock, most=2, formats=(".html",))
    assert tree["docs/doc/pages/page.html"].decode().endswith(text)


@pytest.mark.parametrize("placed", [Attachment, Picture])
@pytest.mark.parametrize(("name", "mime", "text"), FILES.values(), ids=FILES)
def test_a_file_that_looks_like_an_error(
    serve: Serve,
    clock: VirtualClock,
    folder: Path,
    name: str,
    mime: str | None,
    text: str,
    placed: Callable[[Blob], Block],
) -> None:
    world = World()
    blob = world.add_blob(text.encode(), name, mime)
    world.add_doc("Doc").add_page("Page", blocks=(Text("See:"), placed(blob)))
    tree = mirrored(serve(world), folder, clock, most=4)
    assert [content for path, content in tree.items() if "/assets/" in path] == [text.encode()]


def test_files_of_a_table_that_look_like_errors(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world = World()
    blobs = [world.add_blob(f"{text}{number}".encode(), name, mime) for number, (name, mime, text) in numbered()]
    doc = world.add_doc("Doc")
    doc.add_table("Files", [Column("File", "attachments")], [{"File": File(blob)} for blob in blobs])
    tree = mirrored(serve(world), folder, clock, most=2 * len(blobs))
    held = [content for path, content in tree.items() if "/assets/" in path]
    assert sorted(held) == sorted(blob.content for blob in blobs)


def numbered() -> list[tuple[int, tuple[str, str | None, str]]]:
    return list(enumerate(FILES.values()))
