"""What `sync`, `status` and `verify` say of what a mirror lacks: on which stream, and with which exit code."""

from __future__ import annotations

import json
import time
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Picture, Text
from coda_git_mirror.demo.server import SimulatedCoda, Token
from coda_git_mirror.demo.world import Blob, Column, World
from coda_git_mirror.format import layout
from coda_git_mirror.model.ledger import DENIED, FAILED, GONE
from tests.actions.ledgers import entries, known
from tests.commands.program import run
from tests.commands.test_command_line import require_one_sentence, settings
from tests.conftest import Serve
from tests.support import files

ANOTHER = "another-token-of-the-same-account"
NO = {"statusCode": 400, "statusMessage": "Bad Request", "message": "No."}


@pytest.fixture
def world() -> World:
    """Two docs of one name, and a third one with a picture."""
    world = World()
    for _ in range(2):
        doc = world.add_doc("Untitled")
        page = doc.add_page("Notes", markdown="Words.\n")
        doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}], page)
    photo = world.add_blob(b"photo", "photo.png", "image/png")
    world.add_doc("Travel").add_page("Oslo", blocks=(Text("Look:"), Picture(photo)))
    return world


@pytest.fixture
def coda(serve: Serve, world: World) -> SimulatedCoda:
    return serve(world, clock=time.monotonic)


def photo(world: World) -> Blob:
    [blob] = world.blobs.values()
    return blob


def program(coda: SimulatedCoda, folder: Path, *arguments: str, code: int = 0) -> CompletedProcess[str]:
    answer = run(*arguments, "-o", str(folder), cwd=folder.parent, **settings(coda))
    assert answer.returncode == code, answer.stderr
    return answer


def as_json(coda: SimulatedCoda, folder: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    report = json.loads(program(coda, folder, *arguments, "--json", code=code).stdout)
    assert isinstance(report, dict)
    return report


@pytest.mark.parametrize(("status", "state"), [(404, GONE), (410, GONE), (403, DENIED)])
def test_a_file_that_is_gone_is_exit_3_once_and_then_0_and_never_forgotten(
    coda: SimulatedCoda, world: World, folder: Path, status: int, state: str
) -> None:
    photo(world).gone, photo(world).gone_status = True, status
    assert "photo.png" in program(coda, folder, "sync", code=3).stderr
    for _ in range(2):
        assert "photo.png" not in program(coda, folder, "sync").stderr
        report = as_json(coda, folder, "sync")
        assert (report["problems"], [it["item_id"] for it in report["states"]]) == ([], [photo(world).id])
    assert "photo.png" in program(coda, folder, "status").stdout
    [told] = as_json(coda, folder, "status")["problems"]
    assert (told["item"], told["state"], told["doc"]) == ("photo.png", state, "Travel")
    assert "photo.png" in program(coda, folder, "verify").stdout
    photo(world).gone = False
    program(coda, folder, "sync")
    assert "photo.png" not in program(coda, folder, "status").stdout


def test_a_file_that_fails_for_ever_is_exit_3_each_time(coda: SimulatedCoda, folder: Path) -> None:
    coda.on("GET", "/blobs/").fail(500)
    for _ in range(3):
        assert "photo.png" in program(coda, folder, "sync", "-q", code=3).stderr
    assert {state for _, _, state in known(folder)} == {FAILED}
    assert "photo.png" in program(coda, folder, "verify", code=3).stdout


def test_a_token_that_cannot_export_is_told_at_each_sync_and_no_failure(
    serve: Serve, world: World, folder: Path
) -> None:
    coda = serve(world, token=Token(read_only=True), clock=time.monotonic)
    pages = {page.id for doc in world.docs for page in doc.pages()}
    for _ in range(3):
        answer = program(coda, folder, "sync", "-q")
        assert answer.stdout == ""
        assert answer.stderr.count("This token may not export pages: 3 pages") == 1
        told = [it for it in as_json(coda, folder, "sync")["problems"] if it["state"] == DENIED]
        assert {it["item_id"] for it in told} == pages
        assert {entry.item_id for entry in entries(folder)} == pages
    assert "the token may not export pages" in program(coda, folder, "verify").stdout
    assert "the token may not export pages" in program(coda, folder, "status").stdout
    coda.use(ANOTHER)
    answer = program(coda, folder, "sync", "-q")
    assert (answer.stdout, answer.stderr) == ("", "")
    assert entries(folder) == ()
    assert "docs/travel/pages/oslo.html" in files(folder)


def test_a_strict_sync_with_a_token_that_cannot_export_says_so_too(serve: Serve, world: World, folder: Path) -> None:
    coda = serve(world, token=Token(read_only=True), clock=time.monotonic)
    answer = run("sync", "--strict", "-q", "-o", str(folder), cwd=folder.parent, **settings(coda))
    assert "may not export pages" in answer.stderr


def test_each_doc_of_one_name_is_shown_with_its_own_problems(coda: SimulatedCoda, world: World, folder: Path) -> None:
    first, second = world.docs[:2]
    for pattern, method in ((f"^/docs/{first.id}/pages/.*/export$", "POST"), (f"^/docs/{first.id}/.*/rows$", "GET")):
        coda.on(method, pattern).answer(400, NO)
    program(coda, folder, "sync", code=3)
    lines = [line for line in program(coda, folder, "status").stdout.splitlines() if "  Untitled" in line]
    assert sorted(line.partition("Untitled")[2] for line in lines) == ["", " (2 problems)"]
    shown = {doc["id"]: doc["problems"] for doc in as_json(coda, folder, "status")["docs"]}
    assert (shown[first.id], shown[second.id]) == (2, 0)


LEFT_OUT = {
    "docs of the settings": ('docs = ["Untitled"]\n', ()),
    "exclude of the settings": ('exclude = ["Tra*"]\n', ()),
    "--doc": ("", ("--doc", "Untitled")),
    "--exclude": ("", ("--exclude", "Travel")),
}


@pytest.mark.parametrize(("content", "options"), LEFT_OUT.values(), ids=LEFT_OUT)
@pytest.mark.parametrize("edited", [False, True], ids=["unchanged", "edited"])
def test_status_shows_what_is_left_out_and_calls_it_no_fresh_doc(
    coda: SimulatedCoda, world: World, folder: Path, content: str, options: tuple[str, ...], edited: bool
) -> None:
    program(coda, folder, "sync")
    if content:
        (folder / layout.SETTINGS).write_text(content)
    program(coda, folder, "sync", *options)
    travel = world.doc("Travel")
    if edited:
        travel.page("Oslo").append(Text("Fjords."))
    for remote in ((), ("--remote",)):
        text = program(coda, folder, "status", *remote).stdout
        [line] = [line for line in text.splitlines() if "Travel (" in line]
        assert "not synced: left out" in line
        shown = {doc["id"]: doc["left_out"] for doc in as_json(coda, folder, "status", *remote)["docs"]}
        assert shown == {doc.id: doc is travel for doc in world.docs}
    text = program(coda, folder, "status", "--remote").stdout
    if content or edited:
        assert "no doc was edited" not in text
        assert "Travel" in text.partition("In Coda now")[2]
    (folder / layout.SETTINGS).write_text("")
    program(coda, folder, "sync")
    assert "left out" not in program(coda, folder, "status").stdout
    assert "no doc was edited" in program(coda, folder, "status", "--remote").stdout


@pytest.mark.parametrize("by_settings", [False, True], ids=["--exclude", "settings"])
@pytest.mark.parametrize("first", [False, True], ids=["a mirror", "no mirror yet"])
def test_where_everything_is_excluded_the_exit_code_is_2(
    coda: SimulatedCoda, folder: Path, by_settings: bool, first: bool
) -> None:
    if not first:
        program(coda, folder, "sync")
    if by_settings:
        run("init", "-o", str(folder), cwd=folder.parent)
        (folder / layout.SETTINGS).write_text('exclude = ["*"]\n')
    options = () if by_settings else ("--exclude", "*")
    for dry in ((), ("--dry-run",)):
        answer = run("sync", "-o", str(folder), *options, *dry, cwd=folder.parent, **settings(coda))
        require_one_sentence(answer, 2)
        assert "excluded" in answer.stderr
        assert "coda-mirror.toml" in answer.stderr


def test_a_partial_run_tells_no_problem_and_solves_none(coda: SimulatedCoda, world: World, folder: Path) -> None:
    page = next(world.docs[0].pages())
    coda.on("POST", f"/pages/{page.id}/export$").answer(400, NO)
    program(coda, folder, "sync", code=3)
    coda.off()
    world.docs[1].tables[0].rows[0].set("Task", "Rest")
    answer = program(coda, folder, "sync", "--tables-only", "-v")
    assert "Solved" not in answer.stdout
    assert ("page", page.id, FAILED) in known(folder)
    assert "Solved" in program(coda, folder, "sync", "-v").stdout
