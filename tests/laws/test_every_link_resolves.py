"""Whatever links this program made lead to files of the mirror, and still do after a rename, a move or an absence."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from coda_git_mirror.demo.folders import load_folder
from coda_git_mirror.demo.links import Links
from coda_git_mirror.demo.render_html import render_html
from coda_git_mirror.demo.render_markdown import render_markdown
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.story import edit_workspace
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.demo.world import Doc, Page, World
from tests.conftest import Serve
from tests.format.judge import judged_links
from tests.support import REAL_DOCS, VirtualClock, files, mirror, require_sound

Tree = dict[str, bytes]
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")
BLOB_WITH_TAIL = re.compile(rb"/blobs/bl-[A-Za-z0-9_-]+/[0-9a-f]{8}")
HANDBOOK = "Lumen handbook 🚲"


class _Links(HTMLParser):
    """The links of an HTML file as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.found += [value for name, value in attrs if name in ("href", "src", "poster") and value]


def _links(path: str, text: str) -> Counter[str]:
    return Counter(_Links(text).found if path.endswith(".html") else judged_links(_without_front_matter(text)))


def _without_front_matter(text: str) -> str:
    return text.split("---\n", 2)[2] if text.startswith("---\n") else text


def require_links(tree: Tree, exports: dict[str, str]) -> int:
    """Every link of every file that is neither absolute nor stood so in Coda's own export leads to a file.

    Returns how many there are.
    """
    count = 0
    for path in tree:
        if path.endswith((".md", ".html")):
            assert not BLOB_WITH_TAIL.search(tree[path]), path
            made = _links(path, tree[path].decode()) - _links(path, exports.get(path, ""))
            relative = [link for link in made.elements() if not ABSOLUTE.match(link)]
            for link in relative:
                assert _leads_to_a_file(tree, path, link), (path, link)
            count += len(relative)
    return count


def require_no_way_around(tree: Tree, pages: set[tuple[str, str]]) -> None:
    """No link leads to Coda for a page or a hosted file that the mirror has; `pages` are ids of docs with tails."""
    for path in (path for path in tree if path.endswith((".md", ".html"))):
        for link in _links(path, tree[path].decode()):
            assert "/blobs/" not in link, (path, link)
            assert not any(re.search(f"_d{doc}/[^#]*_su{tail}(#|$)", link) for doc, tail in pages), (path, link)


def _leads_to_a_file(tree: Tree, path: str, link: str) -> bool:
    """A folder is shown by every git host, and counts where anything lies in it."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(link.partition("#")[0])))
    return target in tree or any(other.startswith(f"{target}/") for other in tree)


def require_contents(tree: Tree) -> int:
    """Every page and asset of every `metadata.json` has its files, and nothing else lies beside them.

    Returns the number of pages.
    """
    count = 0
    for path in [path for path in tree if path.endswith("/metadata.json")]:
        folder, metadata = posixpath.dirname(path), json.loads(tree[path])
        pages = list(_entries(metadata["pages"]))
        assert _below(tree, f"{folder}/pages/", ".md") == sorted(f"{folder}/{page['files']['.md']}" for page in pages)
        assert _below(tree, f"{folder}/pages/", ".html") == _files_of(pages, folder, ".html")
        assert _below(tree, f"{folder}/assets/") == sorted(f"{folder}/{asset['file']}" for asset in metadata["assets"])
        for asset in metadata["assets"]:
            content = tree[f"{folder}/{asset['file']}"]
            assert (len(content), hashlib.sha256(content).hexdigest()) == (asset["size"], asset["sha256"])
        count += len(pages)
    return count


def _entries(pages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for page in pages:
        yield page
        yield from _entries(page["children"])


def _files_of(pages: list[dict[str, Any]], folder: str, suffix: str) -> list[str]:
    return sorted(f"{folder}/{page['files'][suffix]}" for page in pages if suffix in page["files"])


def _below(tree: Tree, folder: str, suffix: str = "") -> list[str]:
    return sorted(path for path in tree if path.startswith(folder) and path.endswith(suffix))


def _exports(tree: Tree, world: World, blob_origin: str) -> dict[str, str]:
    """What the simulated Coda exports of each page, by the page's file in the mirror."""
    exports = {}
    for doc in json.loads(tree["backup_manifest.json"])["docs"]:
        by_id = {page.id: page for each in world.docs if each.id == doc["id"] for page in each.pages()}
        for entry in _entries(json.loads(tree[f"{doc['path']}/metadata.json"])["pages"]):
            for suffix, file in entry["files"].items():
                exports[f"{doc['path']}/{file}"] = _export(by_id[entry["id"]], suffix, blob_origin)
    return exports


def _export(page: Page, suffix: str, blob_origin: str) -> str:
    if suffix == ".md":
        return render_markdown(page)
    return render_html(page, lambda blob: Links(blob_origin).blob(page.doc, blob))


class Account:
    """The demonstration's account, everything in it that can be opened, and a mirror of it."""

    def __init__(self, coda: SimulatedCoda, folder: Path, clock: VirtualClock) -> None:
        self.world, self._coda, self._folder, self._clock = coda.world, coda, folder, clock

    def mirror(self, folder: Path | None = None, **options: Any) -> Tree:
        into, hosts = folder or self._folder, frozenset({self._coda.asset_hosts})
        report = mirror(self._coda, into, self._clock, asset_hosts=hosts, all_accessible=True, **options)
        assert report.problems == ()
        require_sound(into)
        return files(into)

    def require_sound_links(self, tree: Tree) -> None:
        pages = [page for doc in self.world.docs if doc.opened for page in doc.pages()]
        assert require_contents(tree) == len(pages)
        exports = _exports(tree, self.world, f"http://{self._coda.asset_hosts}")
        assert require_links(tree, exports) > 2 * len(pages)
        require_no_way_around(tree, {(page.doc.id, page.tail) for page in pages})


@pytest.fixture
def account(serve: Serve, clock: VirtualClock, folder: Path) -> Account:
    return Account(serve(demo_workspace()), folder, clock)


def test_every_link_of_the_demonstration_leads_to_a_file(account: Account) -> None:
    account.require_sound_links(account.mirror())
    edit_workspace(account.world)
    account.require_sound_links(account.mirror())


@pytest.mark.parametrize("name", ["packs-guides", "city-ops"])
def test_every_link_of_a_real_doc_leads_to_a_file(serve: Serve, clock: VirtualClock, folder: Path, name: str) -> None:
    if not REAL_DOCS.is_dir():
        pytest.skip("the real docs are not beside this checkout")
    world = World()
    doc = load_folder(world, REAL_DOCS / name)
    mirror(serve(world), folder, clock)
    tree = files(folder)
    assert require_links(tree, _exports(tree, world, "")) > len(list(doc.pages()))
    assert require_contents(tree) == len(list(doc.pages()))


def _rename_page(handbook: Doc) -> None:
    handbook.page("How we work").rename("How we ride / 100%")


def _rename_doc(handbook: Doc) -> None:
    handbook.rename("Handbook")


def _move_page(handbook: Doc) -> None:
    handbook.page("How we work").move(handbook.page("Brand assets"))


def _swap_names(handbook: Doc) -> None:
    work, brand = handbook.page("How we work"), handbook.page("Brand assets")
    work.rename("Brand assets")
    brand.rename("How we work")


EDITS: dict[Callable[[Doc], None], tuple[str, str]] = {
    _rename_page: ("lumen-handbook", "how-we-ride-100"),
    _rename_doc: ("handbook", "how-we-work"),
    _move_page: ("lumen-handbook", "brand-assets/how-we-work"),
    _swap_names: ("lumen-handbook", "brand-assets"),
}
"""Edits, and where the page `How we work` lies after each."""


@pytest.mark.thinned(3)
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__.strip("_"))
@pytest.mark.parametrize("whole", [True, False], ids=["all docs read", "only the edited doc read"])
def test_links_follow_in_pages_and_docs_that_did_not_change(
    account: Account, tmp_path: Path, edit: Callable[[Doc], None], whole: bool
) -> None:
    account.mirror()
    handbook = account.world.doc(HANDBOOK)
    edit(handbook)
    tree = account.mirror(docs=() if whole else (handbook.id,))
    doc, page = EDITS[edit]
    assert f"](pages/{page}.md)" in tree[f"docs/{doc}/README.md"].decode()
    assert f"]({page}.md)" in tree[f"docs/{doc}/pages/welcome.md"].decode()
    assert f"](../../{doc}/pages/{page}.md)" in tree["docs/product-roadmap/pages/overview.md"].decode()
    assert f'"../../{doc}/pages/{page}.html"' in tree["docs/product-roadmap/pages/overview.html"].decode()
    account.require_sound_links(tree)
    assert tree == account.mirror(tmp_path / "fresh")


@pytest.mark.parametrize("whole", [True, False], ids=["all docs read", "only the edited doc read"])
def test_links_to_what_is_gone_lead_to_coda_again(account: Account, tmp_path: Path, whole: bool) -> None:
    account.mirror()
    handbook = account.world.doc(HANDBOOK)
    gone = handbook.page("How we work")
    gone.delete()
    tree = account.mirror(docs=() if whole else (handbook.id,))
    for path in ("docs/lumen-handbook/pages/welcome.md", "docs/product-roadmap/pages/overview.md"):
        assert f"[How we work]({gone.link})" in tree[path].decode()
    account.require_sound_links(tree)
    assert tree == account.mirror(tmp_path / "fresh")
