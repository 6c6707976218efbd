"""What a doc that is being made anew has got so far, noted down before each request, so that a killed run can go on.

A file of JSON lines for each doc, or page of one, and revision. It is a cache: without it the new doc is known by its
title, and what is in it by comparison. A line counts once it ends, so that of a line that a crash cut off nothing is
believed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import make_last, naming, open_to_append
from coda_git_mirror.disk.remembered import read_value

_VERSION = 1


@dataclass(frozen=True)
class Entry:
    """A step of the work: one that is only begun may have been sent or not.

    `request` is by what Coda's queue knows it, None as long as nobody knows whether Coda has taken it; `made` the id of
    what it made; `known` what was there before and is not to be taken for it.
    """

    request: str | None = None
    made: str = ""
    done: bool = False
    known: tuple[str, ...] = ()

    @property
    def is_doubtful(self) -> bool:
        """Whether nobody knows if Coda has taken it."""
        return self.request is None and not self.done


class RecreationJournal:
    """The steps by their keys; each call returns when what it wrote would survive a power cut."""

    def __init__(self, folder: Path, doc: str, page: str | None, commit: str) -> None:
        name = hashlib.sha256(f"{doc}\n{page or ''}\n{commit}".encode("utf-8", "surrogatepass")).hexdigest()[:24]
        self._file = folder / f"{name}.jsonl"
        self._about = {"version": _VERSION, "doc": doc, "page": page, "commit": commit}
        self._steps: dict[str, Entry] = {}
        self.exists = self._file.exists()
        """Whether a run has begun this work and not ended it."""
        if self.exists:
            self._read()

    def entry(self, key: str) -> Entry | None:
        """What is known of a step; None for one that was not begun."""
        return self._steps.get(key)

    def made(self, key: str) -> str | None:
        """The id of what a step has made, once that is there for sure."""
        entry = self._steps.get(key)
        return entry.made if entry and entry.done else None

    def is_done(self, key: str) -> bool:
        entry = self._steps.get(key)
        return entry is not None and entry.done

    def begin(self) -> None:
        """Begins the file."""
        with naming(self._file):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, _line(self._about))
        self.exists = True

    def intend(self, key: str, known: tuple[str, ...] = ()) -> None:
        """That a request is about to be sent."""
        self._append({"key": key, "is": "intent", "known": list(known)})

    def accept(self, key: str, request: str, made: str = "") -> None:
        """That Coda has taken it."""
        self._append({"key": key, "is": "accepted", "request": request, "made": made})

    def settle(self, key: str, made: str = "") -> None:
        """That it is done, and what it made where Coda had not said so."""
        self._append({"key": key, "is": "done", "made": made})

    def forget(self, key: str) -> None:
        """That nothing came of it, so that it is to be sent again."""
        self._append({"key": key, "is": "forgotten"})

    def end(self) -> None:
        """Forgets all of it."""
        with naming(self._file):
            self._file.unlink(missing_ok=True)
        self._steps.clear()
        self.exists = False

    def _append(self, record: Mapping[str, Any]) -> None:
        with naming(self._file), open_to_append(self._file) as file:
            file.write(_line(record))
            make_last(file, self._file)
        self._take(record)

    def _read(self) -> None:
        """A file that is damaged, or of another kind, counts as none, but for the doc that it is about."""
        with naming(self._file):
            first, *lines = self._file.read_bytes().split(b"\n")[:-1] or [b""]
        if read_value(first, dict, {}) != self._about:
            self._steps = {}
            return
        for line in lines:
            if read_value(line, self._taken, False) is False:
                return

    def _taken(self, record: Any) -> bool:
        self._take(record)
        return True

    def _take(self, record: Any) -> None:
        key, kind = str(record["key"]), record["is"]
        before = self._steps.get(key, Entry())
        if kind == "intent":
            self._steps[key] = Entry(known=tuple(map(str, record["known"])))
        elif kind == "accepted":
            self._steps[key] = replace(before, request=str(record["request"]), made=str(record["made"]))
        elif kind == "done":
            self._steps[key] = replace(before, done=True, made=str(record["made"]) or before.made)
        elif kind == "forgotten":
            self._steps.pop(key, None)
        else:
            raise ValueError("not a journal of a doc that is made anew")


def begun_commits(folder: Path, doc: str, page: str | None) -> list[str]:
    """The revisions by which runs have begun to make a doc, or a page of it, and not ended."""
    with naming(folder):
        heads = [file.read_bytes().partition(b"\n")[0] for file in sorted(folder.glob("*.jsonl"))]
    abouts = [read_value(head, _about, None) for head in heads]
    return [about[2] for about in abouts if about is not None and about[:2] == (doc, page)]


def _about(head: Any) -> tuple[Any, Any, str] | None:
    return head["doc"], head["page"], str(head["commit"])


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record).encode() + b"\n"
