"""faults.md, rows 16, 17, 20 and 21: exports, edits during the run, hosted files, redirects."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.demo.blocks import Attachment, Picture, Text
from coda_git_mirror.demo.faults import Replace
from coda_git_mirror.demo.replies import Reply
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import World
from tests.conftest import Serve
from tests.faults.conftest import Begin
from tests.faults.trial import Trial, account, kept
from tests.support import VirtualClock, files, require_sound

NOTES = ("docs/plans/pages/notes.md", "docs/plans/pages/notes.html")
STATUS, FILE = r"/export/", r"^/exports/"
XML = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Expired</Message></Error>'
SIGN_IN = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in</body></html>\n"


def no_link(status: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in status.items() if key != "downloadLink"}


def expired(coda: SimulatedCoda, page: str, content_type: str) -> None:
    coda.on("GET", f"{FILE}.*{page}").garbage(XML, content_type=content_type)


def redirect_away(coda: SimulatedCoda, page: str) -> None:
    """To another server of this machine, which has a text to give."""
    coda.on("GET", f"^/elsewhere/{page}").garbage(b"Not to be had.", content_type="text/plain")
    coda.on("GET", f"{FILE}.*{page}").redirect(f"{coda.api_url}/elsewhere/{page}")


EXPORTS: dict[str, Callable[[SimulatedCoda, str], object]] = {
    "in progress for ever": lambda coda, page: coda.on("GET", f"{page}{STATUS}").mutate(
        lambda status: {**no_link(status), "status": "inProgress"}
    ),
    "failed": lambda coda, page: coda.on("GET", f"{page}{STATUS}").mutate(
        lambda status: {**no_link(status), "status": "failed", "error": "Something broke."}
    ),
    "complete without link": lambda coda, page: coda.on("GET", f"{page}{STATUS}").mutate(no_link),
    "link expired, 403": lambda coda, page: coda.on("GET", f"{FILE}.*{page}").fail(403, body=XML),
    "link expired, 200": lambda coda, page: expired(coda, page, "application/xml"),
    "link expired, 200 as other XML": lambda coda, page: expired(coda, page, "text/xml"),
    "link expired, 200 as text": lambda coda, page: expired(coda, page, "text/plain"),
    "link expired, 200 as anything": lambda coda, page: expired(coda, page, "binary/octet-stream"),
    "link to another host": lambda coda, page: coda.on("GET", f"{page}{STATUS}").mutate(
        lambda status: {**status, "downloadLink": "http://127.0.0.1:9/nobody"}
    ),
    "redirecting link": lambda coda, page: coda.on("GET", f"{FILE}.*{page}").redirect(
        f"http://{coda.asset_hosts}/exports/round/{page}"
    ),
    "link that redirects to another server": redirect_away,
    "sign-in page": lambda coda, page: coda.on("GET", f"{FILE}.*{page}").garbage(SIGN_IN, content_type="text/html"),
    "lost job": lambda coda, page: coda.on("GET", f"{page}{STATUS}").fail(404),
    "410 of a page that is there": lambda coda, page: coda.on("POST", f"{page}/export$").fail(410),
}


def test_16_a_page_that_cannot_be_exported_keeps_its_last_good_file(
    serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path
) -> None:
    trial = Trial(serve(account()), folder, clock, tmp_path)
    pages = [trial.plans.add_page(f"Page {number:02}", markdown="Good.\n") for number in range(len(EXPORTS))]
    trial.begin()
    trial.edit()
    for page, spoil in zip(pages, EXPORTS.values(), strict=True):
        page.write(markdown="Not to be had.\n")
        spoil(trial.coda, page.id)
    begun = trial.clock.now()
    report = trial.sync()
    assert [(problem.kind, problem.item) for problem in report.problems] == [("page", page.name) for page in pages]
    assert trial.clock.now() - begun < 6 * 3600
    trial.heads.append(trial.head)
    after = files(trial.folder)
    for number in range(len(EXPORTS)):
        assert all(b"Good." in after[f"docs/plans/pages/page-{number:02}.{suffix}"] for suffix in ("md", "html")), (
            number
        )
    assert b"Second line." in after[NOTES[0]]
    trial.check()


def test_16_pages_of_types_without_content_are_no_problem(trial: Trial) -> None:
    for content_type in ("embed", "syncPage", "table"):
        trial.plans.add_page(f"A {content_type}", content_type=content_type)
    assert trial.sync().problems == ()
    assert "docs/plans/pages/a-embed.md" in files(trial.folder)
    trial.heads.append(trial.head)
    trial.check()


def delete_first_row(world: World) -> None:
    world.docs[0].table("Tasks").rows[0].delete()


def add_row_in_front(world: World) -> None:
    table = world.docs[0].table("Tasks")
    row = table.add_row({"Task": "Pushed in"})
    table.rows.insert(0, table.rows.pop())
    row.move(0)


EDITS: dict[str, tuple[str, str, int, Callable[[World], object]]] = {
    "a gap in a listing of rows": ("GET", r"/rows$", 1, delete_first_row),
    "a duplicate in a listing of rows": ("GET", r"/rows$", 1, add_row_in_front),
    "a gap in a listing of pages": ("GET", r"/pages$", 1, lambda world: world.docs[0].page("Notes").move(None)),
    "a page deleted before its export": ("POST", r"/export$", 0, lambda world: world.docs[0].page("Notes").delete()),
    "a doc renamed before it is read": ("GET", r"/pages$", 0, lambda world: world.doc("Travel").rename("Journeys")),
    "a doc deleted before it is read": ("GET", r"/pages$", 0, lambda world: world.doc("Travel").delete()),
    "a table deleted before its rows": ("GET", r"/columns$", 0, lambda world: world.docs[0].table("Costs").delete()),
}


@pytest.mark.parametrize(("method", "pattern", "after", "edit"), EDITS.values(), ids=EDITS)
def test_17_an_edit_during_the_run_is_caught_up_with(
    begin: Begin, method: str, pattern: str, after: int, edit: Callable[[World], object]
) -> None:
    trial = begin(live_listings=("docs", "pages", "tables", "rows"))
    trial.world.docs[0].page("Ideas").append(Text("New."))
    trial.world.doc("Travel").page("Oslo").append(Text("New."))
    trial.coda.on(method, pattern).call(lambda: edit(trial.world), after=after)
    trial.sync()
    assert trial.coda.requests.count(method, pattern) > after
    trial.accept_head()
    trial.check()


def bomb(coda: SimulatedCoda, blob: str) -> None:
    """Ten kilobytes that unfold to ten megabytes."""
    answer = Reply(200, gzip.compress(b"0" * 10_000_000), {"Content-Type": "image/gif", "Content-Encoding": "gzip"})
    coda.on("GET", blob).fail(200).fault = Replace(answer)


TOO_LARGE: dict[str, Callable[[SimulatedCoda, str], object]] = {
    "unfolds": bomb,
    "says that it has two gigabytes": lambda coda, blob: coda.on("GET", blob).lie_length(2_000_000_000),
    "has two gigabytes": lambda coda, blob: coda.on("GET", blob).flow(b"x" * 65_536, 30_518),
}


def test_20_a_hosted_file_that_does_not_come_is_a_problem_of_its_own(lone: Trial) -> None:
    new = [lone.world.add_blob(b"GIF89a new", f"new{number}.gif", "image/gif") for number in range(4)]
    lone.plans.page("Ideas").append(*(Picture(blob) for blob in new))
    lone.coda.on("GET", f"/blobs/{new[0].id}").fail(404)
    lone.coda.on("GET", f"/blobs/{new[1].id}").fail(500)
    lone.coda.on("GET", f"/blobs/{new[2].id}").lie_length(5)
    lone.coda.on("GET", f"/blobs/{new[3].id}").garbage(SIGN_IN, content_type="text/html")
    report = lone.sync()
    assert [problem.kind for problem in report.problems] == ["asset"] * 4
    after = files(lone.folder)
    kept(lone, after, *(path for path in lone.before if "/assets/" in path))
    assert any(path.endswith("-video.gif") for path in after)
    assert not any("-new" in path for path in after)
    lone.heads.append(lone.head)
    lone.check()


UNLIKE_A_WEB_PAGE = {
    "photo.heic": None,
    "Offer.pdf": "application/pdf",
    "Plan.docx": None,
    "film.mp4": "video/mp4",
    "drawing.svg": "image/svg+xml",
    "data.csv": "text/csv",
    "notes.txt": "text/plain",
    "archive.zip": None,
    "README": None,
}


@pytest.mark.parametrize(("answer", "kind"), [(SIGN_IN, "text/html"), (XML, "application/xml"), (XML, "text/xml")])
def test_20_no_error_page_passes_for_a_file(lone: Trial, answer: bytes, kind: str) -> None:
    new = [lone.world.add_blob(b"new " + name.encode(), name, mime) for name, mime in UNLIKE_A_WEB_PAGE.items()]
    lone.plans.page("Ideas").append(*(Attachment(blob) for blob in new))
    for blob in new:
        lone.coda.on("GET", f"/blobs/{blob.id}").garbage(answer, content_type=kind)
    begun = lone.clock.now()
    report = lone.sync()
    assert sorted(problem.item for problem in report.problems) == sorted(UNLIKE_A_WEB_PAGE)
    assert lone.clock.now() - begun < 600
    assert answer not in files(lone.folder).values()
    lone.heads.append(lone.head)
    lone.check()


def test_20_files_that_are_too_large_or_unfold_without_end_become_stubs(lone: Trial) -> None:
    new = [lone.world.add_blob(b"GIF89a new", f"large{number}.gif", "image/gif") for number in range(len(TOO_LARGE))]
    lone.plans.page("Ideas").append(*(Picture(blob) for blob in new))
    for blob, spoil in zip(new, TOO_LARGE.values(), strict=True):
        spoil(lone.coda, f"/blobs/{blob.id}")
    lone.synced(max_asset_bytes=1_000_000)
    stubs = [content for path, content in files(lone.folder).items() if "-large" in path]
    assert len(stubs) == len(TOO_LARGE)
    assert max(map(len, stubs)) < 1_000
    require_sound(lone.folder, lone.undisturbed(max_asset_bytes=1_000_000))
    lone.require_no_stray()


def test_20_a_file_that_comes_at_a_byte_a_second_is_given_up(lone: Trial) -> None:
    lone.coda.on("GET", r"/blobs/").flow(b"x", 1_000_000, before=lambda: lone.clock.sleep(1.0))
    asked = lone.coda.requests.count("GET", r"/blobs/")
    assert [problem.kind for problem in lone.sync().problems] == ["asset"]
    assert asked < lone.coda.requests.count("GET", r"/blobs/") <= asked + 3
    lone.accept_head()
    lone.check()


def test_21_a_redirected_call_is_an_error_and_the_token_stays(trial: Trial, serve: Serve) -> None:
    foreign = serve(World())
    for pattern in (r"/pages$", r"/rows$"):
        trial.coda.on("GET", f"^/docs/{trial.plans.id}/.*{pattern}|^/docs/{trial.plans.id}{pattern}").redirect(
            f"{foreign.api_url}/docs"
        )
    after = trial.partial()
    assert len(foreign.requests) == 0
    kept(trial, after, *(path for path in trial.before if path.startswith("docs/plans/tables/")))
    trial.check()


def test_21_a_netrc_with_an_entry_for_the_host_is_ignored(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password hidden\n")
    monkeypatch.setenv("NETRC", str(netrc))
    trial.coda.new_client()
    assert trial.sync().problems == ()
    sent = {(request.origin, request.headers.get("authorization")) for request in trial.coda.requests}
    assert sent == {("api", f"Bearer {trial.coda.token}"), ("files", None)}
    trial.heads.append(trial.head)
    trial.check()
