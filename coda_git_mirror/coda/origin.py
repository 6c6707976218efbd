"""Which addresses may be asked, and with what: the token goes to the API's own origin and nowhere else."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urljoin

from urllib3.util import Url, parse_url

from coda_git_mirror.errors import UsageError
from coda_git_mirror.model.hosts import PAGE_HOSTS

DEFAULT_API_URL = "https://coda.io/apis/v1"
_CANONICAL_ORIGIN = "https://coda.io"
CANONICAL_START = f"{_CANONICAL_ORIGIN}/"
_LINK = re.compile(r"https?://([^/?#\\@]+)([/?#].*)?", re.IGNORECASE | re.DOTALL)
_USERINFO = re.compile(r"//[^/]*@")
PORTS = {"https": 443, "http": 80}
_PUBLIC_NAME = re.compile(r"(?:[a-z0-9_-]+\.)+(?!local$|localhost$|internal$|lan$|home$|arpa$)[a-z][a-z0-9-]*")


class Endpoint(NamedTuple):
    """What a request connects to."""

    scheme: str
    host: str
    port: int

    @property
    def is_safe(self) -> bool:
        """Whether a connection to it is encrypted, or does not leave this machine."""
        return self.scheme == "https" or _is_loopback(self.host)

    @property
    def is_public(self) -> bool:
        """Whether it is a public name's ordinary https port.

        Addresses in numbers and names of a local network are not public; what a public name resolves to is not asked.
        """
        is_named = _PUBLIC_NAME.fullmatch(self.host.removesuffix(".")) is not None
        return self.scheme == "https" and self.port == PORTS["https"] and is_named


def endpoint(url: str) -> Endpoint | None:
    """What a request to `url` connects to, as the HTTP library itself reads it; None where it is no web address."""
    parts = _parts(url)
    if parts is None or not parts.host or parts.scheme not in PORTS:
        return None
    return Endpoint(parts.scheme, parts.host.lower().strip("[]"), parts.port or PORTS[parts.scheme])


def place_of(url: str) -> str:
    """Scheme and authority of the address of a prepared request, behind which at least a slash comes."""
    return url[: url.index("/", len("https://"))]


def redirect_target(url: str, headers: Mapping[str, str]) -> str:
    """Where a redirecting answer of `url` leads; empty where it does not say."""
    location = headers.get("Location", "")
    try:
        return urljoin(url, location) if location else ""
    except ValueError:
        return ""


@dataclass(frozen=True)
class ApiOrigin:
    """The base URL of the API, without a slash at its end."""

    url: str

    @classmethod
    def parse(cls, url: str) -> ApiOrigin:
        """Raises UsageError for anything but https, or http to this machine."""
        parts, place = _parts(url.strip()), endpoint(url.strip())
        if parts is None or place is None or not place.is_safe or parts.auth or parts.query or parts.fragment:
            shown = _USERINFO.sub("//***@", url)
            raise UsageError(
                f"CODA_API_URL is {shown!r}, which is not a plain https address; leave it out to use {DEFAULT_API_URL}."
            )
        return cls(parts.url.rstrip("/"))

    def owns(self, url: str) -> bool:
        """Whether a request to `url` may carry the token."""
        return url.startswith(f"{self.url}/")

    def canonical_link(self, link: str) -> str:
        """A link to one of Coda's own hosts with the one host name that the mirror stores; any other link as it is."""
        match = _LINK.fullmatch(link)
        if match is None:
            return link
        place = match[1].lower()
        if place.partition(":")[0] not in PAGE_HOSTS and f"://{place}/" not in f"{self.url}/":
            return link
        return _CANONICAL_ORIGIN + (match[2] or "")


def _parts(url: str) -> Url | None:
    try:
        return parse_url(url)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
