"""The life of an export job, in virtual time."""

from __future__ import annotations

import pytest

from coda_git_mirror.demo.blocks import Attachment, Divider, Picture, Text
from coda_git_mirror.demo.world import Page, World
from tests.demo.client import Clock
from tests.demo.conftest import Serve


def test_a_job_is_unknown_then_in_progress_then_complete(serve: Serve, clock: Clock, page: Page) -> None:
    client = serve(not_found_seconds=2, render_seconds=5)
    reply = client.begin(page.doc.id, page.id)
    job = reply.json
    assert (reply.status, job["status"]) == (202, "inProgress")
    seen = []
    for _ in range(8):
        status = client.status(job)
        seen.append(status.json.get("status", status.status))
        clock.now += 1
    assert seen == [404, 404, *["inProgress"] * 5, "complete"]


def test_the_download_is_gzip_without_a_charset(serve: Serve, page: Page) -> None:
    client = serve()
    link = client.status(client.begin(page.doc.id, page.id).json).json["downloadLink"]
    reply = client.download(link)
    assert reply.headers["Content-Encoding"] == "gzip"
    assert reply.headers["Content-Type"] == "text/plain"
    assert reply.text == "One.\n"
    assert link.split("/")[2] == client.coda.asset_hosts


def test_a_link_dies_and_the_status_gives_a_fresh_one(serve: Serve, clock: Clock, page: Page) -> None:
    client = serve(link_seconds=300)
    job = client.begin(page.doc.id, page.id).json
    link = client.status(job).json["downloadLink"]
    clock.now += 300
    dead = client.download(link)
    assert dead.status == 403
    assert b"<Code>AccessDenied</Code>" in dead.body
    assert client.download(client.status(job).json["downloadLink"]).status == 200


def test_a_dead_link_can_also_answer_200(serve: Serve, clock: Clock, page: Page) -> None:
    client = serve(expired_link_status=200)
    link = client.status(client.begin(page.doc.id, page.id).json).json["downloadLink"]
    clock.now += 301
    dead = client.download(link)
    assert dead.status == 200
    assert b"<Code>NoSuchKey</Code>" in dead.body


def test_a_forged_link_is_refused(serve: Serve, page: Page) -> None:
    client = serve()
    link = client.status(client.begin(page.doc.id, page.id).json).json["downloadLink"]
    assert client.download(link[:-1] + "x").status == 403


def test_two_exports_of_one_page_at_once_overwrite_each_other(serve: Serve, clock: Clock, page: Page) -> None:
    client = serve(render_seconds=3)
    markdown = client.begin(page.doc.id, page.id, "markdown").json
    clock.now += 1
    client.begin(page.doc.id, page.id, "html")
    clock.now += 2
    link = client.status(markdown).json["downloadLink"]
    assert client.download(link).text == "One.\n"
    clock.now += 1
    assert client.download(link).text == "<div>One.</div>\n"
    assert client.coda.violations == [f"page {page.id} of doc {page.doc.id} exported twice at once"]


def test_one_export_after_the_other_is_no_violation(serve: Serve, page: Page) -> None:
    client = serve()
    assert client.export(page.doc.id, page.id) == "One.\n"
    assert client.export(page.doc.id, page.id, "html") == "<div>One.</div>\n"
    assert client.coda.violations == []


def test_a_lost_job_may_be_begun_again(serve: Serve, page: Page) -> None:
    client = serve()
    client.coda.on("GET", r"/export/").fail(404, times=1)
    assert client.status(client.begin(page.doc.id, page.id).json).status == 404
    client.begin(page.doc.id, page.id)
    assert client.coda.violations == []


def test_asking_again_is_no_reason_to_begin_again(serve: Serve, page: Page) -> None:
    client = serve()
    client.coda.on("GET", r"/export/").fail(503, times=1)
    assert client.status(client.begin(page.doc.id, page.id).json).status == 503
    client.begin(page.doc.id, page.id)
    assert len(client.coda.violations) == 1


def test_a_job_whose_id_never_arrived_may_be_begun_again(serve: Serve, page: Page) -> None:
    client = serve()
    client.coda.on("POST", r"/export$").mutate(lambda _: {}, times=1)
    assert client.begin(page.doc.id, page.id).json == {}
    client.begin(page.doc.id, page.id)
    assert client.coda.violations == []


def test_a_failing_page_says_so(serve: Serve, page: Page) -> None:
    page.export_error = "Something went wrong."
    client = serve()
    status = client.status(client.begin(page.doc.id, page.id).json).json
    assert (status["status"], status["error"]) == ("failed", "Something went wrong.")
    assert "downloadLink" not in status


@pytest.mark.parametrize("content_type", ["embed", "syncPage", "table"])
def test_only_canvas_pages_export(serve: Serve, page: Page, content_type: str) -> None:
    page.content_type = content_type
    reply = serve().begin(page.doc.id, page.id)
    assert (reply.status, reply.json["message"]) == (400, "Only canvas pages can be exported.")


def test_a_deleted_page_is_gone_and_its_tables_live_on(serve: Serve, page: Page) -> None:
    table = page.doc.add_table("Kept", [], page=page)
    child = page.doc.add_page("Child", page)
    page.delete()
    client = serve()
    assert [client.begin(page.doc.id, it.id).status for it in (page, child)] == [410, 410]
    assert client.get(f"/docs/{page.doc.id}/pages/{page.id}").status == 410
    assert client.items(f"/docs/{page.doc.id}/tables") == [
        found for found in client.items(f"/docs/{page.doc.id}/tables") if found["parent"] is None
    ]
    assert table.page is None


def test_an_unknown_format_is_refused(serve: Serve, page: Page) -> None:
    assert serve().begin(page.doc.id, page.id, "docx").status == 400


def test_markdown_loses_pictures_and_html_keeps_them(serve: Serve, world: World, page: Page) -> None:
    picture, paper = world.add_blob(b"png", "a.png", "image/png"), world.add_blob(b"pdf", "b.pdf", "application/pdf")
    page.write(Text("See https://example.com"), Picture(picture), Divider(), Attachment(paper))
    client = serve()
    assert client.export(page.doc.id, page.id) == "See [https://example.com](https://example.com)\n\n \n\n\n\n \n\n"
    html = client.export(page.doc.id, page.id, "html")
    assert f'data-coda-blob-id="{picture.id}" data-coda-mime-type="image/png" alt="a.png"' in html
    source = html.split('src="')[1].split('"')[0]
    assert client.download(source).body == b"png"
    assert client.coda.violations == []


def test_a_video_is_a_source_in_the_html(serve: Serve, world: World, page: Page) -> None:
    page.write(Picture(world.add_blob(b"mp4", "ride.mp4", "video/mp4")))
    html = serve().export(page.doc.id, page.id, "html")
    assert '<source src="http' in html
    assert 'type="video/mp4"></video>' in html


def test_content_gives_plain_lines(serve: Serve, page: Page) -> None:
    items = serve().items(f"/docs/{page.doc.id}/pages/{page.id}/content")
    assert [item["itemContent"]["content"] for item in items] == ["One."]


def test_a_page_id_of_any_characters_can_be_exported(serve: Serve, page: Page) -> None:
    hostile = page.doc.add_page("../x", id="canvas-../?#%2F é", markdown="kept verbatim ")
    assert serve().export(page.doc.id, hostile.id) == "kept verbatim "


def test_each_content_renders_in_its_own_time(serve: Serve, clock: Clock, page: Page) -> None:
    pages = [page, *(page.doc.add_page(f"Page {number}") for number in range(20))]
    client = serve(render_seconds=(2.0, 6.0))
    jobs = [client.begin(page.doc.id, each.id).json for each in pages]
    ready = []
    for wait in (1.9, 1.4, 1.4, 1.4):
        clock.now += wait
        ready.append(sum("downloadLink" in client.status(job).json for job in jobs))
    assert ready[0] == 0
    assert ready == sorted(set(ready))
    assert ready[-1] == len(pages)


def test_every_request_takes_its_time_on_the_way(serve: Serve, clock: Clock) -> None:
    def sleep(seconds: float) -> None:
        clock.now += seconds

    begun = clock.now
    serve(latency=0.2, sleep=sleep).get("/whoami")
    assert clock.now - begun == pytest.approx(0.2)
