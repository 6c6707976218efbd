"""Things of the world as the API's JSON: the schemas of the OpenAPI document, and what coda-api.md adds to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from coda_git_mirror.demo.cells import Omitted, Person, Value, rich, simple, simple_with_arrays
from coda_git_mirror.demo.links import Links
from coda_git_mirror.demo.world import Column, Control, Doc, Folder, Formula, Page, Permission, Row, Table, View, World

Json = dict[str, Any]

PEOPLE_TABLE = "Global-External-Connections"  # a system table that references name and no listing shows


def person(who: Person) -> Json:
    found = {"@context": "http://schema.org/", "@type": "Person", "name": who.name, "email": who.email}
    return {key: value for key, value in found.items() if value is not None}


def user(world: World, links: Links, *, scoped: bool, token_name: str) -> Json:
    return {
        "name": world.user.name,
        "loginId": world.user.email or "",
        "type": "user",
        "scoped": scoped,
        "tokenName": token_name,
        "href": links.href("whoami"),
        "workspace": workspace(world, links),
    }


def workspace(world: World, links: Links) -> Json:
    found: Json = {"id": world.workspace_id, "type": "workspace", "browserLink": links.browser("docs?workspace=1")}
    return found if world.workspace is None else {**found, "name": world.workspace}


def folder(it: Folder, links: Links) -> Json:
    found: Json = {"id": it.id, "type": "folder", "browserLink": links.browser(f"docs?folderId={it.id}")}
    return found if it.name is None else {**found, "name": it.name}


def doc(it: Doc, links: Links) -> Json:
    return {
        "id": it.id,
        "type": "doc",
        "href": links.href("docs", it.id),
        "browserLink": links.doc_page(it),
        "name": it.name,
        "owner": it.owner.email or "",
        "ownerName": it.owner.name,
        "docSize": _doc_size(it),
        "createdAt": it.created_at,
        "updatedAt": it.updated_at,
        "workspace": workspace(it.world, links),
        "folder": folder(it.folder, links),
        "workspaceId": it.world.workspace_id,
        "folderId": it.folder.id,
    }


def _doc_size(it: Doc) -> Json:
    return {
        "totalRowCount": sum(len(table.rows) for table in it.tables),
        "tableAndViewCount": len(it.tables) + len(it.views),
        "baseTableCount": len(it.tables),
        "pageCount": sum(1 for _ in it.pages()),
        "overApiSizeLimit": it.over_api_size_limit,
    }


def page_reference(it: Page, links: Links) -> Json:
    shape = {"id": it.id, "type": "page", "href": links.item(it), "browserLink": links.page_page(it)}
    return {**shape, "name": it.name}


def page(it: Page, links: Links) -> Json:
    return {
        **page_reference(it, links),
        "contentType": it.content_type,
        "isHidden": it.hidden,
        "isEffectivelyHidden": it.effectively_hidden,
        "children": [page_reference(child, links) for child in it.children],
        **({} if it.parent is None else {"parent": page_reference(it.parent, links)}),
        **_page_decorations(it, links),
        **(_page_dates(it) if it.dated else {}),
    }


def _page_decorations(it: Page, links: Links) -> Json:
    found: Json = {}
    if it.subtitle is not None:
        found["subtitle"] = it.subtitle
    if it.icon is not None:
        link = links.browser(f"static/icons/png/{it.icon.name}.png")
        found["icon"] = {"name": it.icon.name, "type": it.icon.mime_type, "browserLink": link}
    if it.cover is not None:
        found["image"] = {"browserLink": links.blob(it.doc, it.cover), "type": it.cover.mime_type or ""}
    return found


def _page_dates(it: Page) -> Json:
    author = person(it.author)
    times = {"createdAt": it.created_at, "updatedAt": it.updated_at}
    return {"authors": [author], "createdBy": author, "updatedBy": author, **times}


def table_reference(it: Table | View, links: Links) -> Json:
    return {
        "id": it.id,
        "type": "table",
        "tableType": "view" if isinstance(it, View) else "table",
        "href": links.item(it),
        "browserLink": links.table_page(it),
        "name": it.name,
        "parent": None if it.page is None else page_reference(it.page, links),
    }


def table(it: Table | View, links: Links, *, updated_layouts: bool) -> Json:
    shape = table_reference(it, links)
    if isinstance(it, View):
        shape["parentTable"] = table_reference(it.table, links)
    if it.filter is not None:
        shape["filter"] = {"valid": True, "isVolatile": False, "hasUserFormula": False, "hasTodayFormula": False,
                           "hasNowFormula": False}  # fmt: skip
    old_layout = "masterDetail" if it.layout in ("detail", "form") else it.layout
    return {
        **shape,
        "displayColumn": _column_reference(it, it.base.display_column, links),
        "rowCount": len(it.base.rows) if isinstance(it, Table) else len(it.visible_rows()),
        "sorts": [{"column": _column_reference(it, column, links), "direction": way} for column, way in it.sorts],
        "layout": it.layout if updated_layouts else old_layout,
        "createdAt": it.created_at,
        "updatedAt": it.updated_at,
        "viewId": it.id.replace("grid-", "table-", 1),
    }


def _column_reference(of: Table | View, it: Column, links: Links) -> Json:
    return {"id": it.id, "type": "column", "href": links.href("docs", of.doc.id, "tables", of.id, "columns", it.id)}


def column(of: Table | View, it: Column, links: Links) -> Json:
    shape: Json = {**_column_reference(of, it, links), "name": it.name, "format": _column_format(of, it, links)}
    if of.base.display_column is it:
        shape["display"] = True
    if it.formula is not None:
        shape.update(calculated=True, formula=it.formula)
    if it.default is not None:
        shape["defaultValue"] = it.default
    return shape


def _column_format(of: Table | View, it: Column, links: Links) -> Json:
    shape = {"type": it.type, "isArray": it.many, **it.options}
    if it.table is not None:
        return {**shape, "table": table_reference(it.table, links)}
    return {**shape, "table": _people_table(of, links)} if it.type == "person" else shape


def _people_table(of: Table | View, links: Links) -> Json:
    return {
        "id": PEOPLE_TABLE,
        "type": "table",
        "tableType": "table",
        "href": links.href("docs", of.doc.id, "tables", PEOPLE_TABLE),
        "browserLink": links.browser(f"d/_d{of.doc.id}#_tu{PEOPLE_TABLE}"),
        "name": PEOPLE_TABLE,
    }


def cell_writer(it: Doc, links: Links, value_format: str) -> Callable[[Value], Any]:
    """How a cell of this doc reads in a value format."""
    addresses = links.in_cells(it)
    writers: Mapping[str, Callable[[Value], Any]] = {
        "rich": partial(rich, addresses=addresses),
        "simpleWithArrays": simple_with_arrays,
        "simple": simple,
    }
    return writers[value_format]


def row(it: Row, of: Table | View, index: int, links: Links, values: Json) -> Json:
    return {
        "id": it.id,
        "type": "row",
        "href": links.href("docs", of.doc.id, "tables", of.id, "rows", it.id),
        "name": it.name,
        "index": index,
        "browserLink": links.row_page(it),
        "createdAt": it.created_at,
        "updatedAt": it.updated_at,
        "values": values,
    }


def row_values(it: Row, columns: list[Column], write: Callable[[Value], Any], *, by_name: bool) -> Json:
    """The row's cells by column id (or name); a cell that the row omits is not there."""
    return {
        (column.name if by_name else column.id): write(value)
        for column in columns
        if not isinstance(value := it.value(column), Omitted)
    }


def formula_reference(it: Formula | Control, links: Links) -> Json:
    """The reference to a formula or a control; `parent` is optional, unlike that of a table."""
    kind = "formula" if isinstance(it, Formula) else "control"
    shape: Json = {"id": it.id, "type": kind, "href": links.item(it), "name": it.name}
    return shape if it.page is None or it.placeless else {**shape, "parent": page_reference(it.page, links)}


def formula(it: Formula, links: Links) -> Json:
    return {**formula_reference(it, links), "value": it.value}


def control(it: Control, links: Links) -> Json:
    return {**formula_reference(it, links), "controlType": it.control_type, "value": it.value}


def permission(it: Permission) -> Json:
    return {"id": it.id, "principal": dict(it.principal), "access": it.access}
