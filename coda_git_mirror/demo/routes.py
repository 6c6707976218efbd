"""Which endpoint answers which request, and on which rate-limit class it draws."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from coda_git_mirror.demo import doc_endpoints as docs
from coda_git_mirror.demo import doc_writes, page_writes
from coda_git_mirror.demo import row_endpoints as rows
from coda_git_mirror.demo import table_endpoints as tables
from coda_git_mirror.demo.limits import RateClass
from coda_git_mirror.demo.replies import Reply
from coda_git_mirror.demo.service import Call


@dataclass(frozen=True)
class Route:
    """A method and a path of still quoted segments; `{name}` stands for one segment."""

    method: str
    pattern: re.Pattern[str]
    rate_class: RateClass
    endpoint: Callable[[Call], Reply]


def _route(method: str, path: str, endpoint: Callable[[Call], Reply], rate_class: RateClass = "read") -> Route:
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "$")
    return Route(method, pattern, rate_class, endpoint)


ROUTES = (
    _route("GET", "/whoami", docs.whoami),
    _route("GET", "/mutationStatus/{request}", docs.get_mutation_status),
    _route("GET", "/docs", docs.list_docs, "docs"),
    _route("POST", "/docs", doc_writes.create_doc, "write"),
    _route("PATCH", "/docs/{doc}", doc_writes.change_doc, "write"),
    _route("DELETE", "/docs/{doc}", doc_writes.delete_doc, "write"),
    _route("GET", "/folders", docs.list_folders),
    _route("GET", "/docs/{doc}", docs.get_doc),
    _route("GET", "/docs/{doc}/pages", docs.list_pages),
    _route("GET", "/docs/{doc}/pages/{page}", docs.get_page),
    _route("POST", "/docs/{doc}/pages", page_writes.create_page, "content"),
    _route("PUT", "/docs/{doc}/pages/{page}", page_writes.update_page, "content"),
    _route("DELETE", "/docs/{doc}/pages/{page}", page_writes.delete_page, "content"),
    _route("GET", "/docs/{doc}/pages/{page}/content", docs.list_content),
    _route("DELETE", "/docs/{doc}/pages/{page}/content", page_writes.delete_content, "content"),
    _route("POST", "/docs/{doc}/pages/{page}/export", docs.begin_export, "export"),
    _route("GET", "/docs/{doc}/pages/{page}/export/{request}", docs.get_export),
    _route("GET", "/docs/{doc}/tables", tables.list_tables),
    _route("GET", "/docs/{doc}/tables/{table}", tables.get_table),
    _route("GET", "/docs/{doc}/tables/{table}/columns", tables.list_columns),
    _route("GET", "/docs/{doc}/tables/{table}/columns/{column}", tables.get_column),
    _route("GET", "/docs/{doc}/tables/{table}/rows", tables.list_rows),
    _route("GET", "/docs/{doc}/tables/{table}/rows/{row}", tables.get_row),
    _route("POST", "/docs/{doc}/tables/{table}/rows", rows.upsert_rows, "content"),
    _route("DELETE", "/docs/{doc}/tables/{table}/rows", rows.delete_rows, "content"),
    _route("PUT", "/docs/{doc}/tables/{table}/rows/{row}", rows.update_row, "content"),
    _route("DELETE", "/docs/{doc}/tables/{table}/rows/{row}", rows.delete_row, "content"),
    _route("POST", "/docs/{doc}/tables/{table}/rows/{row}/buttons/{column}", rows.push_button, "content"),
    _route("GET", "/docs/{doc}/formulas", docs.list_formulas),
    _route("GET", "/docs/{doc}/formulas/{formula}", docs.get_formula),
    _route("GET", "/docs/{doc}/controls", docs.list_controls),
    _route("GET", "/docs/{doc}/controls/{control}", docs.get_control),
    _route("GET", "/docs/{doc}/acl/permissions", docs.list_permissions),
    _route("GET", "/docs/{doc}/acl/settings", docs.get_sharing_settings),
    _route("GET", "/docs/{doc}/acl/metadata", docs.get_sharing_metadata),
)
