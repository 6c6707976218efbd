"""Links whose text follows the name of what they lead to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Mention
from coda_git_mirror.demo.snapshots import Snapshots
from coda_git_mirror.demo.world import Column, Doc, Page, Row, Table, View, World
from tests.demo.client import Client, Clock
from tests.demo.conftest import Serve

Target = Doc | Page | Table | View | Row
FIND: dict[str, Callable[[Doc], Target]] = {
    "doc": lambda doc: doc,
    "page": lambda doc: doc.page("Plan"),
    "table": lambda doc: doc.table("Plan"),
    "view": lambda doc: doc.views[0],
    "row": lambda doc: doc.table("Plan").rows[0],
}


@pytest.fixture
def other(world: World) -> Doc:
    """Another doc than that of `page`, everything in which has one name."""
    doc = world.add_doc("Plan")
    doc.add_page("Plan")
    doc.add_view("Plan", doc.add_table("Plan", [Column("What")], [{"What": "Plan"}]))
    return doc


@pytest.fixture(params=FIND)
def target(request: pytest.FixtureRequest, other: Doc) -> Target:
    return FIND[request.param](other)


def browser_link(client: Client, target: Target) -> str:
    """As the API gives it."""
    kinds = {Page: "/pages", Table: "/tables", View: "/tables"}
    if isinstance(target, Row):
        return str(client.get(f"/docs/{target.doc.id}/tables/{target.table.id}/rows/{target.id}").json["browserLink"])
    doc = target if isinstance(target, Doc) else target.doc
    path = f"/docs/{doc.id}" if isinstance(target, Doc) else f"/docs/{doc.id}{kinds[type(target)]}/{target.id}"
    return str(client.get(path).json["browserLink"])


def shown(client: Client, page: Page) -> tuple[str, str, list[str]]:
    """The Markdown, the HTML and the plain lines of a page."""
    items: list[Any] = client.items(f"/docs/{page.doc.id}/pages/{page.id}/content")
    texts = (client.export(page.doc.id, page.id, kind) for kind in ("markdown", "html"))
    return next(texts), next(texts), [item["itemContent"]["content"] for item in items]


def linked(text: str, url: str) -> tuple[str, str, list[str]]:
    return f"[{text}]({url})\n", f'<div><a href="{url}">{text}</a></div>\n', [text]


def plain(text: str) -> tuple[str, str, list[str]]:
    return f"{text}\n", f"<div>{text}</div>\n", [text]


def test_a_mention_follows_the_name_in_both_formats_and_the_lines(serve: Serve, page: Page, target: Target) -> None:
    page.write(Mention(target))
    client = serve()
    assert shown(client, page) == linked("Plan", browser_link(client, target))
    target.rename("New plan")
    assert ("New-plan" in browser_link(client, target)) is not isinstance(target, Row)
    assert shown(client, page) == linked("New plan", browser_link(client, target))


def test_nothing_announces_that_what_is_mentioned_was_renamed(page: Page, target: Target) -> None:
    page.write(Mention(target))
    doc = target if isinstance(target, Doc) else target.doc
    times, doc_time = (page.updated_at, page.doc.updated_at), doc.updated_at
    target.rename("New plan")
    assert (page.updated_at, page.doc.updated_at) == times
    assert doc.updated_at > doc_time


def test_a_mention_in_the_same_doc_moves_the_doc_and_not_its_page(serve: Serve, page: Page) -> None:
    there = page.doc.add_page("There")
    page.write(Mention(there))
    client, page_time, doc_time = serve(), page.updated_at, page.doc.updated_at
    there.rename("Elsewhere")
    assert page.updated_at == page_time
    assert page.doc.updated_at > doc_time
    assert shown(client, page) == linked("Elsewhere", there.link)


def test_a_mention_with_words_of_its_own_follows_the_address_only(serve: Serve, page: Page, target: Target) -> None:
    page.write(Mention(target, "here"))
    client = serve()
    target.rename("New plan")
    assert shown(client, page) == linked("here", browser_link(client, target))
    target.delete()
    assert shown(client, page) == plain("here")


def test_what_was_deleted_is_mentioned_by_its_last_name(serve: Serve, page: Page, target: Target) -> None:
    page.write(Mention(target))
    client = serve()
    target.rename("Last name")
    target.delete()
    assert shown(client, page) == plain("Last name")


@pytest.mark.parametrize("kind", ["page", "table", "view", "row"])
def test_what_was_in_a_deleted_doc_is_gone_with_it(serve: Serve, page: Page, other: Doc, kind: str) -> None:
    page.write(Mention(FIND[kind](other)))
    client = serve()
    other.delete()
    assert shown(client, page) == plain("Plan")


def test_views_and_subpages_go_with_what_they_belong_to(serve: Serve, page: Page, other: Doc) -> None:
    child = other.add_page("Child", other.page("Plan"))
    page.write(Mention(child), Mention(other.views[0]), Mention(other.table("Plan").rows[0]))
    client = serve()
    other.page("Plan").delete()
    other.table("Plan").delete()
    assert shown(client, page)[0] == "Child\n\nPlan\n\nPlan\n"


def test_a_name_is_escaped_as_each_format_needs(serve: Serve, page: Page, other: Doc) -> None:
    page.write(Mention(other))
    other.rename("[a] <b>")
    markdown, html, lines = shown(serve(), page)
    assert markdown == f"[\\[a\\] <b>]({other.link})\n"
    assert html == f'<div><a href="{other.link}">[a] &lt;b&gt;</a></div>\n'
    assert lines == ["[a] <b>"]


def renamed_late(serve: Serve, page: Page, target: Target) -> Client:
    """A client of what mentions a thing that has just got another name, which is shown in half a minute."""
    page.write(Mention(target))
    client = serve(snapshot_lag=30)
    target.rename("New plan")
    return client


def test_a_rename_is_shown_as_soon_as_the_doc_of_the_target_shows_it(
    serve: Serve, clock: Clock, page: Page, target: Target
) -> None:
    client = renamed_late(serve, page, target)
    before = browser_link(client, target)
    assert shown(client, page) == linked("Plan", before)
    clock.now += 30
    assert (browser_link(client, target) == before) is isinstance(target, Row)
    assert shown(client, page) == linked("New plan", browser_link(client, target))


def test_a_page_that_is_served_late_shows_the_present_names(
    serve: Serve, clock: Clock, page: Page, target: Target
) -> None:
    client = renamed_late(serve, page, target)
    clock.now += 20
    page.write(Mention(target, "later"))
    assert shown(client, page)[2] == ["Plan"]
    clock.now += 10
    assert shown(client, page) == linked("New plan", browser_link(client, target))
    clock.now += 20
    assert shown(client, page)[2] == ["later"]


def test_a_deletion_is_shown_as_soon_as_the_doc_shows_it(serve: Serve, clock: Clock, page: Page, other: Doc) -> None:
    there = other.page("Plan")
    page.write(Mention(there))
    client = serve(snapshot_lag=30)
    there.delete()
    assert shown(client, page) == linked("Plan", there.link)
    clock.now += 30
    assert shown(client, page) == plain("Plan")


def test_a_copy_of_a_doc_leads_to_the_very_things_that_it_mentions(clock: Clock, page: Page, target: Target) -> None:
    page.write(Mention(target), Mention(page))
    snapshots = Snapshots(30, clock)
    snapshots.before_edit(page.doc)
    copied = snapshots.served(page.doc)
    assert copied is not page.doc
    assert [block.to for block in copied.page("First").blocks if isinstance(block, Mention)] == [target, page]
