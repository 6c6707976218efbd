"""The address of a remote: what it must not hold, and where anybody on the web would find the same repository."""

from __future__ import annotations

import re
from pathlib import Path

_HELPER = re.compile(r"([A-Za-z0-9][A-Za-z0-9+.-]*)::(.+)", re.DOTALL)
_WEB = re.compile(r"(https?|git)://(?:[^/?#]*@)?(.+)", re.DOTALL)
"""The protocols that hosts let be read without a login."""
_SSH = re.compile(r"(?:ssh|git\+ssh|ssh\+git)://(?:[^/]*@)?(\[[^\]]+\]|[^:/]+)(?::\d*)?/(.+)", re.DOTALL)
_SCP = re.compile(r"(?:[^@:/]+@)?(\[[^\]]+\]|[^:/\[]{2,}):(?!//)(.+)", re.DOTALL)
"""`user@host:path`; one letter before the colon is a drive of Windows."""
_HOST = re.compile(r"\[?([A-Za-z0-9][A-Za-z0-9.-]*)(?::\d+)?\]?")
_SSH_NAME_OF_A_WEB_HOST = re.compile(r"^(?:alt)?ssh\.")
_LOGIN = re.compile(r"[^:/]+://([^/?#]*)@")
_TOKEN = re.compile(r"gh[opsur]_|github_pat_|gl[a-z]{2,5}-|ATATT|ATBB|[A-Za-z0-9]{32,}$")
"""How the tokens of the usual hosts look, where they stand in the place of a user's name."""
_SECRET_PARAMETER = re.compile(r"[?&;][^=&;]*(?:token|key|secret|passw|auth)[^=&;]*=", re.IGNORECASE)
_SHOWN_LOGIN = re.compile(r"(://)[^/\s'\"]*@")
_SHOWN_QUERY = re.compile(r"(://[^\s'\"?]*)[?][^\s'\"]*")


def holds_secret(address: str) -> bool:
    """Whether a password or a token is part of the address; a plain user name is none."""
    login = _LOGIN.match(_without_helper(address))
    user, _, password = login[1].partition(":") if login else ("", "", "")
    return bool(password or _TOKEN.match(user) or ("://" in address and _SECRET_PARAMETER.search(address)))


def without_login(text: str) -> str:
    """A text without what stands before the `@`, or after a `?`, in the addresses in it: fit to be shown."""
    return _SHOWN_QUERY.sub(r"\1", _SHOWN_LOGIN.sub(r"\1", text))


def is_encrypted(address: str) -> bool:
    """Whether git-remote-gcrypt encrypts what goes there."""
    return address.startswith("gcrypt::")


def store_of_encrypted(address: str) -> str | None:
    """The git repository in which git-remote-gcrypt keeps what it encrypts; None where it keeps plain files."""
    store = _without_helper(address).partition("#")[0]
    plain_folder = store.startswith("/") and not Path(store, "HEAD").exists()
    return None if plain_folder or store.startswith(("rsync://", "sftp://", "rclone://")) else store


def lfs_endpoint(address: str) -> str:
    """Where git-lfs sends files by itself for a remote of this address (git-lfs, docs/api/server-discovery.md)."""
    if not re.match("https?://", address):
        return address
    plain = address.removesuffix("/")
    return f"{plain}/info/lfs" if plain.endswith(".git") else f"{plain}.git/info/lfs"


def ssh_host(address: str) -> str | None:
    """The host of an address that goes by ssh, as the user calls it: perhaps by a name of their `~/.ssh/config`."""
    host, _ = _ssh_parts(address)
    return host


def web_address(address: str, host: str | None = None) -> str | None:
    """Where anybody would find the same repository without a login; None where there is no such place.

    Of an ssh address that is `https://HOST/PATH`, as it is on the usual hosts; `host` is its name in the network.
    """
    if web := _WEB.fullmatch(_without_helper(address)):
        return f"{web[1]}://{web[2]}"
    named, path = _ssh_parts(address)
    if named is None:
        return None
    return f"https://{_SSH_NAME_OF_A_WEB_HOST.sub('', host or named)}/{path.lstrip('/~')}"


def _ssh_parts(address: str) -> tuple[str | None, str]:
    inner = _without_helper(address)
    parts = _SSH.fullmatch(inner) or (None if "://" in inner else _SCP.fullmatch(inner))
    host = _HOST.fullmatch(parts[1]) if parts else None
    return (host[1], parts[2]) if parts and host else (None, "")


def _without_helper(address: str) -> str:
    """What a remote helper is given, such as git-remote-gcrypt; else the address itself."""
    match = _HELPER.fullmatch(address)
    return match[2] if match else address
