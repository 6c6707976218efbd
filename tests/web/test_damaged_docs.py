"""A doc whose metadata is damaged takes nothing else with it (browse.md, browse; faults.md, row 129)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.program import run
from tests.sql.made import MadeDoc, MadeTable, column, commit_states, mirror_files
from tests.support import git
from tests.web.sites import KEY, served

METADATA = "docs/shop/metadata.json"
PLANS = MadeDoc("Plans", [], [], {"Notes": "Text.\n"})
SHOP = MadeDoc("Shop", [MadeTable("Parts", [column("Part")], [{"c-Part": "Bell"}])])


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sound, damaged, and damaged beside a sync of another doc."""
    good = mirror_files([PLANS, SHOP])
    bad = {**good, METADATA: b'{"doc": {}}\n'}
    later = {**bad, "docs/plans/pages/notes.md": b"---\nid: p-Notes\n---\n\nOther text.\n"}
    return commit_states(tmp_path_factory.mktemp("damaged") / "mirror", [good, bad, later])


def test_only_the_doc_itself_cannot_be_shown(damaged: Path) -> None:
    first, second, third = git(damaged, "rev-list", "--reverse", "HEAD").split()
    with served(damaged) as site:
        for path in ("/", "/doc/d-Plans", "/doc/d-Plans/item/p-Notes", "/search?q=bell", f"/doc/d-Shop?at={first}"):
            assert site.get(path).status == 200, path
        for path in ("/doc/d-Shop", "/doc/d-Shop/item/t-Parts"):
            answer = site.get(path)
            assert answer.status == 500
            assert f"{METADATA} is missing or damaged in the mirror&#39;s last commit; bring it back" in answer.text
            assert f'href="/{KEY}{path}?at={first}"' in answer.text
        then = site.get(f"/doc/d-Shop?at={second}&format=json")
        assert then.status == 500
        assert f"{METADATA} is missing or damaged in the revision {second[:10]}" in then.text
        assert site.get(f"/diff/{second}..{third}?doc=d-Plans").status == 200
        compared = site.get(f"/diff/{first}..{third}")
        assert compared.status == 200
        assert "Other text." in compared.text
        assert f"is left out: {METADATA} is damaged in a revision" in compared.text
        assert site.get(f"/diff/{first}..{third}?doc=d-Shop").status == 500
        assert all(METADATA in line for line in site.said)


def test_an_export_says_what_it_lacks(damaged: Path, tmp_path: Path) -> None:
    answer = run("browse", "--export", str(tmp_path / "site"), "-o", str(damaged), cwd=tmp_path)
    assert answer.returncode == 3
    assert METADATA in answer.stderr
    assert all(line.startswith("Left out: ") for line in answer.stderr.splitlines())
    assert "Plans" in (tmp_path / "site/index.html").read_text()


def test_a_comparison_leaves_out_a_doc_of_which_a_table_is_damaged(tmp_path: Path) -> None:
    rows, notes = "docs/shop/tables/parts.jsonl", "docs/plans/pages/notes.md"
    good = mirror_files([PLANS, SHOP])
    bad = {**good, rows: b"no row\n", notes: b"---\nid: p-Notes\n---\n\nOther text.\n"}
    folder = commit_states(tmp_path / "mirror", [good, bad])
    first, second = git(folder, "rev-list", "--reverse", "HEAD").split()
    with served(folder) as site:
        compared = site.get(f"/diff/{first}..{second}")
        assert compared.status == 200
        assert "Other text." in compared.text
        assert f"is left out: {rows} is damaged in a revision" in compared.text
        assert site.get(f"/diff/{first}..{second}?doc=d-Shop").status == 500
