"""faults.md, rows 55 and 56: tracked files and caches of a wrong shape, over every command that reads them.

A case is a kind of file, the keys that lead to a field of it, and what stands there instead: one of each is tried. For
files spoilt as a whole all commands are, for fields those that read such files. What the program's own readers take
for damage is tried once for each field, and what they pass over many fields at a time: where that is not well, ever
fewer of them. `HYPOTHESIS_PROFILE=slow` tries all cases, in half an hour, otherwise a few, the same on every run.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from subprocess import CompletedProcess
from typing import Any

import pytest

from coda_git_mirror.errors import EXIT_DONE, EXIT_FAILED, EXIT_PARTIAL, EXIT_USAGE
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.manifest import NewerFormat, parse_manifest
from coda_git_mirror.format.metadata import parse_metadata
from coda_git_mirror.format.tables import parse_row, stored_columns, view_row_ids
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.git.soundness import require_sound
from coda_git_mirror.remote.privacy import CheckedRemotes
from coda_git_mirror.state.fetched import fetched_files
from coda_git_mirror.state.journal import Journal, Step
from coda_git_mirror.state.known_pace import KnownPace
from coda_git_mirror.state.known_token import KnownToken
from coda_git_mirror.state.notes import write_left_out
from tests.commands.program import run
from tests.commands.test_command_line import settings
from tests.laws.odd_account import OddAccount
from tests.odd_answers import ODD, FieldPath, at, fields, spoiler
from tests.support import commit_by_hand, files, git

_SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
_ONE_IN = 1 if _SLOW else 127
_CHUNKS = 40 if _SLOW else 1
_CACHES_ONE_IN = 1 if _SLOW else 29
WHOLE: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"",
    "null": b"null\n",
    "a text": b'"odd"\n',
    "a number": b"7\n",
    "a list": b"[]\n",
    "an object": b"{}\n",
    "a list of nulls": b"[null, 7, {}, []]\n",
    "not a number": b"NaN\n",
    "deep lists": b"[" * 5_000,
    "deep and closed": b"[" * 900 + b"]" * 900 + b"\n",
    "deep objects": b'{"id":' * 5_000,
    "5,000 digits": b"9" * 5_000 + b"\n",
    "no UTF-8": b"\xff\xfe{}\n",
    "not closed": b'{"id": "',
}
"""What may stand in place of a whole file, by manner."""
TOML: dict[str, bytes] = {
    **{manner: content for manner, content in WHOLE.items() if content is not None},
    "deep": b"docs = " + b"[" * 5_000,
    "digits": b"max_asset_mb = " + b"9" * 5_000,
    "large": b"# " + b"x" * 2_000_000 + b"\n",
    **{f"{name} = {odd}": f"{name} = {odd}\n".encode()
       for name in ("docs", "exclude", "formats", "max_asset_mb", "max_table_mb", "lfs", "refresh_days", "no_setting")
       for odd in ("7", '""', "[[]]", "{}", "inf", "nan", "-1", "1979-05-27", "[1]")},
}  # fmt: skip
_MANNERS = (
    "missing", "null", "number", "no number", "truth", "text", "list", "list of odd", "too deep", "object",
    "huge text", "huge number", "surrogate",
)  # fmt: skip
MANNERS = {**{name: ODD[name] for name in _MANNERS}, "a way out": "../x", "git's own": ".git/config", "less": -1}
LOOKS = (
    "status --json", "verify", "diff HEAD~1 HEAD", "diff HEAD", "log", "log Plans", "log Plans Tasks Sell Hours",
    "log Nothing", "log i-unknown", "restore --doc Travel", "restore", "sync --dry-run",
)  # fmt: skip
"""Every command that looks at a mirror."""
_ALWAYS = frozenset({"status --json", "verify", "diff HEAD~1 HEAD", "sync --dry-run"})
READ_BY = {
    "backup_manifest.json": frozenset(LOOKS),
    "coda-mirror.toml": frozenset({"status --json", "sync --dry-run"}),
    "SHA256SUMS": _ALWAYS,
    "metadata.json": _ALWAYS | {"log Nothing", "log i-unknown"},
    "tables/*.csv": _ALWAYS | {"log Plans"},
    "tables/*.json": _ALWAYS | {"log Plans", "log Plans Tasks Sell Hours"},
    "tables/*.jsonl": _ALWAYS | {"log Plans", "log Plans Tasks Sell Hours"},
    "views/*.csv": _ALWAYS | {"log Plans"},
    "views/*.json": _ALWAYS | {"log Plans"},
}
"""By kind of file, what says something else where one is spoilt; a sync reads them all."""
READERS: dict[str, Callable[[bytes], object]] = {
    "backup_manifest.json": parse_manifest,
    "metadata.json": parse_metadata,
    "tables/*.json": stored_columns,
    "views/*.json": lambda content: (stored_columns(content), view_row_ids(content)),
    "tables/*.jsonl": lambda content: parse_row(content.split(b"\n", 1)[0]),
}
"""What raises where such a file is damaged."""
_NAMING = {"id", "doc_id", "item_id", "file", "files", "path", "login", "format_version", "rowCount", "parts"}
"""Fields by which others are found: each is tried alone."""
_SOMEBODY_ELSES = {("owner", "login"), ("format_version",)}
"""Another value there is no damage: it makes the mirror another account's, or a newer program's."""
_ID = re.compile(r"[a-z]{1,3}-[\w-]+|\d+|[0-9a-f]{40,}")
_BELOW = re.compile("\0children\0\\*(?=\0)")
_NUMBERS = re.compile(r"[0-9a-f]{7,}|\d+")
LAWFUL = {EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_PARTIAL}


@dataclass(frozen=True)
class Case:
    """A file of the mirror, and what stands in its place (None: nothing).

    `place` is what is spoilt in it, empty where the whole file is, and `field` its kind, with `*` for one of many.
    """

    path: str
    manner: str
    content: bytes | None
    field: tuple[str, ...] = ()
    place: FieldPath = ()

    def __str__(self) -> str:
        return f"{self.path}: {self.manner} in place of {'.'.join(self.field) or 'the file'}"

    @property
    def kind(self) -> str:
        """The kind of file, such as `tables/*.json`."""
        path = PurePosixPath(self.path)
        is_grid = path.parent.name in ("tables", "views")
        return f"{path.parent.name}/*{path.suffix}" if is_grid else path.name

    @property
    def is_damage(self) -> bool:
        """Whether the reader of such files refuses it; it raises nothing but what says so."""
        try:
            READERS[self.kind](self.content or b"")
        except (DamagedContent, NewerFormat):
            return True
        return False


Trial = tuple[Case, ...]
"""What is spoilt at once, all of it in one file."""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OddAccount]:
    account = OddAccount(tmp_path_factory.mktemp("odd"))
    with account.coda:
        assert account.fresh
        yield account
    assert account.coda.violations == []


def _spoilt(path: str, content: bytes) -> Iterator[Case]:
    """A JSON value, of JSONL the first one, with one field after the other odd."""
    value, tried = _value(path, content), set[Any]()
    for place in fields(value):
        field, kind = _one_of_many(place), type(at(value, place)).__name__
        if (field, kind) not in tried:
            tried.add((field, kind))
            for manner in MANNERS:
                changed = _with(value, (place, manner))
                if changed != value:
                    yield Case(path, manner, _content(path, content, changed), field, place)


def _with(value: Any, *odd: tuple[FieldPath, str]) -> Any:
    changed = copy.deepcopy(value)
    for place, manner in odd:
        spoiler(place, MANNERS[manner])(changed)
    return changed


def _value(path: str, content: bytes) -> Any:
    return json.loads(content.split(b"\n", 1)[0] if path.endswith(".jsonl") else content)


def _content(path: str, content: bytes, value: Any) -> bytes:
    """The file with another value in place of its own, or of its first one."""
    if path.endswith(".jsonl"):
        return json.dumps(value).encode() + b"\n" + content.split(b"\n", 1)[1]
    return json.dumps(value, indent=2).encode() + b"\n"


def _one_of_many(place: FieldPath) -> tuple[str, ...]:
    """The names that lead to a field; members of lists, items by their ids and pages below others are one kind."""
    names = ("*" if isinstance(name, int) or _ID.fullmatch(name) else name for name in place)
    return tuple(_BELOW.sub("", "\0".join(names)).split("\0"))


def _one_of_each(cases: Iterable[Case]) -> list[Case]:
    return list({(case.kind, case.field, case.manner): case for case in cases}.values())


def _tracked_cases(path: str, content: bytes) -> Iterator[Case]:
    if path.endswith(".toml"):
        yield from (Case(path, manner, content) for manner, content in TOML.items())
    elif path.endswith((".json", ".jsonl", ".csv", "SHA256SUMS")):
        yield from (Case(path, manner, content) for manner, content in WHOLE.items())
    if path.endswith((".json", ".jsonl")):
        yield from _spoilt(path, content)
    if path.endswith(".jsonl"):
        rest = content.split(b"\n", 1)[1]
        yield from (Case(path, f"{manner} for a line", (line or b"\n") + rest) for manner, line in WHOLE.items())


def _trials(cases: Iterable[Case]) -> list[Trial]:
    alone, together = dict[Any, Trial](), defaultdict[Any, list[Case]](list)
    for case in cases:
        if not case.field:
            alone[case] = (case,)
        elif case.is_damage:
            alone.setdefault((case.kind, case.field), (case,))
        elif _NAMING & {*case.field}:
            alone[case] = (case,)
        else:
            together[case.path, case.manner, len(case.place)].append(case)
    return [*alone.values(), *map(tuple, together.values())]


def run_in(odd: OddAccount, folder: Path, *arguments: str) -> CompletedProcess[str]:
    """What a command says that works on a mirror of the account."""
    return run(*arguments, "-o", str(folder), cwd=folder.parent, **settings(odd.coda))


def unlawful(answer: CompletedProcess[str]) -> Iterator[str]:
    """What no command may say or do, whatever lies in the mirror."""
    text = answer.stdout + answer.stderr
    if answer.returncode not in LAWFUL or "unexpected failure" in text or "Traceback" in text:
        yield f"{answer.args}: {answer.returncode}: {answer.stderr[:200] + answer.stderr[-200:]}"
    if "revision of the mirror is damaged (" in answer.stderr:
        yield f"{answer.args}: does not name the file: {answer.stderr[:300]}"
    if answer.returncode in (EXIT_FAILED, EXIT_USAGE) and answer.stderr.count("Error: ") != 1:
        yield f"{answer.args}: not one sentence: {answer.stderr[:200] + answer.stderr[-200:]}"


def _looked_at(odd: OddAccount, case: Case, folder: Path, answers: list[CompletedProcess[str]]) -> Iterator[str]:
    """Every command that looks at a mirror, where a field is spoilt those that read such a file."""
    for words in LOOKS:
        is_read = words in READ_BY[case.kind]
        if is_read or not case.field:
            answers.append(answer := look(odd, folder, words))
            yield from unlawful(answer)
            if not is_read and _said(answer) != _said(look(odd, odd.committed, words)):
                yield f"{answer.args}: reads {case.kind}"


def look(odd: OddAccount, folder: Path, words: str) -> CompletedProcess[str]:
    """What a command that looks at a mirror says."""
    verb, *rest = words.split()
    if verb == "restore":
        shutil.rmtree(odd.room / "restored", ignore_errors=True)
        rest.append(str(odd.room / "restored"))
    return run_in(odd, folder, verb, *rest)


def _said(answer: CompletedProcess[str]) -> tuple[int, str]:
    """What a command said, but for the names of commits and the number of files."""
    return answer.returncode, _NUMBERS.sub("", answer.stdout + answer.stderr)


def _synced(odd: OddAccount, case: Case, folder: Path, answers: list[CompletedProcess[str]]) -> Iterator[str]:
    """A sync leaves all as it was and names the damage, or mends it."""
    before, head = files(folder), git(folder, "rev-parse", "HEAD")
    answers.append(answer := run_in(odd, folder, "sync"))
    yield from unlawful(answer)
    if answer.returncode in (EXIT_FAILED, EXIT_USAGE):
        if files(folder) != before or git(folder, "rev-parse", "HEAD") != head:
            yield f"{answer.args}: failed, and changed the mirror"
        if case.path not in answer.stderr and case.field not in _SOMEBODY_ELSES:
            yield f"{answer.args}: does not name the file: {answer.stderr}"
    elif lost := sorted(odd.fresh.keys() - files(folder).keys() - {case.path}):
        yield f"{answer.args}: lost {lost}"
    if git(folder, "status", "--porcelain"):
        yield "the working copy is not clean"


def _faults_of_tracked(odd: OddAccount, trial: Trial) -> list[str]:
    """Where not all is well with many cases at once, those of each half of them."""
    folder, case, answers = odd.copy(odd.begun), trial[0], list[CompletedProcess[str]]()
    place = folder / case.path
    if case.content is None:
        place.unlink()
    elif len(trial) == 1:
        place.write_bytes(case.content)
    else:
        content = place.read_bytes()
        spoilt = _with(_value(case.path, content), *((each.place, each.manner) for each in trial))
        place.write_bytes(_content(case.path, content, spoilt))
    commit_by_hand(folder, "Spoil a file", "2026-04-01T12:00:00Z")
    faults = [*_looked_at(odd, case, folder, answers), *_synced(odd, case, folder, answers)]
    is_refused = any(it.returncode in (EXIT_FAILED, EXIT_USAGE) and case.path in it.stderr for it in answers)
    if len(trial) > 1 and (faults or is_refused):
        half = len(trial) // 2
        return [*_faults_of_tracked(odd, trial[:half]), *_faults_of_tracked(odd, trial[half:])]
    return [f"{case}: {fault}" for fault in faults]


@pytest.mark.parametrize("chunk", range(_CHUNKS))
def test_55_a_tracked_file_of_a_wrong_shape_is_damage_that_is_named(odd: OddAccount, chunk: int) -> None:
    tree = files(odd.begun)
    every = _trials(_one_of_each(case for path in sorted(tree) for case in _tracked_cases(path, tree[path])))
    trials = every[chunk :: _CHUNKS * _ONE_IN]
    odd.date = odd.now + timedelta(hours=1)
    assert trials
    assert [fault for trial in trials for fault in _faults_of_tracked(odd, trial)] == []


def _full_caches(odd: OddAccount) -> Path:
    """A mirror in whose working copy all is remembered that may be, also what only some runs leave."""
    folder = odd.room / "remembering"
    if folder.exists():
        return folder
    shutil.copytree(odd.begun, folder, symlinks=True)
    repository, now = Repository.open(folder), odd.now + timedelta(minutes=30)
    private = repository.private_folder
    fetched = fetched_files(repository)
    fetched.begin(now)
    fetched.keep("d-plans 1", {"value": None}, fetched.summed(fetched.keep_text("Words.")))
    KnownPace(repository).remember(100, 50.0)
    CheckedRemotes(private / "remotes.json").add("somewhere", now)
    write_left_out(private / "left-out.json", ["d-travel"])
    commit = git(folder, "rev-parse", "HEAD").strip()
    steps = (Step(path, None, blob.oid) for path, blob in repository.tree(commit).items())
    KnownToken(private / "token.json").remember(lambda salt: salt.hex())
    require_sound(repository, commit)
    Journal("main", None, commit, tuple(steps)).write(private / "publication.json")
    return folder


def _cache_cases(folder: Path) -> Iterator[Case]:
    private = folder / ".git/coda-git-mirror"
    for place in sorted(private.rglob("*.json*")):
        path = place.relative_to(folder).as_posix()
        yield from (Case(path, manner, content) for manner, content in WHOLE.items())
        value = json.loads(place.read_bytes())
        yield from _spoilt(path, json.dumps(value).encode() + b"\n")


def _cache_trials(cases: Iterable[Case]) -> list[Trial]:
    """A case of each cache at once; but what `notes.json` makes be read again would hide what others do."""
    by_file = defaultdict[str, list[Case]](list)
    for case in cases:
        by_file[case.path].append(case)
    alone = [(case,) for path in list(by_file) if path.endswith("/notes.json") for case in by_file.pop(path)]
    turned = [every[place:] + every[:place] for place, every in enumerate(by_file.values())]
    return [*alone, *(tuple(filter(None, each)) for each in zip_longest(*turned))]


def _faults_of_caches(odd: OddAccount, trial: Trial) -> list[str]:
    """A sync that ends well, and leaves what one without any memory would; else the faults of each case alone."""
    folder = odd.room / "trial"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_full_caches(odd), folder, symlinks=True)
    for case in trial:
        if case.content is None:
            (folder / case.path).unlink()
        else:
            (folder / case.path).write_bytes(case.content)
    faults = list(_faults_without_caches(odd, folder))
    if faults and len(trial) > 1 and (found := [it for case in trial for it in _faults_of_caches(odd, (case,))]):
        return found
    return [f"{', '.join(map(str, trial))}: {fault}" for fault in faults]


def _faults_without_caches(odd: OddAccount, folder: Path) -> Iterator[str]:
    for verb in (("status",), ("verify",), ("sync",)):
        answer = run_in(odd, folder, *verb)
        yield from unlawful(answer)
        if answer.returncode != EXIT_DONE:
            yield f"{answer.args}: {answer.returncode}: {answer.stderr}"
    tree = files(folder)
    if different := sorted(path for path in tree.keys() | odd.fresh.keys() if tree.get(path) != odd.fresh.get(path)):
        yield f"other than fresh: {different}"
    if git(folder, "status", "--porcelain"):
        yield "the working copy is not clean"


@pytest.mark.parametrize("chunk", range(_CHUNKS))
def test_56_a_cache_of_a_wrong_shape_costs_requests_and_nothing_else(odd: OddAccount, chunk: int) -> None:
    odd.date = odd.now + timedelta(hours=1)
    every = _one_of_each(_cache_cases(_full_caches(odd)))
    assert {Path(case.path).name for case in every} == {
        "notes.json", "left-out.json", "token.json", "remotes.json", "pace.json", "sound.json", "kept.jsonl",
        "publication.json",
    }  # fmt: skip
    trials = _cache_trials(every)[chunk :: _CHUNKS * _CACHES_ONE_IN]
    assert [fault for trial in trials for fault in _faults_of_caches(odd, trial)] == []
