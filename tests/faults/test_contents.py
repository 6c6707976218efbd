"""faults.md, rows 28 and 30: hostile names, ids and cells, through a whole sync."""

from __future__ import annotations

import csv
import io
import json
import random
from typing import Any

from coda_git_mirror.demo.cells import Bare, HiddenReference, Markdown, Money, Omitted, Person, WebLink
from coda_git_mirror.demo.server import PageSizes
from coda_git_mirror.demo.world import Column, Table
from tests.faults.conftest import Begin
from tests.faults.trial import Trial
from tests.format.strategies import HOSTILE_NAMES
from tests.support import files, git, require_sound

ALPHABET = ' .-_/\\:*?"<>|%~\t\n\0\r\x1b\u202e\u200d\ufeffaAbBßéÉe\u0301\u0130\u0131漢🎉\ud800CONnul0'
HOSTILE_IDS = ("-rf", "--upload-pack=x", "--", "abc", "ABC", "Abc", "aBC", "-abc", "_abc", "abc-", "abc_", "i-i", "I-i")


def generated_names(number: int) -> list[str]:
    """Names of the letters that file systems, git and shells stumble over; the same ones each time."""
    chance = random.Random(28)
    return ["".join(chance.choices(ALPHABET, k=chance.choice((0, 1, 2, 5, 12, 90)))) for _ in range(number)]


def test_28_a_thousand_hostile_names_and_ids_make_lawful_files(begin: Begin) -> None:
    trial = begin(page_sizes=PageSizes())
    trial.edit()
    names = [*HOSTILE_NAMES, *generated_names(1_000)]
    crowd = trial.world.add_doc("-crowd")
    table = crowd.add_table("--output=x", [Column("Name")], id="--table")
    for number, name in enumerate(names):
        table.add_row({"Name": name}, id=f"-{number}")
        if number % 40 == 0:
            crowd.add_table(name, [Column(name)], [{name: name}])
    for name in names[::8]:
        crowd.add_page(name, next(crowd.pages(), None), content_type="embed")
    for item in HOSTILE_IDS:
        crowd.add_page("Same name", markdown=f"Page {item}.\n", id=f"canvas-{item}")
        crowd.add_table("Same name", [Column("A")], [{"A": item}], id=item)
        trial.world.add_doc("Same name", id=f"{item}__").add_page("Notes", markdown=f"Doc {item}.\n")
    trial.synced()
    require_sound(trial.folder)
    tree = files(trial.folder)
    assert len({path.casefold() for path in tree}) == len(tree)
    pages = [content for path, content in tree.items() if path.endswith(".md")]
    for item in HOSTILE_IDS:
        assert sum(f"Page {item}.\n".encode() in content for content in pages) == 1, item
        assert sum(f"Doc {item}.\n".encode() in content for content in pages) == 1, item
    assert sum(path.startswith("docs/crowd/tables/") for path in tree) == 3 * len(crowd.tables)
    assert git(trial.folder, "ls-files", "--others", "--exclude=backup_log.txt") == ""
    trial.check()


CELLS: dict[str, list[Any]] = {
    "text": ["", " ", "a\tb", "a\rb", "a\r\nb", "a\nb", "a\0b", '"', '""', "'", ",", ";", "\\", "\ud800", "\ufeffx",
             "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "`tick`", "```fence```", "e\u0301", "🎉"],
    "number": [0, -0.0, 1e-7, 1e300, 5e-324, 0.1, 10**30 - 1, -(10**29), True, False, None],
    "rich": [Markdown("**bold** [x](y)"), Bare("2026-03-02T08:00:00.000-08:00"), Bare("1899-12-30T09:00:00.000"),
             Money(12.5), Money(""), Money("1e3"), Person("Ada", "ada@x.example"), Person("", None),
             WebLink("https://x", ""),
             HiddenReference("Global-External-Connections", "i-1", "Name,\n\"quoted\""), Omitted()],
    "lists": [[], [[]], [[1, [2, ["three", None]]], "four"], ["a,b", "c\nd"], [Person("Ada"), [Money(1)]], [""],
              [[""], [None]]],
}  # fmt: skip


A_MEGABYTE = "x" * 1_000_000


def awkward_table(trial: Trial) -> Table:
    """A column of each type that says something else than what its cells hold, and two of one name."""
    kinds = ["text", "number", "date", "checkbox", "person", "lookup", "currency"]
    columns = [Column(f"As {kind}", kind) for kind in kinds]
    table = trial.plans.add_table("Awkward", [*columns, Column("As text"), Column('Quoted "name",\nof two lines')])
    for values in CELLS.values():
        for value in values:
            table.add_row({column.name: value for column in table.columns})
    table.add_row({"As text": A_MEGABYTE})
    return table


def test_30_awkward_cells_are_lossless_as_jsonl_and_parse_back_as_csv(begin: Begin) -> None:
    trial = begin(page_sizes=PageSizes())
    trial.edit()
    table = awkward_table(trial)
    served: dict[str, dict[str, Any]] = {}

    def remember(page: dict[str, Any]) -> None:
        served.update({row["id"]: row["values"] for row in page["items"]})

    trial.coda.on("GET", f"/tables/{table.id}/rows$").mutate(remember)
    trial.synced()
    tree = files(trial.folder)
    lines = tree["docs/plans/tables/awkward.jsonl"].split(b"\n")[:-1]
    stored = {row["id"]: row["values"] for row in map(json.loads, lines)}
    assert _exact(stored) == _exact(served)
    assert len(stored) == sum(map(len, CELLS.values())) + 1
    csv.field_size_limit(2_000_000)
    rows = list(csv.reader(io.StringIO(tree["docs/plans/tables/awkward.csv"].decode(), newline="")))
    assert len({*rows[0]}) == len(table.columns) + 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert [row[-1] for row in rows[1:]] == list(stored)
    *shown, largest = [row[0] for row in rows[1:]]
    assert largest == A_MEGABYTE
    for value, cell in zip([each for values in CELLS.values() for each in values], shown, strict=True):
        if isinstance(value, str) and not set(value) & set("\r\0\ud800\ufeff"):
            assert cell == value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            assert "e" not in cell
            assert type(value)(cell) == value
    trial.check()


def _exact(values: Any) -> str:
    """With the difference between 0, -0.0, 1 and true, and every lone surrogate."""
    return json.dumps(values, sort_keys=True)
