"""The pages for users and maintainers are true: what they cite is there, and the program is as they say."""

from __future__ import annotations

import ast
import io
import json
import re
import time
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from coda_git_mirror import errors
from coda_git_mirror.actions.sync.extras import EXTRAS
from coda_git_mirror.actions.sync.page_reasons import PageReason
from coda_git_mirror.changes.message import Scope, commit_message
from coda_git_mirror.cli import commands
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord, Totals
from coda_git_mirror.format.metadata import Metadata, metadata_document
from coda_git_mirror.model.changes import Changes
from coda_git_mirror.model.content import Doc
from coda_git_mirror.model.ledger import STATES, Problem
from coda_git_mirror.settings import Settings
from tests.benchmark.__main__ import MODULES
from tests.benchmark.table import HEADER
from tests.commands.program import run
from tests.commands.schemas import DIFF, DRY_RUN, LOG
from tests.commands.test_command_line import settings
from tests.conftest import Serve
from tests.support import PROJECT, small_account

PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted((PROJECT / "docs").glob("*.md"))}
MARKDOWN = sorted(path for folder in (PROJECT, PROJECT / "docs", PROJECT / "templates") for path in folder.glob("*.md"))
CODE = sorted(path for folder in ("coda_git_mirror", "tests") for path in (PROJECT / folder).rglob("*.py"))
HELP = re.compile(r"^\$ coda-git-mirror ([^\n]*--help)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HELP_BLOCKS = [block for path in MARKDOWN for block in HELP.findall(path.read_text(encoding="utf-8"))]

_CITED = re.compile(rf"(\()?(?<![\w/-])({'|'.join(re.escape(page) for page in PAGES)})(?=(?:, ([^()\[\]]*))?)")
_NUMBERED = re.compile(r"(law|rows?|rules?) (\d+(?:(?:, |,? and | to )\d+)*)\b")
_STRAY = re.compile(r"FACTS|mirror-format(?!\.md)|(?<!mirror-format\.md, )\blaws? \d|(?<!-)\bfaults? \d|README, \"")
_FENCED = re.compile(r"^( *)(`{3,})[^\n`]*\n.*?^\1\2`*$", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CLI = PAGES["cli.md"]


@cache
def headings(page: str) -> list[str]:
    return re.findall(r"^#{1,6} (.+?) *$", _FENCED.sub("", page), re.MULTILINE)


def section(page: str, heading: str) -> str:
    """What stands under a heading, to the next one of its level or above."""
    lines = iter(page.splitlines(keepends=True))
    level = next(len(line.split(" ")[0]) for line in lines if re.fullmatch(rf"#+ {re.escape(heading)}\n", line))
    found: list[str] = []
    is_code = False
    for line in lines:
        is_code ^= line.startswith("```")
        if not is_code and re.match(rf"#{{1,{level}}} ", line):
            break
        found.append(line)
    return "".join(found)


def table(text: str, number: int = 0) -> list[list[str]]:
    """The cells of one of the tables in a text, line by line, with its head but without the line below that."""
    head, _, *body = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)[number].splitlines()
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in (head, *body)]


def names_in(cells: list[list[str]], column: int = 0) -> list[str]:
    """The names in code of one column."""
    return [name for row in cells for name in re.findall(r"`([^`]+)`", row[column])]


@cache
def words_of(path: Path) -> list[str]:
    """What a file says with a citation in it: each docstring and run of comments, of a page all but its links.

    White space is folded.
    """
    source = path.read_text(encoding="utf-8")
    folded = " ".join(source.replace("#", "").split())
    if not (_CITED.search(folded) or _STRAY.search(folded)):
        return []
    if path.suffix != ".py":
        return [" ".join(_LINK.sub("", source).split())]
    nodes = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr))
    strings = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [" ".join(text.split()) for text in (*strings, *_comments(source))]


def _comments(source: str) -> Iterator[str]:
    run: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if run and token.start[0] != last + 1:
                yield " ".join(run)
                run.clear()
            run.append(token.string.lstrip("# "))
            last = token.start[0]
    yield " ".join(run)


def numbers(text: str) -> set[int]:
    """The numbers of `9 to 11`, and of `3, 4 and 7`."""
    spans = re.finditer(r"(\d+)(?: to (\d+))?", text)
    return {number for span in spans for number in range(int(span[1]), int(span[2] or span[1]) + 1)}


def numbered(page: str) -> set[int]:
    """The numbers of the items in a page's lists."""
    return {int(number) for number in re.findall(r"^(\d+)\. ", page, re.MULTILINE)}


NUMBERED = {
    "law": numbered(section(PAGES["mirror-format.md"], "Laws")),
    "row": numbered(PAGES["faults.md"]),
    "rule": numbered(PAGES["into-coda.md"]),
}
PAGE_OF = {"law": "mirror-format.md", "row": "faults.md", "rule": "into-coda.md"}


def wrong_citations(text: str) -> Iterator[str]:
    """What a text cites that is not there, or cites in another form than `NAME.md, PLACE`."""
    yield from (f"…{text[max(0, it.start() - 20) : it.end() + 20]}…" for it in _STRAY.finditer(text))
    for bracket, page, place in _CITED.findall(text):
        number = _NUMBERED.match(place)
        if number:
            kind = number[1].rstrip("s")
            if PAGE_OF[kind] != page or not numbers(number[2]) <= NUMBERED[kind]:
                yield f"{page}, {number[0]}"
        elif place and not any(re.match(rf"{re.escape(name)}(?!\w)", place) for name in headings(PAGES[page])):
            yield f"{page}, {place[:40]}"
        elif bracket and not place:
            yield f"({page} without a place"


def test_what_is_cited_is_there() -> None:
    wrong = {
        path.relative_to(PROJECT).as_posix(): found
        for path in (*CODE, *MARKDOWN)
        if (found := [each for text in words_of(path) for each in wrong_citations(text)])
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("(coda-api.md, Freshness)", False),
        ("(coda-api.md, HTML in detail; mirror-format.md, law 7)", False),
        ("faults.md, rows 9 to 11, 14 and 17: what", False),
        ("stands in coda-api.md.", False),
        ("(coda-api.md, Rows; coda-api.md, Columns)", True),
        ("(coda-api.md)", True),
        ("(coda-api.md, Fresh)", True),
        ("(into-coda.md, rules 9 to 11)", False),
        ("(into-coda.md, rule 99)", True),
        ("(mirror-format.md, law 99)", True),
        ("(faults.md, rows 9 to 999)", True),
        ("(cli.md, law 7)", True),
        ("(law 7)", True),
        ("(faults 9, 10)", True),
    ],
)
def test_wrong_citations_are_found(text: str, wrong: bool) -> None:
    assert bool(list(wrong_citations(text))) == wrong


def test_every_fault_is_named_by_a_test_or_said_not_to_be() -> None:
    cited = (
        place for path in CODE for text in words_of(path) for place in re.findall(r"faults\.md, rows? [^()]*", text)
    )
    left = re.search(r"no\s+test names yet: ([^.]*)\.", PAGES["faults.md"])
    named = {number for place in cited for number in numbers(place)}
    assert NUMBERED["row"] - named == (numbers(left[1]) if left else set())


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_relative_links_lead_to_files_and_headings(path: Path) -> None:
    for link in _LINK.findall(_CODE_SPAN.sub("", _FENCED.sub("", path.read_text(encoding="utf-8")))):
        place, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = path.parent / place if place else path
        assert target.is_file(), link
        if anchor:
            assert anchor in map(_anchor, headings(target.read_text(encoding="utf-8"))), link


def _anchor(heading: str) -> str:
    """What git hosts make of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_nothing_of_ours_names_what_is_not_in_the_repository() -> None:
    for path in MARKDOWN:
        assert "../shared" not in path.read_text(encoding="utf-8"), path


def command(name: str) -> click.Command:
    found = commands.get_command(click.Context(commands), name)
    assert found is not None
    return found


COMMANDS = commands.list_commands(click.Context(commands))
_WITH_OPTION = re.compile(rf"(?:`|coda-git-mirror )({'|'.join(COMMANDS)}) (--[a-z-]+)")
FOUND_BY_READING = {
    PageReason.TABLE_CHANGED,
    PageReason.TABLE_MAY_SHOW,
    PageReason.TABLE_MOVED,
    PageReason.VALUE_CHANGED,
    PageReason.RENAMED,
}
"""The reasons that no dry run can know."""
OF_ANY_COMMAND = {errors.EXIT_USAGE, errors.EXIT_INTERRUPTED, errors.EXIT_TERMINATED}


@pytest.mark.parametrize(("arguments", "shown"), HELP_BLOCKS, ids=[block[0] for block in HELP_BLOCKS])
def test_a_help_text_is_the_program_s(arguments: str, shown: str) -> None:
    answer = CliRunner().invoke(commands, arguments.split(), prog_name="coda-git-mirror", terminal_width=100)
    assert shown == answer.output


def test_every_command_is_described_and_no_other() -> None:
    assert [name for name, _ in HELP.findall(CLI)] == ["--help", *(f"{name} --help" for name in COMMANDS)]
    assert headings(section(CLI, "Commands")) == COMMANDS
    assert names_in(table(section(CLI, "Exit codes"), 1)) == COMMANDS


def options(name: str) -> set[str]:
    """The long options of a command."""
    named = (option for it in command(name).params for option in (*it.opts, *it.secondary_opts))
    return {"--help", *(option for option in named if option.startswith("--"))}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_that_are_described_are_the_command_s(name: str) -> None:
    own_words = _WITH_OPTION.sub("", section(CLI, name))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", own_words)) == options(name)


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_options_that_follow_a_command_are_its_own(path: Path) -> None:
    for name, option in _WITH_OPTION.findall(path.read_text(encoding="utf-8")):
        assert option in options(name), f"{name} {option}"


def test_the_exit_codes_are_the_program_s() -> None:
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert {int(row[0]) for row in table(section(CLI, "Exit codes"))[1:]} == codes


def test_each_command_ends_with_the_codes_that_its_help_names() -> None:
    head, *rows = table(section(CLI, "Exit codes"), 1)
    checked = []
    for [quoted, *marks] in rows:
        name = quoted.strip("`")
        told = re.search(r"Exit codes: (.*)", " ".join((command(name).help or "").split()))
        if told:
            checked.append(name)
            named = {int(code) for code in re.findall(r"(?:^|, )(\d+) ", told[1])} - OF_ANY_COMMAND
            assert {int(code) for code, mark in zip(head[1:], marks, strict=True) if mark} == named, name
    assert {"push", "restore", "sync", "verify"} <= set(checked)


def test_the_environment_is_what_the_program_reads() -> None:
    sources = (path.read_text(encoding="utf-8") for path in (PROJECT / "coda_git_mirror").rglob("*.py"))
    read = {name for source in sources for name in re.findall(r"\"((?:CODA_[A-Z_]+|NO_COLOR))\"", source)}
    assert set(re.findall(r"CODA_[A-Z_]+|NO_COLOR", section(CLI, "Environment"))) == read


def test_the_settings_are_the_program_s_and_the_template_s() -> None:
    rows = table(section(CLI, "Settings"))[1:]
    told = tomllib.loads("\n".join(f"{row[0]} = {row[1]}".replace("`", "") for row in rows))
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(Settings()).items()}
    assert told == given
    template = (PROJECT / "templates/coda-mirror.toml").read_text(encoding="utf-8")
    assert tomllib.loads("\n".join(re.findall(r"^# (\w+ = .*)$", template, re.MULTILINE))) == given


def examples(name: str) -> list[Any]:
    """The JSON objects that are shown of a command."""
    return [
        json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", section(CLI, name), re.MULTILINE | re.DOTALL)
    ]


@pytest.mark.parametrize(("name", "schema"), [("diff", DIFF), ("log", LOG), ("sync", DRY_RUN)])
def test_objects_are_shown_as_their_schemas_have_them(name: str, schema: dict[str, Any]) -> None:
    Draft202012Validator(schema).validate(examples(name)[-1])


def test_the_reasons_for_pages_are_described() -> None:
    told = section(CLI, "sync")
    assert {reason for reason in PageReason if f"`{reason}`" not in told} == FOUND_BY_READING


def test_the_other_objects_are_what_the_commands_print(serve: Serve, tmp_path: Path) -> None:
    coda = serve(small_account(), clock=time.monotonic)
    coda.on("POST", r"/export$").answer(400, {"statusCode": 400, "statusMessage": "Bad Request", "message": "No."})

    def printed(*arguments: str) -> Any:
        return json.loads(run(*arguments, "--json", cwd=tmp_path, **settings(coda)).stdout)

    synced, foretold = examples("sync")
    require_alike(foretold, printed("sync", "--dry-run"))
    require_alike(synced, printed("sync"))
    (tmp_path / "coda-backups/docs/plans/README.md").write_text("mine\n")
    require_alike(examples("status")[0], printed("status", "--remote"))
    require_alike(examples("verify")[0], printed("verify"))


def require_alike(shown: Any, printed: Any) -> None:
    """The same members all the way down; of lists the first items count, and null may stand for anything."""
    if shown is None or printed is None:
        return
    assert isinstance(printed, int | float) == isinstance(shown, int | float), (shown, printed)
    if isinstance(shown, dict):
        assert shown.keys() == printed.keys()
        for name, value in shown.items():
            require_alike(value, printed[name])
    elif isinstance(shown, list) and shown and printed:
        require_alike(shown[0], printed[0])


def test_the_manifest_and_its_ledger_are_described() -> None:
    page = PAGES["mirror-format.md"]
    ledger = section(page, "The ledger")
    assert set(names_in(table(ledger))) == {field.name for field in fields(Problem)}
    assert {row[0].strip("`") for row in table(ledger, 1)[1:]} == set(STATES)
    manifest = section(page, "The manifest")
    for record in (DocRecord, Totals):
        assert {field.name for field in fields(record)} <= set(re.findall(r"`(\w+)`", manifest))


def test_the_metadata_of_a_doc_is_described() -> None:
    written = json.loads(metadata_document(Metadata(Doc("d-1", "Plans"), (), {}, ())))
    assert set(names_in(table(section(PAGES["mirror-format.md"], "metadata.json"))[1:])) == {*written, *EXTRAS}


def test_the_lines_of_a_commit_that_programs_read_are_described() -> None:
    told = section(PAGES["mirror-format.md"], "The commit")
    scope = Scope(is_partial=True, unsettled=frozenset({"d-1"}))
    subject, partial, unsettled, trailers = commit_message(Changes(), Totals(), False, scope).rstrip("\n").split("\n\n")
    assert f"`{subject.partition(': ')[0]} …`" in told
    assert f"`{partial}`" in told
    assert f"`{unsettled.removesuffix('d-1')}`" in told
    assert re.findall(r"`(Coda-\w+:)`", told) == [line.partition(" ")[0] for line in trailers.splitlines()]


def test_the_tree_has_every_file() -> None:
    tree = section(PAGES["mirror-format.md"], "The tree")
    rooms = {f"{name}/" for name in (layout.DOCS, layout.PAGES, layout.TABLES, layout.VIEWS, layout.ASSETS)}
    files = {*layout.ROOT_TEMPLATES, layout.MANIFEST, layout.METADATA, layout.CHECKSUMS, "backup_log.txt"}
    assert {name for name in files | rooms if name not in tree} == set()


def test_every_room_of_the_package_is_explained() -> None:
    rooms = {path.name for path in (PROJECT / "coda_git_mirror").iterdir() if (path / "__init__.py").is_file()}
    assert {room for room in rooms if f"`{room}/`" not in section(PAGES["architecture.md"], "Rooms")} == set()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[<>=~]", requirement)[0] for requirement in project["dependencies"]}
    assert needed - set(re.findall(r"`([\w-]+)`", section(PAGES["architecture.md"], "Dependencies"))) == set()


def test_modules_that_are_named_exist() -> None:
    page = PAGES["architecture.md"] + PAGES["engineering.md"]
    named = set(re.findall(r"`((?:[\w]+/)*\w+\.py)`", page))
    present = [path.relative_to(PROJECT).as_posix() for path in CODE]
    assert {name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in present)} == set()


def test_the_benchmark_s_rows_are_those_that_can_be_named() -> None:
    page = PAGES["benchmark.md"]
    told = re.search(r"rows that can be named: ([^.]*)\.", page)
    assert told is not None
    assert re.findall(r"`([\w-]+)`", told[1]) == [name for module in MODULES for name in module.benchmarks(False)]
    assert HEADER in page
