"""Cells of hosted files name where these lie in the mirror, whatever becomes of the files (mirror-format.md, law 5)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Attachment, Grid, Text
from coda_git_mirror.demo.cells import File
from coda_git_mirror.demo.world import Column, World
from tests.conftest import Serve
from tests.faults.trial import Trial
from tests.support import VirtualClock, files, require_sound


def account() -> World:
    world = World()
    offer = world.add_blob(b"%PDF offer", "Offer.pdf", "application/pdf")
    photo = world.add_blob(b"photo", "photo.png", "image/png")
    sales = world.add_doc("Sales")
    columns = [Column("Name"), Column("Files", "attachments"), Column("Paid", "checkbox")]
    rows: list[dict[str, Any]] = [
        {"Name": "=1", "Files": [File(offer), File(photo)]},
        {"Name": "B", "Files": File(photo)},
        {"Name": "C"},
    ]
    offers = sales.add_table("Offers", columns, rows)
    by_name = sales.add_view("By name", offers, sort=("Name", "descending"))
    sales.add_page("Start", markdown="Here.\n")
    sales.add_page("Board", blocks=(Grid(offers), Grid(by_name)))
    return world


@pytest.fixture
def trial(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> Trial:
    return Trial(serve(account()), folder, clock, tmp_path)


def csvs(trial: Trial) -> list[str]:
    doc = trial.folder / "docs/sales"
    return [(doc / name).read_text() for name in ("tables/offers.csv", "views/by-name.csv")]


def require_as_fresh(trial: Trial) -> None:
    fresh = trial.elsewhere / f"fresh-{len(list(trial.elsewhere.iterdir()))}"
    trial.sync(fresh)
    require_sound(trial.folder, files(fresh))


def test_tables_and_views_name_the_files(trial: Trial) -> None:
    trial.sync()
    for text in csvs(trial):
        assert '"Offer.pdf (assets/bl-' in text
        assert "-offer.pdf), photo.png (assets/bl-" in text
        named = re.findall(r"\((assets/[^)]+)\)", text)
        assert len(named) == 3
        assert all((trial.folder / "docs/sales" / name).is_file() for name in named)


def test_a_file_that_could_not_be_fetched_is_named_once_it_is_there(trial: Trial) -> None:
    failing = trial.coda.on("GET", "/blobs/").fail(500)
    trial.sync()
    assert all("assets/" not in text for text in csvs(trial))
    trial.coda.off(failing)
    trial.sync()
    assert all(text.count("assets/") == 3 for text in csvs(trial))
    require_as_fresh(trial)


def test_a_file_beyond_the_limit_is_named_by_what_stands_for_it(trial: Trial) -> None:
    trial.sync(max_asset_bytes=3)
    assert all(text.count(".stub.txt)") == 3 for text in csvs(trial))


def test_cells_follow_a_file_that_gets_another_name(trial: Trial) -> None:
    """A page that calls a file by a name that comes first gives it that name."""
    trial.sync()
    before = csvs(trial)
    [offer] = [each for each in trial.world.blobs.values() if each.filename == "Offer.pdf"]
    sales = trial.world.doc("Sales")
    sales.page("Start").append(Attachment(offer))
    sales.table("Offers").rows[2].set("Name", "D")
    offer.filename = "A better offer.pdf"
    trial.sync()
    assert csvs(trial) != before
    require_as_fresh(trial)


def test_the_guard_against_formulas_holds_in_cells_with_files_too(trial: Trial) -> None:
    [photo] = [each for each in trial.world.blobs.values() if each.filename == "photo.png"]
    photo.filename = "=photo.png"
    trial.sync(csv_formula_guard=True)
    table, view = csvs(trial)
    assert "\n'=1," in table
    assert ",'=photo.png (assets/" in table
    assert ",'=photo.png (assets/" in view


def test_pages_that_show_such_tables_are_not_exported_for_the_places_in_the_csv(trial: Trial) -> None:
    trial.sync()
    sales = trial.world.doc("Sales")
    for page in (sales.page("Start"), sales.page("Board")):
        trial.coda.requests.clear()
        page.append(Text("More."))
        trial.sync(settle_minutes=0.0)
        posted = {request.path.split("/")[4] for request in trial.coda.requests.matching("POST", "/export$")}
        assert posted == {page.id}
