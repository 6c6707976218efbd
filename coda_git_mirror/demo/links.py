"""How the simulation writes URLs: host names are noise (coda-api.md, Listings), ids are not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from coda_git_mirror.demo.cells import Addresses
from coda_git_mirror.demo.world import Blob, Control, Doc, Formula, Page, Row, Table, View

HOSTS = ("coda.io", "docs.superhuman.com")


@lru_cache(1024)
def _quoted(part: str) -> str:
    """Kept for the ids of docs and tables, which stand in the address of each of their rows."""
    return quote(part, safe="")


@dataclass(frozen=True)
class Links:
    """Addresses of things; with a `seed` each mixes the two hosts differently, without one all say coda.io."""

    blob_origin: str
    seed: int | None = None

    def host(self, what: str) -> str:
        if self.seed is None:
            return HOSTS[0]
        return HOSTS[hashlib.sha256(f"{self.seed}\0{what}".encode()).digest()[0] % 2]

    def href(self, *path: str) -> str:
        """The API address of a thing, from the parts of its path."""
        joined = "/".join(map(_quoted, path))
        return f"https://{self.host('href' + joined)}/apis/v1/{joined}"

    def browser(self, path: str) -> str:
        return f"https://{self.host('browser' + path)}/{path}"

    def _mixed(self, link: str) -> str:
        """An address as content writes it, on either host."""
        return self.browser(link.removeprefix(f"https://{HOSTS[0]}/"))

    def item(self, thing: Page | Table | View | Formula | Control) -> str:
        """The API address of anything that stands directly in a doc."""
        kinds = {Page: "pages", Table: "tables", View: "tables", Formula: "formulas", Control: "controls"}
        return self.href("docs", thing.doc.id, kinds[type(thing)], thing.id)

    def doc_page(self, doc: Doc) -> str:
        return self._mixed(doc.link)

    def page_page(self, page: Page) -> str:
        return self._mixed(page.link)

    def table_page(self, table: Table | View) -> str:
        return self._mixed(table.link)

    def row_page(self, row: Row) -> str:
        return self._mixed(row.link)

    def blob(self, doc: Doc, blob: Blob) -> str:
        return f"{self.blob_origin}/docs/{doc.id}/blobs/{blob.id}/{blob.hash}"

    def in_cells(self, doc: Doc) -> Addresses:
        """How the cells of this doc write their URLs."""
        return Addresses(
            blob=lambda blob: self.blob(doc, blob),
            row=self.row_page,
            table=lambda table_id: self.browser(f"d/_d{doc.id}/{table_id}"),
        )
