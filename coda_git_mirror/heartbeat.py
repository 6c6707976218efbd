"""Tells an address of the user's choice that a run begins, and how it ended: without the token, and never for long.

The address is a secret of its own, since whoever knows it can speak in this mirror's name: nothing here shows it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from coda_git_mirror import __version__
from coda_git_mirror.errors import EXIT_DONE
from coda_git_mirror.redact import holds_secret, redacted

VARIABLE = "CODA_MIRROR_HEARTBEAT"
SECONDS = 10.0
TRIES = 2
LARGEST = 10_000
"""Bytes of a summary."""
STATUS = "{status}"
"""Stands in an address for `up` or `down`; such an address is only told of the end."""


@dataclass(frozen=True)
class Heartbeat:
    """An address, and how long one ping may take, in seconds."""

    address: str
    seconds: float = SECONDS

    @property
    def tells_start(self) -> bool:
        return STATUS not in self.address

    def start(self) -> str:
        """Tells that a run begins; the reason why that was not heard, or nothing."""
        return self._ping("GET", "start", b"", TRIES)

    def end(self, exit_code: int, summary: str, tries: int = TRIES) -> str:
        """Tells how a run ended, in an address and in words; the reason why that was not heard, or nothing."""
        return self._ping("POST", str(exit_code), shortened(summary), tries, exit_code == EXIT_DONE)

    def _ping(self, method: str, part: str, body: bytes, tries: int, is_up: bool = False) -> str:
        if self.tells_start:
            url = _below(self.address, part)
        else:
            url = self.address.replace(STATUS, "up" if is_up else "down")
        reason = _unfit(url)
        for _ in range(0 if reason else tries):
            if not (reason := _within(self.seconds, method, url, body)):
                return ""
        return reason


def shortened(summary: str) -> bytes:
    """The summary without secrets, as so many bytes as an address is sent at most."""
    whole = redacted(summary).encode("utf-8", "replace")
    return whole[:LARGEST].decode("utf-8", "ignore").encode()


def _below(address: str, part: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{part}", fragment=""))


def _unfit(url: str) -> str:
    """Why an address cannot be asked; nothing where it can."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        return "its address is none that begins with https://"
    return "its address has Coda's token in it" if holds_secret(unquote(url).encode("utf-8", "replace")) else ""


def _within(seconds: float, method: str, url: str, body: bytes) -> str:
    """One ping, on a thread of its own: a server that drips is not waited for. The reason why it was not heard."""
    reasons: list[str] = []
    thread = threading.Thread(target=lambda: reasons.append(_ask(seconds, method, url, body)), daemon=True)
    thread.start()
    thread.join(seconds)
    return reasons[0] if reasons else f"no answer within {seconds:.0f} seconds"


def _ask(seconds: float, method: str, url: str, body: bytes) -> str:
    """What a server answers with is not looked at, but for its status, and nobody is led elsewhere by it."""
    import requests

    parts = urlsplit(url)
    headers = {"User-Agent": f"coda-git-mirror/{__version__}", "Content-Type": "text/plain; charset=utf-8"}
    prepared = requests.Request(method, url, headers=headers, data=body, auth=_nobody).prepare()
    if parts.username is not None:
        prepared.prepare_auth((unquote(parts.username), unquote(parts.password or "")))
    try:
        with requests.Session() as session:
            session.get_redirect_target = lambda _: None  # type: ignore[method-assign,assignment]
            settings = session.merge_environment_settings(url, {}, True, None, None)
            with session.send(prepared, timeout=seconds, allow_redirects=False, **settings) as answer:
                status = answer.status_code
    except (requests.exceptions.RequestException, OSError, ValueError) as error:
        return _reason(error, seconds)
    if 300 <= status < 400:
        return f"it answers with a redirect ({status}), which is not followed"
    return "" if status < 300 else f"it answers with error {status}"


def _nobody(request: object) -> object:
    """Adds no credentials; being there, it keeps `~/.netrc` from adding some."""
    return request


def _reason(error: Exception, seconds: float) -> str:
    """In words of our own: those of the libraries have the address."""
    import requests

    match error:
        case requests.exceptions.Timeout():
            return f"no answer within {seconds:.0f} seconds"
        case requests.exceptions.SSLError():
            return "no secure connection to it"
    return "no connection to it, or one that broke off"
