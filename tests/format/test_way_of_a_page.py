"""All steps from Coda's exports to the text of a page's files and back, over the demonstration's whole account."""

from __future__ import annotations

import pytest

from coda_git_mirror.demo.links import Links
from coda_git_mirror.demo.render_html import render_html
from coda_git_mirror.demo.render_markdown import render_markdown
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.demo.world import Doc, Page
from coda_git_mirror.format.assets import html_assets
from coda_git_mirror.format.attachments import attachments_section, without_attachments
from coda_git_mirror.format.blobs import trim_blobs_html, trim_blobs_markdown
from coda_git_mirror.format.links import LinkBook, LinkedDoc, LinkedPage, LinkedTable
from coda_git_mirror.format.markdown import normalised
from coda_git_mirror.format.relink import relink_html, relink_markdown, unlink_html, unlink_markdown
from coda_git_mirror.format.scan_html import scan_html
from coda_git_mirror.format.scan_markdown import markdown_destinations

WORLD = demo_workspace()
HOST = "127.0.0.1:8080"
LINKS = Links(f"http://{HOST}", seed=1)
PAGES = [page for doc in WORLD.docs for page in doc.pages() if page.content_type == "canvas"]


def _linked(doc: Doc) -> LinkedDoc:
    return LinkedDoc(
        id=doc.id,
        folder=f"docs/{doc.id}",
        pages=tuple(LinkedPage(page.id, f"pages/{n}", LINKS.page_page(page)) for n, page in enumerate(doc.pages())),
        tables=tuple(LinkedTable(grid.id, f"tables/{n}", LINKS.table_page(grid)) for n, grid in enumerate(doc.grids())),
        assets={blob.id: f"assets/{blob.id}-{blob.filename}" for blob in WORLD.blobs.values()},
    )


BOOK = LinkBook([_linked(doc) for doc in WORLD.docs], {HOST})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_every_link_of_codas_leads_into_the_mirror_and_back(page: Page) -> None:
    exported = render_html(page, lambda blob: LINKS.blob(page.doc, blob))
    html = trim_blobs_html(exported, {HOST})
    markdown = trim_blobs_markdown(normalised(render_markdown(page)), {HOST})
    whole = markdown + attachments_section(markdown, html_assets(exported, {HOST}))
    here = f"docs/{page.doc.id}/pages/x/y.md"

    in_markdown = relink_markdown(whole, lambda url: BOOK.resolve(url, here))
    in_html = relink_html(html, lambda url: BOOK.resolve(url, here, ".html"))

    found = [it.url for it in [*markdown_destinations(in_markdown.text), *scan_html(in_html.text)]]
    assert not [url for url in found if HOST in url or "coda" in url or "superhuman" in url]
    assert without_attachments(unlink_markdown(in_markdown.text, in_markdown.originals)) == markdown
    assert unlink_html(in_html.text, in_html.originals) == html


def test_the_account_has_links_and_files_to_judge_by() -> None:
    html = "".join(render_html(page, lambda blob: LINKS.blob(WORLD.docs[0], blob)) for page in PAGES)
    assert len(html_assets(html, {HOST})) > 1
    assert len([it for it in scan_html(html) if it.url.startswith("https://coda.io/d/")]) > 3
