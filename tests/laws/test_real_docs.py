"""Real content through real HTTP: every line of every page and every cell of every row is in the tree."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest
import yaml

from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.demo.folders import load_folder
from coda_git_mirror.demo.world import World
from tests.conftest import Serve
from tests.support import REAL_DOCS, VirtualClock, files, git, mirror, require_sound

pytestmark = pytest.mark.skipif(not REAL_DOCS.is_dir(), reason="the real docs are not beside this checkout")


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both real docs, mirrored once for all tests of this file."""
    from coda_git_mirror.demo.server import Limits, SimulatedCoda

    folder, clock, world = tmp_path_factory.mktemp("real") / "mirror", VirtualClock(), World()
    for name in ("packs-guides", "city-ops"):
        load_folder(world, REAL_DOCS / name)
    with SimulatedCoda(world, clock=clock.now, limits=Limits.none()) as coda:
        report = mirror(coda, folder, clock)
        assert coda.violations == []
    assert report.problems == ()
    return folder


def test_every_line_of_every_page_is_in_its_file(mirrored: Path) -> None:
    sources = sorted((REAL_DOCS / "packs-guides" / "pages").rglob("*.md"))
    assert len(sources) == 40
    by_title = {path: _page(path)[1] for path in (mirrored / "docs/packs-guides/pages").rglob("*.md")}
    bodies = set(by_title.values())
    for source in sources:
        assert source.read_text(encoding="utf-8").strip("\n") + "\n" in bodies, source


def test_every_page_lies_in_the_folder_of_its_parent(mirrored: Path) -> None:
    pages = {path: _page(path)[0] for path in (mirrored / "docs/packs-guides/pages").rglob("*.md")}
    file_of = {head["id"]: path for path, head in pages.items()}
    assert len(file_of) == len(pages) > 40
    for path, head in pages.items():
        if parent := head.get("parent"):
            assert path.parent == file_of[parent].with_suffix("")
        else:
            assert path.parent == mirrored / "docs/packs-guides/pages"


@pytest.mark.parametrize(
    "source", sorted((REAL_DOCS / "city-ops" / "tables").glob("*.csv")), ids=lambda path: path.stem
)
def test_every_cell_of_every_row_is_in_its_table(mirrored: Path, source: Path) -> None:
    with source.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    stem = mirrored / "docs/city-ops/tables" / source.stem
    stored_header, *stored = list(csv.reader(io.StringIO(stem.with_suffix(".csv").read_text(encoding="utf-8"))))
    assert stored_header == [*header, "Coda row id"]
    assert [row[:-1] for row in stored] == rows
    records = [json.loads(line) for line in stem.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["id"] for record in records] == [row[-1] for row in stored]
    assert json.loads(stem.with_suffix(".json").read_bytes())["rowCount"] == len(rows)


def test_the_checksums_hold_and_the_repository_is_sound(mirrored: Path) -> None:
    for doc in (mirrored / "docs").iterdir():
        subprocess.run(["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"], cwd=doc, check=True)
    require_sound(mirrored)
    assert verify(mirrored).findings == []
    manifest = json.loads((mirrored / "backup_manifest.json").read_bytes())
    assert manifest["totals"] == {
        "assets": 0, "docs": 2, "pages": 48, "problems": 0, "rows": 40779, "tables": 8, "views": 0,
    }  # fmt: skip
    assert git(mirrored, "log", "--format=%s").splitlines() == [
        "Mirror 2 docs: 48 pages added; 8 tables added; 40779 rows added"
    ]


def test_another_listing_order_and_page_size_give_the_same_bytes(
    mirrored: Path, serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    from coda_git_mirror.demo.server import PageSizes

    world = World()
    for name in ("packs-guides", "city-ops"):
        load_folder(world, REAL_DOCS / name)
    coda = serve(world, shuffle_seed=7, page_sizes=PageSizes(docs=1, pages=7, tables=3, columns=4, rows=457))
    mirror(coda, folder, clock)
    assert files(folder) == files(mirrored)


def _page(path: Path) -> tuple[dict[str, str], str]:
    """The front matter and the body of a page's file."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(head), body.lstrip("\n")
