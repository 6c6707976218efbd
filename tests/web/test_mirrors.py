"""Real mirrors behind the server: docs as zips, HEAD that moves, and every file of every revision.

It is faults.md, row 110.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from http.client import IncompleteRead
from pathlib import Path
from urllib.parse import quote

import pytest

from coda_git_mirror.actions.browse.mirror import Browsed
from coda_git_mirror.demo.folders import load_folder
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.web.app import create_app
from tests.support import REAL_DOCS, VirtualClock, git, mirror
from tests.web.sites import KEY, Site, served
from tests.web.test_files import tree
from tests.web.test_gate import FILES, OURS, require_policy


@pytest.fixture(scope="module")
def site(demonstration: Path) -> Iterator[Site]:
    with served(demonstration) as site:
        yield site


def manifest(folder: Path) -> list[dict[str, str]]:
    docs: list[dict[str, str]] = json.loads((folder / "backup_manifest.json").read_bytes())["docs"]
    return docs


def shown(folder: Path, names: list[str]) -> Iterator[bytes]:
    """What git has under names such as `COMMIT:PATH`."""
    asked = "".join(f"{name}\n" for name in names).encode()
    command = ["git", "-C", str(folder), "cat-file", "--batch"]
    told = io.BytesIO(subprocess.run(command, input=asked, capture_output=True, check=True).stdout)
    for _ in names:
        yield told.read(int(told.readline().split()[2]))
        told.read(1)


def require_every_file(site: Site) -> None:
    for commit in git(site.folder, "rev-list", "HEAD").split():
        paths = list(tree(site.folder, commit))
        for path, content in zip(paths, shown(site.folder, [f"{commit}:{path}" for path in paths]), strict=True):
            answer = site.get(f"/at/{commit}/{quote(path)}")
            assert (answer.status, answer.body) == (200, content), path
            require_policy(answer, FILES)


def test_every_file_of_the_demonstration(site: Site) -> None:
    require_every_file(site)


@pytest.mark.skipif(not REAL_DOCS.is_dir(), reason="the real docs are not beside this checkout")
def test_every_file_of_real_docs(tmp_path: Path) -> None:
    world, clock = World(), VirtualClock()
    for name in ("packs-guides", "city-ops"):
        load_folder(world, REAL_DOCS / name)
    with SimulatedCoda(world, clock=clock.now, limits=Limits.none()) as coda:
        mirror(coda, tmp_path / "mirror", clock)
    with served(tmp_path / "mirror") as site:
        require_every_file(site)


def test_a_doc_as_a_zip_is_its_folder(site: Site) -> None:
    for commit in git(site.folder, "rev-list", "HEAD").split():
        listed = json.loads(git(site.folder, "show", f"{commit}:backup_manifest.json"))["docs"]
        for doc in listed:
            answer = site.get(f"/zip/{commit}/{doc['id']}")
            assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
            assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
            require_policy(answer, FILES)
            with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
                assert archive.testzip() is None
                held = {f"docs/{name}": archive.read(name) for name in archive.namelist()}
            expected = [path for path in tree(site.folder, commit) if path.startswith(f"{doc['path']}/")]
            assert list(held) == sorted(expected)
            assert all(name.startswith(f"{doc['path']}/") for name in held)
            path = f"{doc['path']}/metadata.json"
            assert held[path] == git(site.folder, "show", f"{commit}:{path}").encode()


def test_a_zip_is_the_same_each_time(site: Site) -> None:
    commit, doc = git(site.folder, "rev-parse", "HEAD").strip(), manifest(site.folder)[0]["id"]
    assert site.get(f"/zip/{commit}/{doc}").body == site.get(f"/zip/{commit}/{doc}").body
    head = site.get(f"/zip/{commit}/{doc}", "HEAD")
    assert (head.status, head.body, head.headers["Content-Type"]) == (200, b"", "application/zip")


def test_a_day_leads_to_the_zip_of_the_last_sync_by_then(site: Site) -> None:
    doc = manifest(site.folder)[0]["id"]
    moved = site.get(f"/zip/9999-12-30/{doc}")
    head = git(site.folder, "rev-parse", "HEAD").strip()
    assert (moved.status, moved.headers["Location"]) == (302, f"/{KEY}/zip/{head}/{doc}")


def test_a_new_commit_is_seen_at_once(tmp_path: Path) -> None:
    world, clock, folder = World(), VirtualClock(), tmp_path / "mirror"
    plans = world.add_doc("Plans")
    plans.add_page("Notes", markdown="One.\n")
    with SimulatedCoda(world, clock=clock.now, limits=Limits.none()) as coda:
        mirror(coda, folder, clock)
        with served(folder) as site:
            before = site.get("/head").text
            assert git(folder, "rev-parse", "HEAD").strip() in before
            assert "Newer" not in site.get(f"/doc/{plans.id}").text
            clock.sleep(90_000)
            plans.add_page("Newer")
            mirror(coda, folder, clock)
            assert git(folder, "rev-parse", "HEAD").strip() in site.get("/head").text != before
            assert "Newer" in site.get(f"/doc/{plans.id}").text
            old = json.loads(before)["head"]
            assert "Newer" not in site.get(f"/doc/{plans.id}?at={old}").text
            assert site.said == []


def test_many_ask_at_once(site: Site) -> None:
    """More than are answered at once, for pages, files and zips."""
    commit, doc = git(site.folder, "rev-parse", "HEAD").strip(), manifest(site.folder)[0]
    paths = (
        "/",
        f"/doc/{doc['id']}",
        f"/at/{commit}/README.md",
        f"/zip/{commit}/{doc['id']}",
        "/head",
        "/search?q=belt",
    )
    statuses: list[int] = []

    def ask(path: str) -> None:
        statuses.append(site.get(path).status)

    asking = [threading.Thread(target=ask, args=[path]) for path in paths * 10]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert statuses == [200] * len(asking)


def test_a_failure_is_a_page_and_one_line(demonstration: Path) -> None:
    said: list[str] = []
    app = create_app(Browsed.open(demonstration, said.append), KEY, ["host"], said.append)

    def fail() -> str:
        raise RuntimeError(f"secret\nplace /{KEY}/x")

    app.add_url_rule("/fails", view_func=fail)
    said.clear()
    answer = app.test_client().get(f"/{KEY}/fails", headers={"Host": "host"})
    assert answer.status_code == 500
    assert b"secret" not in answer.data
    assert b"Traceback" not in answer.data
    assert answer.headers["Content-Security-Policy"] == OURS
    [line] = said
    assert line.startswith("GET /fails: RuntimeError: secret")
    assert "\n" not in line
    assert KEY not in line


def test_what_fails_while_it_is_sent_is_cut_off_and_told(demonstration: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    shutil.copytree(demonstration, folder)
    doc = manifest(folder)[0]
    commit = git(folder, "rev-parse", "HEAD").strip()
    lost = git(folder, "rev-parse", f"HEAD:{doc['path']}/metadata.json").strip()
    with served(folder) as site:
        for place in (folder / ".git/objects").rglob("*"):
            if place.is_file() and (place.suffix == ".pack" or place.name == lost[2:]):
                place.unlink()
        with pytest.raises(IncompleteRead):
            site.get(f"/zip/{commit}/{doc['id']}")
        [line] = site.said
        assert line.startswith(f"GET /zip/{commit}/{doc['id']}: DamagedRepository: ")
        assert KEY not in line


@pytest.mark.thinned(3)
@pytest.mark.parametrize("odd", ["a/b", "../x", "/", "a%2Fb", "a b?c#d", "\u00e9\n", "<b>'\""])
def test_whatever_an_id_is_it_has_an_address(odd: str, tmp_path: Path) -> None:
    world, clock, folder = World(), VirtualClock(), tmp_path / "mirror"
    doc = world.add_doc("Plans", id=odd)
    doc.add_page("Notes", id=f"{odd}-1", markdown="One.\n")
    doc.add_table("Tasks", [Column("Task")], [], id="t").add_row({"Task": "Ship it"}, id=odd)
    with SimulatedCoda(world, clock=clock.now, limits=Limits.none()) as coda:
        mirror(coda, folder, clock)
    with served(folder) as site:
        address = f"/doc/{quote(odd, safe='')}"
        assert f'href="/{KEY}{address}"' in site.get("/").text
        assert f'href="/{KEY}{address}/item/{quote(odd, safe="")}-1"' in site.get(address).text
        for inside in ("", f"/item/{quote(odd, safe='')}-1", f"/item/t/row/{quote(odd, safe='')}"):
            answer = site.get(address + inside)
            assert answer.status == 200, inside
            moved = site.get(f"{address}{inside}?at=9999-12-30")
            assert (moved.status, site.get(moved.headers["Location"], key="").status) == (302, 200)
        assert site.said == []
