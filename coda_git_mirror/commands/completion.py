"""What a shell completes with the Tab key: folders, and the docs that the mirror holds; at once and without a word."""

from __future__ import annotations

import json
import os
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from click.shell_completion import BashComplete, CompletionItem, ShellComplete, add_completion_class

from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.format import layout
from coda_git_mirror.settings import mirror_folder

VARIABLE = "_CODA_GIT_MIRROR_COMPLETE"
"""By click's convention: `bash_source` asks for the shell's own part, `bash_complete` for what may stand there."""
PROGRAM = "coda-git-mirror"
_LARGEST = 16 * 1024 * 1024
_UNBROKEN = frozenset(string.ascii_letters + string.digits + " -_.,/+%#~()[]?*")
"""Characters that bash neither takes a word apart at nor obeys within quotation marks, as are all beyond ASCII."""


_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' answer line
    COMPREPLY=()
    answer=$(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete "$1" 2>/dev/null)
    while read -r line; do
        case $line in
            dir,*) compopt -o dirnames 2>/dev/null ;;
            plain,*) COMPREPLY+=("${line#plain,}") ;;
        esac
    done <<<"$answer"
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null || complete -F %(complete_func)s %(prog_name)s
"""
"""Unlike click's own part it leaves backslashes alone, says no word, and runs in the old bash of macOS as well."""


class _Bash(BashComplete):
    source_template = _BASH

    def source(self) -> str:
        """Without asking bash for its version."""
        return ShellComplete.source(self)


def complete(commands: click.Group) -> int:
    """Answers the shell; whatever is wrong, it gets no answer rather than an error."""
    add_completion_class(_Bash, "bash")
    try:
        commands.main([], PROGRAM, VARIABLE, standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except Exception:
        return 0
    return 0


def complete_folders(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shell knows its folders best."""
    return [CompletionItem(incomplete, type="dir")]


def complete_docs(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The docs of the mirror by their names, or by their ids where one is begun or a name cannot stand there."""
    try:
        docs = list(_docs(mirror_folder(context.params.get("output"))))
    except Exception:
        return []
    return [CompletionItem(shown, help=name) for doc_id, name in docs if (shown := _offered(doc_id, name, incomplete))]


def _docs(folder: Path) -> Iterator[tuple[str, str]]:
    manifest = json.loads(read_small(folder / layout.MANIFEST, _LARGEST) or b"{}")
    for doc in manifest.get("docs", ()):
        if isinstance(doc.get("id"), str) and isinstance(doc.get("name"), str):
            yield doc["id"], doc["name"]


def _offered(doc_id: str, name: str, incomplete: str) -> str:
    """What to offer for a doc; empty where it does not begin as the word does."""
    word = _as_word(name)
    if word and name.startswith(incomplete):
        return word
    is_meant = incomplete and doc_id.startswith(incomplete)
    return doc_id if is_meant or (not word and name.startswith(incomplete)) else ""


def _as_word(name: str, environment: Mapping[str, Any] = os.environ) -> str:
    """The name as the shell may write it down; other shells than bash quote it themselves."""
    if not name.isprintable() or name != name.strip() or name.startswith("-") or not name:
        return ""
    if not environment.get(VARIABLE, "").startswith("bash"):
        return name
    if not all(character in _UNBROKEN or ord(character) > 127 for character in name):
        return ""
    return name if _is_quoted(environment) else re.sub(r"([^\w\-.,/+%])", r"\\\1", name)


def _is_quoted(environment: Mapping[str, Any]) -> bool:
    """Whether the word at the cursor begins with a quotation mark, which bash then closes."""
    words, place = environment.get("COMP_WORDS", "").split("\n"), environment.get("COMP_CWORD", "")
    return place.isdigit() and int(place) < len(words) and words[int(place)][:1] in ("'", '"')
