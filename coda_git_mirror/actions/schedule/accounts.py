"""`--accounts FILE`: several mirrors for one scheduler. What it names are secrets; it holds none."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.schedule.plan import HERE, Job
from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.errors import UsageError
from coda_git_mirror.redact import holds_secret
from coda_git_mirror.remote import addresses

_KEYS = ("name", "folder", "remote", "token")
_TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=(.*[0-9]){6})[\w+/=.-]{32,}", re.IGNORECASE)
"""What a token of Coda's looks like, or of anybody's."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_REMOTE = re.compile(r"[\w.~:/@+-]+", re.ASCII)
_ON_GITHUB = re.compile(
    r"(?:https://github\.com/|(?:ssh://)?git@github\.com[:/])?([\w.-]+/[\w.-]+?)(?:\.git)?/?", re.ASCII
)
_ON_GITLAB = re.compile(r"https://[\w.:-]+/[\w./-]+|[\w.-]+(?:/[\w.-]+)+", re.ASCII)
_TO_CLONE = re.compile(r"(?:https|ssh)://.+|[\w.-]+@[\w.-]+:.+", re.ASCII)
_SECRETS = {
    "github-actions": (re.compile(r"(?!GITHUB_)[A-Za-z_][A-Za-z0-9_]*"), "letters, digits and _"),
    "gitlab-ci": (re.compile(r"[A-Za-z0-9_]+"), "letters, digits and _"),
    "kubernetes": (re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"), "small letters, digits, - and ."),
    "systemd": (re.compile(r"[\w.@-]{1,200}", re.ASCII), "letters, digits and ._@-"),
}
"""What the name of a secret is made of, by the kind; elsewhere it is a login of the system's keyring."""
_LOGIN = (re.compile(r"[\w.+@-]+"), "that of `login`, such as ada@example.org")


@dataclass(frozen=True)
class _Entry:
    """One `[[account]]`; `where` names it in an error without showing what it holds."""

    stored: Mapping[str, Any]
    where: str
    kind: str
    base: Path

    def text(self, key: str) -> str:
        value = self.stored.get(key, "")
        if not isinstance(value, str) or (key in self.stored and not value) or (not value.isprintable() and value):
            raise UsageError(f"{self.where}: {key} has to be a text on one line.")
        return value


def jobs_of(path: Path, kind: str) -> tuple[Job, ...]:
    """The mirrors that a file names for a kind of scheduler. Raises UsageError, without showing what may be a token."""
    accounts = _stored(path).get("account")
    if not isinstance(accounts, list) or not accounts or not all(isinstance(each, dict) for each in accounts):
        raise UsageError(f"{path} names no account; it needs [[account]] with name, {_places(kind)} and token.")
    base = path.parent
    entries = [_Entry(each, f"{path}, account {number}", kind, base) for number, each in enumerate(accounts, 1)]
    jobs = tuple(map(_job, entries))
    for what, values in (("name", [job.name.casefold() for job in jobs]), ("mirror", [job.place for job in jobs])):
        if len(set(values)) < len(values):
            raise UsageError(f"{path} has two accounts of one {what}; each needs its own.")
    return jobs


def _stored(path: Path) -> Mapping[str, Any]:
    try:
        content = read_small(path)
        if content is None:
            raise UsageError(f"There is no file {path}; name one with --accounts.")
        stored = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as TOML; correct it and try again.") from error
    if unknown := set(stored) - {"account"}:
        raise UsageError(f"{path} holds {len(unknown)} things beside [[account]]; take them out.")
    return stored


def _job(entry: _Entry) -> Job:
    if set(entry.stored) - set(_KEYS):
        raise UsageError(f"{entry.where} has an unknown key; the keys are: {', '.join(_KEYS)}.")
    name, token = entry.text("name"), _token(entry)
    if _TOKEN.search(name):
        raise UsageError(f"{entry.where}: its name is shaped like a token; give it a name such as ada.")
    if not _NAME.fullmatch(name):
        raise UsageError(f"{entry.where}: its name needs letters, digits, and ._- between them, such as ada.")
    folder, remote = _folder(entry), _remote(entry)
    _require_place(entry, folder, remote)
    is_login = entry.kind in HERE and entry.kind not in _SECRETS
    return Job(folder or remote, name, remote, "" if is_login else token, token if is_login else "")


def _token(entry: _Entry) -> str:
    token = entry.text("token")
    if _TOKEN.search(token) or holds_secret(token.encode("utf-8", "surrogateescape")):
        raise UsageError(
            f"{entry.where}: token is shaped like a token; write the name of a secret there, and consider that token "
            "as seen by whoever could read this file."
        )
    shape, words = _SECRETS.get(entry.kind, _LOGIN)
    if not token and entry.kind not in HERE:
        raise UsageError(f"{entry.where} has no token, the name of the secret that holds it.")
    if token and not shape.fullmatch(token):
        raise UsageError(f"{entry.where}: token has to be the name of a secret of {entry.kind} ({words}).")
    return token


def _folder(entry: _Entry) -> str:
    folder = entry.text("folder")
    try:
        return str((entry.base / Path(folder).expanduser()).resolve()) if folder else ""
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{entry.where}: its folder cannot be used; name it by its whole path.") from error


def _remote(entry: _Entry) -> str:
    remote = entry.text("remote")
    if addresses.holds_secret(remote) or _TOKEN.search(remote):
        raise UsageError(f"{entry.where}: its remote has a secret in it; take it out of the address.")
    if remote and not _REMOTE.fullmatch(remote):
        raise UsageError(f"{entry.where}: its remote is no address that a scheduler could take.")
    if entry.kind == "github-actions" and remote:
        if not (found := _ON_GITHUB.fullmatch(remote)):
            raise UsageError(f"{entry.where}: its remote has to be a repository of GitHub, such as ada/mirror.")
        return found[1]
    if entry.kind == "gitlab-ci" and remote and not _ON_GITLAB.fullmatch(remote):
        raise UsageError(f"{entry.where}: its remote has to be a project's path, or its https address.")
    if entry.kind == "kubernetes" and remote and not _TO_CLONE.fullmatch(remote):
        raise UsageError(f"{entry.where}: its remote has to be an address that git can clone, with https or ssh.")
    return remote


def _require_place(entry: _Entry, folder: str, remote: str) -> None:
    if entry.kind in HERE and (not folder or remote):
        raise UsageError(f"{entry.where} needs a folder for {entry.kind}, and no remote.")
    if entry.kind in ("github-actions", "gitlab-ci") and (folder or not remote):
        raise UsageError(f"{entry.where} needs a remote for {entry.kind}, and no folder.")
    if not (folder or remote):
        raise UsageError(f"{entry.where} needs a folder or a remote.")


def _places(kind: str) -> str:
    return "folder" if kind in HERE else "remote" if kind != "kubernetes" else "folder or remote"
