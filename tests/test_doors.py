"""The doors: who may import whom, who starts processes, writes files, speaks HTTP (architecture.md, Rooms)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import PROJECT

PACKAGE = "coda_git_mirror"
FLOOR = {"clock", "errors", "model", "outcome", "progress", "redact", "turns", PACKAGE}
MAY_IMPORT = {
    "errors": set(),
    "redact": set(),
    "progress": {"model"},
    "clock": {"errors"},
    "outcome": {"clock", "errors", "format", "redact"},
    "templates": set(),
    "gc_tuning": set(),
    "turns": set(),
    "model": {"model"},
    "format": {*FLOOR, "format"},
    "changes": {*FLOOR, "format", "changes"},
    "coda": {*FLOOR, "coda"},
    "disk": {*FLOOR, "disk"},
    "system": {*FLOOR},
    "git": {*FLOOR, "disk", "git"},
    "state": {*FLOOR, "disk", "git", "state"},
    "remote": {*FLOOR, "format", "disk", "git", "remote"},
    "mirror": {*FLOOR, "format", "disk", "git", "state", "mirror"},
    "index": {*FLOOR, "format", "changes", "disk", "git", "mirror", "index"},
    "sql": {*FLOOR, "format", "changes", "disk", "git", "mirror", "sql"},
    "actions": {
        *FLOOR,
        "format",
        "changes",
        "disk",
        "git",
        "state",
        "remote",
        "mirror",
        "templates",
        "system",
        "index",
        "sql",
        "actions",
    },
    "web": {*FLOOR, "format", "changes", "templates", "index", "actions", "web"},
    "durations": {*FLOOR},
    "heartbeat": {*FLOOR},
    "user_config": {*FLOOR, "disk"},
    "settings": {*FLOOR, "disk", "format", "user_config"},
    "credentials": {*FLOOR, "disk", "keychain"},
    "keychain": {*FLOOR},
    "ui": {*FLOOR, "format", "changes", "actions", "ui"},
    "demo": {"demo"},
}
"""Above them all are `commands`, `cli` and `__main__`, which may import what they like."""
ONLY_IN = {
    "keyring": {"keychain"},
    "requests": {"coda", "heartbeat"},
    "urllib3": {"coda"},
    "click": {"commands", "ui", "cli", "user_config"},
    "git": {"git/launcher.py"},
    "subprocess": {"git/launcher.py", "system/programs.py"},
    "multiprocessing": set[str](),
    "socket": {"coda", "demo"},
    "http": {"coda", "demo"},
    "tempfile": {"disk"},
    "sqlite3": {"index", "sql"},
    "flask": {"web"},
    "werkzeug": {"web"},
    "jinja2": {"web"},
    "markupsafe": {"web"},
    "waitress": {"web"},
    "nh3": {"web"},
    "markdown_it": {"web"},
}
"""Libraries by the rooms, or the single modules, whose business they are."""
MODULES = sorted((PROJECT / PACKAGE).rglob("*.py"))
LONGEST_FUNCTION, LONGEST_OF_MOST, LONGEST_MODULE = 60, 15, 300


def _imports(module: Path, at_run_time: bool = False) -> Iterator[str]:
    tree = _parsed(module)
    if at_run_time:
        tree.body = [node for node in tree.body if not ast.unparse(node).startswith("if TYPE_CHECKING:")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [alias.name for alias in node.names] if node.module == PACKAGE else [""]
            yield from (f"{node.module}.{name}".rstrip(".") for name in names)


def _parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def _place(module: Path) -> str:
    return module.relative_to(PROJECT / PACKAGE).as_posix()


def _room(module: Path) -> str:
    return _place(module).split("/")[0].removesuffix(".py")


def test_the_table_knows_every_room() -> None:
    assert {_room(module) for module in MODULES} - MAY_IMPORT.keys() == {"__init__", "__main__", "cli", "commands"}


@pytest.mark.parametrize("module", MODULES, ids=_place)
def test_a_room_imports_only_what_its_doors_allow(module: Path) -> None:
    room = _room(module)
    for name in _imports(module):
        top, *rest = name.split(".")
        if top == PACKAGE and room in MAY_IMPORT:
            target = rest[0] if rest and not rest[0].startswith("__") else PACKAGE
            assert target in MAY_IMPORT[room], f"{room} may not import {target}"
        allowed = ONLY_IN.get(top, {room})
        assert not allowed.isdisjoint({room, _place(module)}), f"{top} is the business of {allowed}, not of {room}"


def test_no_module_needs_itself_to_be_imported() -> None:
    """What is imported at run time makes no circle; what is imported for the type checker alone may."""
    names = {".".join(module.relative_to(PROJECT).with_suffix("").parts): module for module in MODULES}
    needs = {name: {other for other in _imports(module, True) if other in names} for name, module in names.items()}
    while free := {name for name, others in needs.items() if not others}:
        needs = {name: others - free for name, others in needs.items() if name not in free}
    assert needs == {}


def _writes_a_file(call: ast.Call) -> bool:
    """`open` in a mode that writes, `os.open` with a flag that does, and the methods that say so."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    text = ast.unparse(call)
    if name in ("write_bytes", "write_text", "touch", "copyfile", "mkstemp"):
        return True
    return (
        name == "open"
        and re.search(r"""\(?['"](?=[rwxab+t]*[wxa+])[rwxab+t]+['"]|O_WRONLY|O_CREAT""", text) is not None
    )


def _starts_a_process(call: ast.Call) -> bool:
    return (
        re.match(r"(os\.(exec|spawn|posix_spawn|fork|system|popen)|subprocess\.|Git\()", ast.unparse(call)) is not None
    )


def _makes_a_git_command(call: ast.Call) -> bool:
    return ast.unparse(call.func) == "GitCommand"


@pytest.mark.parametrize(
    ("does", "doors"),
    [
        (_writes_a_file, {"disk/atomic.py", "disk/files.py"}),
        (_starts_a_process, {"git/launcher.py", "system/programs.py"}),
        (_makes_a_git_command, {"git/command.py", "git/repository.py"}),
    ],
)
def test_some_things_are_done_behind_one_door(does: Callable[[ast.Call], bool], doors: set[str]) -> None:
    calls = ((module, node) for module in MODULES for node in ast.walk(_parsed(module)) if isinstance(node, ast.Call))
    doing = {_place(module) for module, call in calls if does(call)}
    assert doing <= doors
    assert doing, "the test would see it if nothing did"


def test_a_file_opened_for_writing_is_recognised() -> None:
    def seen(source: str) -> bool:
        return any(_writes_a_file(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))

    assert all(map(seen, ["open(p, 'w')", "p.open('wb')", "p.open(mode='r+')", "os.open(p, os.O_CREAT)", "p.touch()"]))
    assert not any(map(seen, ["open(p)", "p.open('rb')", "p.open(encoding='utf-8')", "os.open(p, os.O_RDONLY)"]))


def _functions() -> Iterator[tuple[str, int]]:
    for module in MODULES:
        for node in ast.walk(_parsed(module)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{_place(module)}: {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def test_nothing_is_longer_than_anybody_reads() -> None:
    """Functions, nine in ten of them, and modules."""
    lengths = dict(_functions())
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
    assert sorted(lengths.values())[len(lengths) * 9 // 10] <= LONGEST_OF_MOST
    modules = {_place(module): len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES}
    assert {name: length for name, length in modules.items() if length > LONGEST_MODULE} == {}


def test_every_command_asks_coda_by_one_wiring() -> None:
    """The settings of a mirror, such as its share of the rate limits, hold for each verb."""
    asking = [path for path in (PROJECT / PACKAGE / "commands").glob("*.py") if "coda_source(" in path.read_text()]
    assert {path.name for path in asking} == {"wiring.py", "demo.py"}, "the demonstration has an account of its own"
