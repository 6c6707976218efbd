"""Who may import whom: data flows one way, and each library has one room (architecture.md, Rooms)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import PROJECT

PACKAGE = "coda_git_mirror"
FLOOR = {"clock", "errors", "model", "progress", "redact", PACKAGE}
MAY_IMPORT = {
    "errors": set(),
    "redact": set(),
    "progress": {"model"},
    "clock": set(),
    "templates": set(),
    "model": {"model"},
    "format": {*FLOOR, "format"},
    "changes": {*FLOOR, "format", "changes"},
    "coda": {*FLOOR, "coda"},
    "mirror": {*FLOOR, "format", "mirror"},
    "actions": {*FLOOR, "format", "changes", "mirror", "templates", "actions"},
    "settings": {*FLOOR, "format"},
    "credentials": {*FLOOR},
    "ui": {*FLOOR, "format", "changes", "actions", "ui"},
    "demo": {"demo"},
}
ONLY_IN = {"requests": {"coda"}, "urllib3": {"coda"}, "git": {"mirror"}, "click": {"commands", "ui", "cli"}}
MODULES = sorted((PROJECT / PACKAGE).rglob("*.py"))


def _imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [alias.name for alias in node.names] if node.module == PACKAGE else [""]
            yield from (f"{node.module}.{name}".rstrip(".") for name in names)


def _room(module: Path) -> str:
    return module.relative_to(PROJECT / PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PROJECT)))
def test_a_room_imports_only_what_its_doors_allow(module: Path) -> None:
    room = _room(module)
    for name in _imports(module):
        top, *rest = name.split(".")
        if top == PACKAGE and room in MAY_IMPORT:
            target = rest[0] if rest and not rest[0].startswith("__") else PACKAGE
            assert target in MAY_IMPORT[room], f"{room} may not import {target}"
        assert room in ONLY_IN.get(top, {room}), f"{top} is the business of {ONLY_IN.get(top)}, not of {room}"


def test_every_command_asks_coda_by_one_wiring() -> None:
    """The settings of a mirror, such as its share of the rate limits, hold for each verb."""
    asking = [path for path in (PROJECT / PACKAGE / "commands").glob("*.py") if "coda_source(" in path.read_text()]
    assert {path.name for path in asking} == {"wiring.py", "demo.py"}, "the demonstration has an account of its own"
