"""Which addresses may be asked, and with what: the token goes to the API's own origin and nowhere else."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from coda_git_mirror.errors import UsageError

DEFAULT_API_URL = "https://coda.io/apis/v1"
CODA_HOSTS = frozenset({"coda.io", "www.coda.io", "docs.superhuman.com"})
"""The hosts on which Coda's own pages live; which of them a link names is noise (FACTS.md, Listings)."""
_CANONICAL_ORIGIN = "https://coda.io"


@dataclass(frozen=True)
class ApiOrigin:
    """The base URL of the API, without a slash at its end."""

    url: str

    @classmethod
    def parse(cls, url: str) -> ApiOrigin:
        """Raises UsageError for anything but https, or http to this machine."""
        parts = urlsplit(url.strip())
        if not parts.hostname or not is_safe(parts):
            raise UsageError(
                f"CODA_API_URL is {url!r}, which is not an https address; leave it out to use {DEFAULT_API_URL}."
            )
        return cls(url.strip().rstrip("/"))

    @property
    def origin(self) -> tuple[str, str]:
        parts = urlsplit(self.url)
        return parts.scheme, parts.netloc.lower()

    def owns(self, url: str) -> bool:
        """Whether a request to `url` may carry the token."""
        parts = urlsplit(url)
        return (parts.scheme, parts.netloc.lower()) == self.origin

    def canonical_link(self, link: str) -> str:
        """A link to one of Coda's own hosts with the one host name that the mirror stores; any other link as it is."""
        parts = urlsplit(link)
        is_app = parts.hostname in CODA_HOSTS or parts.netloc.lower() == self.origin[1]
        if not is_app:
            return link
        return _CANONICAL_ORIGIN + link.split(parts.netloc, 1)[1]


def is_safe(parts: SplitResult) -> bool:
    """Whether an address is encrypted on its way, or does not leave this machine."""
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
