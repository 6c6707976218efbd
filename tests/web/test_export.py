"""The pages of a mirror as files: whole, led from one to the other, and with nothing in them that runs.

It is faults.md, rows 117 and 118.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

import pytest

from coda_git_mirror.actions.browse.export_folder import ExportFolder
from coda_git_mirror.actions.browse.mirror import Browsed
from coda_git_mirror.demo.blocks import Picture, Text
from coda_git_mirror.demo.world import World
from coda_git_mirror.format.scan_html import html_tags
from coda_git_mirror.web.export import Exporter
from coda_git_mirror.web.export_files import exported_name
from coda_git_mirror.web.export_html import cleaned
from tests.commands.program import run
from tests.conftest import Serve
from tests.mirror.lfs import needs_git_lfs
from tests.support import VirtualClock, commit_by_hand, git
from tests.support import mirror as sync
from tests.web.sites import served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HOSTILE = """\
<!doctype html><base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example">
<link rel="stylesheet" href="https://evil.example/x.css"><style>@import "https://evil.example/y.css";</style>
<script>document.title = "ran"</script><script src="../assets/evil.js"></script>
<body onload="document.title='ran'"><img src="x" onerror="document.title='ran'"><svg onload="alert(1)"></svg>
<a href="javascript:document.title='ran'">script</a><a href=" java&#10;script:alert(1)">script</a>
<a href="data:text/html,<script>alert(1)</script>">data</a><a href="//evil.example/share">share</a>
<a href="\\\\evil.example\\share">share</a><a href="file:///etc/passwd">file</a><a href="vbscript:x">x</a>
<form action="https://evil.example"><input name="a"><button formaction="javascript:alert(1)">go</button></form>
<iframe src="https://evil.example"></iframe><object data="x.swf"></object><embed src="x.swf">
<img src="https://evil.example/p.png"><img src="//evil.example/p.png"><img src="data:image/png;base64,iVBORw0KGgo=">
<video src="https://evil.example/v.mp4" poster="https://evil.example/p.png"></video>
<a target="_top" href="https://example.org/?a=1&b=2">out</a><a href="../assets/drawing.svg">drawing</a>
<a href="../assets/page.html">page</a><a href="../assets/feed.xml">feed</a><a href="../assets/unknown">unknown</a>
<a href="../assets/plain">plain</a><a href="how-we-work-together.html#x">neighbour</a><a href="../../../../..">up</a>
<img src="../assets/drawing.svg" alt="drawing"><p>What was meant</p>
"""
ASSETS = {
    "drawing.svg": '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "page.html": "<script>document.title = 'ran'</script><b>bold</b>",
    "feed.xml": '<?xml version="1.0"?><x/>',
    "unknown": "<html><script>alert(1)</script>",
    "plain": "no markup",
    "evil.js": "alert(1)",
}


@pytest.fixture(scope="module")
def mirror(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's, in whose handbook somebody has put a hostile page."""
    folder = tmp_path_factory.mktemp("export") / "mirror"
    shutil.copytree(demonstration, folder)
    doc = folder / "docs/lumen-handbook"
    (doc / "pages/retired-ideas.html").write_text(HOSTILE)
    for name, content in ASSETS.items():
        (doc / "assets" / name).write_text(content)
    git(folder, "add", "--all")
    commit_by_hand(folder, "Hostile")
    return folder


@pytest.fixture(scope="module")
def exported(mirror: Path) -> Path:
    return export(mirror, mirror.parent / "exported")


@pytest.fixture(scope="module")
def whole(mirror: Path) -> Path:
    return export(mirror, mirror.parent / "whole", "--history")


@pytest.fixture(scope="module")
def context() -> Iterator[Any]:
    """Of a real browser."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_context()
        browser.close()


@pytest.fixture
def page(context: Any) -> Iterator[Any]:
    """A tab, with what it asked for."""
    page = context.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    yield page
    page.close()


def export(mirror: Path, place: Path, *options: str) -> Path:
    answer = run("browse", "-o", str(mirror), "--export", str(place), *options, cwd=mirror.parent)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert re.fullmatch(
        r"Exported \d+ pages and \d+ files into [^\n]+; open index\.html there\. [^\n]+\n", answer.stdout
    )
    return place


def pages(place: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(place.rglob("*.html")):
        yield path, path.read_text()


def require_whole(place: Path) -> None:
    """Every link leads to a file of the export or openly elsewhere; nothing asks for a server."""
    reached = {place / "index.html"}
    for path, text in pages(place):
        for tag in html_tags(text):
            assert tag.name not in ("form", "base"), path
            for link in tag.destinations():
                if re.match(r"https?://|#|mailto:|data:image/", link.url):
                    continue
                target = (path.parent / unquote(link.url.partition("#")[0])).resolve()
                assert target.is_file(), f"{path}: {link.url}"
                reached.add(target)
        assert "/export/" not in text
    assert reached == {path for path in place.rglob("*") if path.is_file()}


def test_every_link_leads_to_a_file(exported: Path, whole: Path) -> None:
    require_whole(exported)
    require_whole(whole)


def test_it_has_every_doc_page_and_table(mirror: Path, exported: Path) -> None:
    index = unescape((exported / "index.html").read_text())
    for name in ("Lumen handbook", "Product roadmap", "Workshop"):
        assert name in index
    headings = {
        unescape(found) for _, text in pages(exported) for found in re.findall(r"<h1>(?:<[^>]*>)*([^<]*)", text)
    }
    assert {"Welcome", "Meetings", "Tasks", "Projects", "Open tasks", "Suppliers"} <= headings
    kept = {path.read_bytes() for path in (exported / "files").iterdir()}
    for path in (mirror / "docs").rglob("*.csv"):
        assert path.read_bytes() in kept
    for path in (mirror / "docs").rglob("*.png"):
        assert path.read_bytes() in kept


def test_the_past_is_there_only_where_it_was_asked_for(mirror: Path, exported: Path, whole: Path) -> None:
    assert not (exported / "changes").exists()
    assert len(list((whole / "changes").iterdir())) > 5
    assert len(list((whole / "pages").iterdir())) > len(list((exported / "pages").iterdir()))
    first = git(mirror, "rev-list", "--max-parents=0", "HEAD").strip()
    old = export(mirror, mirror.parent / "old", "--at", first)
    require_whole(old)
    assert "What was meant" in "".join(text for _, text in pages(exported))
    assert "What was meant" not in "".join(text for _, text in pages(old))


def test_the_same_revision_gives_the_same_files(mirror: Path, exported: Path) -> None:
    again = export(mirror, mirror.parent / "again", "--at", "HEAD")
    held = [
        {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        for place in (exported, again)
    ]
    assert held[0] == held[1]


def test_names_are_short_and_lawful_everywhere(whole: Path) -> None:
    for path in whole.rglob("*"):
        name = path.relative_to(whole).as_posix()
        assert re.fullmatch(r"[a-z]+(/[a-z0-9][a-z0-9._-]*)?|index\.html", name), name
        assert len(name) < 100
    assert len({path.as_posix().lower() for path in whole.rglob("*")}) == len(list(whole.rglob("*")))


def test_a_hostile_page_is_cleaned(exported: Path) -> None:
    [frame] = [text for _, text in pages(exported / "frames") if "What was meant" in text]
    tags = list(html_tags(frame))
    assert not {"script", "svg", "object", "embed", "iframe", "form", "input", "button", "base", "link"}.intersection(
        tag.name for tag in tags
    )
    assert not [
        name for tag in tags for name in tag.attributes if name.startswith("on") or name in ("srcdoc", "formaction")
    ]
    assert [tag.value("http-equiv") for tag in tags if tag.name == "meta" and tag.value("http-equiv")] == [
        "Content-Security-Policy"
    ]
    assert "default-src 'none'" in frame
    links = {tag.value("href") for tag in tags if tag.name == "a"}
    assert {link for link in links if "evil" in link} == {"https://evil.example/share"}
    assert not {link for link in links if re.match(r"\s*(javascript|data|file|vbscript|//|\\)", link, re.IGNORECASE)}
    pictures = [tag.value("src") for tag in tags if tag.name == "img" and tag.value("src")]
    assert all(picture.startswith(("data:image/", "../files/")) for picture in pictures)
    [out] = [tag for tag in tags if tag.value("href").startswith("https://example.org")]
    assert (out.value("target"), out.value("rel")) == ("_blank", "noopener noreferrer")
    frames = {
        tag.value("sandbox")
        for _, text in pages(exported)
        for tag in html_tags(text)
        if tag.name == "iframe" and not tag.closing
    }
    assert frames == {"allow-same-origin allow-popups allow-popups-to-escape-sandbox"}


def test_what_could_run_is_cleaned_or_plain_text(exported: Path) -> None:
    names = {re.sub(r"-[0-9a-f]{10}", "", path.name) for path in (exported / "files").iterdir()}
    assert {"drawing.svg.txt", "feed.xml.txt", "unknown.txt", "plain"} <= names
    assert not [name for name in names if re.search(r"\.(svg|x?html?|xml|js)$", name)]
    [page] = [text for _, text in pages(exported / "frames") if "<b>bold</b>" in text]
    assert "<script" not in page


@pytest.mark.parametrize(
    ("name", "beginning", "kept"),
    [
        ("a.svg", b"", False), ("A.XHTML", b"", False), ("a.xml", b"", False), ("a.mhtml", b"", False),
        ("a.js", b"", False), ("a", b"<b>", False), ("a.weird", b"GIF89a<script>", False), ("a.png", b"<script>", True),
        ("a.pdf", b"%PDF <", True), ("a", b"plain", True), ("a.html.", b"<x", False), ("a.svg ", b"", False),
        (".svg", b"<svg", False),
    ],
)  # fmt: skip
def test_what_counts_as_able_to_run(name: str, beginning: bytes, kept: bool) -> None:
    assert exported_name(name, "0" * 10, beginning).endswith(".txt") != kept


def test_cleaning_holds_whatever_the_page() -> None:
    for page in (
        "",
        "<",
        "<a href=",
        "<a href='x",
        "<!--",
        "\udcff<b>\0</b>",
        "<a href=''>x</a>",
        "<a href>x</a>",
        '<img src="a"b>',
    ):
        made = cleaned(page, "a<b>.html", "/export/at/x/y.html", lambda _address, _is_picture: None)
        assert made.startswith("<!doctype html>")
        assert 'href="' not in made


def test_a_folder_must_be_new_or_empty_and_apart(mirror: Path, tmp_path: Path) -> None:
    def refused(*arguments: str) -> str:
        answer = run("browse", "-o", str(mirror), *arguments, cwd=tmp_path)
        assert (answer.returncode, answer.stdout) == (2, "")
        return answer.stderr

    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").touch()
    assert "is not empty" in refused("--export", str(tmp_path / "full"))
    assert "inside the mirror" in refused("--export", str(mirror / "out"))
    assert "is no folder" in refused("--export", str(tmp_path / "full/x"))
    assert "leave --port" in refused("--export", str(tmp_path / "new"), "--port", "8000")
    assert "leave --port" in refused("--export", str(tmp_path / "new"), "--no-open")
    assert "are for --export" in refused("--at", "HEAD")
    assert "are for --export" in refused("--history")
    assert "not a revision" in refused("--export", str(tmp_path / "new"), "--at", "nothing")
    assert not (tmp_path / "new").exists()
    (tmp_path / "empty").mkdir()
    assert (export(mirror, tmp_path / "empty") / "index.html").is_file()


@pytest.mark.parametrize("was_there", [True, False])
def test_what_ends_it_early_leaves_nothing(mirror: Path, tmp_path: Path, was_there: bool) -> None:
    place, told = tmp_path / "place", list[str]()
    if was_there:
        place.mkdir()
    browsed = Browsed.open(mirror, told.append)
    exporter = Exporter(browsed, ExportFolder(browsed.repository, place), browsed.named("HEAD"), False, told.append)
    add, added = exporter._folder.add, list[str]()

    def interrupted(name: str, content: bytes) -> None:
        if len(added) == 20:
            assert list(place.rglob("*.html"))
            raise KeyboardInterrupt
        added.append(name)
        add(name, content)

    exporter._folder.add = interrupted  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        exporter.run()
    browsed.close()
    assert "index.html" not in added
    assert place.exists() == was_there
    assert not was_there or not list(place.iterdir())


def test_what_is_damaged_is_told(mirror: Path, tmp_path: Path) -> None:
    copy = tmp_path / "mirror"
    shutil.copytree(mirror, copy)
    oid = git(copy, "rev-parse", "HEAD:docs/lumen-handbook/assets/plain").strip()
    place = copy / ".git/objects" / oid[:2] / oid[2:]
    place.chmod(0o644)
    place.unlink()
    answer = run("browse", "-o", str(copy), "--export", str(tmp_path / "out"), cwd=tmp_path)
    assert answer.returncode == 3
    assert answer.stderr.startswith("Left out: ")
    require_whole(tmp_path / "out")


def framed(page: Any) -> Any:
    frame = page.wait_for_selector("iframe", state="attached").content_frame()
    frame.wait_for_load_state()
    return frame


def test_pages_are_reached_by_clicking_and_have_their_pictures(page: Any, exported: Path) -> None:
    page.goto((exported / "index.html").as_uri())
    page.get_by_role("link", name="Lumen handbook").first.click()
    page.get_by_role("main").get_by_role("link", name="Welcome").first.click()
    assert "Welcome" in page.title()
    pictures = framed(page).evaluate("[...document.images].map(image => image.naturalWidth)")
    assert pictures
    assert all(pictures)
    framed(page).get_by_role("link", name="How we work").click()
    assert "Welcome" in page.title()
    assert all(url.startswith(("file:///", "data:")) for url in page.asked)


def test_nothing_of_a_hostile_page_runs_or_is_fetched(page: Any, exported: Path) -> None:
    page.goto((exported / "index.html").as_uri())
    page.get_by_role("link", name="Lumen handbook").first.click()
    page.get_by_role("main").get_by_role("link", name="Retired ideas").first.click()
    frame = framed(page)
    assert "What was meant" in frame.content()
    assert frame.title() != "ran"
    frame.get_by_role("link", name="page", exact=True).click()
    frame.wait_for_selector("b")
    assert frame.title() != "ran"
    assert "Retired ideas" in page.title()
    assert all(url.startswith(("file:///", "data:")) for url in page.asked)


@needs_git_lfs
def test_files_in_git_lfs_are_had_where_they_are(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world = World()
    photo = world.add_blob(b"\x89PNG\r\n\x1a\n" + b"photo" * 400, "photo.png", "image/png")
    doc = world.add_doc("Plans")
    doc.add_page("Notes", blocks=(Text("Look:"), Picture(photo)))
    coda = serve(world)
    sync(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts}), lfs=True)
    [path] = (folder / "docs/plans/assets").iterdir()
    place = export(folder, folder.parent / "out")
    assert [each.read_bytes() for each in (place / "files").glob("*.png")] == [path.read_bytes()]
    commit = git(folder, "rev-parse", "HEAD").strip()
    with served(folder) as site:
        assert path.read_bytes() in unzipped(site.get(f"/zip/{commit}/{doc.id}").body).values()
        shutil.rmtree(folder / ".git/lfs/objects")
        pointer = git(folder, "show", f"HEAD:{path.relative_to(folder)}").encode()
        assert pointer in unzipped(site.get(f"/zip/{commit}/{doc.id}").body).values()
    answer = run("browse", "-o", str(folder), "--export", str(folder.parent / "less"), cwd=folder.parent)
    assert answer.returncode == 3
    assert re.fullmatch(r"Left out: [^\n]* in Git LFS and not on this machine; [^\n]*\n", answer.stderr)
    require_whole(folder.parent / "less")


def unzipped(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
