"""From where hosted files may be fetched: Coda's hosts, and those that the environment adds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from coda_git_mirror.coda.origin import PORTS, Endpoint, endpoint
from coda_git_mirror.errors import UsageError
from coda_git_mirror.model.hosts import FILE_HOSTS

VARIABLE = "CODA_ASSET_HOSTS"
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class AssetHosts:
    """Hosts beside Coda's own, as `host` (its ordinary port) or `host:port`, in lower case."""

    named: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, setting: str) -> AssetHosts:
        """Reads a comma-separated list. Raises UsageError for anything in it that is no host."""
        hosts = [host for host in (part.strip().lower() for part in setting.split(",")) if host]
        for host in hosts:
            if not _HOST.fullmatch(host) or not _is_place(host):
                raise UsageError(
                    f"{VARIABLE} names {host!r}, which is no host; write `host` or `host:port`, separated by commas."
                )
        return cls(frozenset(hosts))

    def admit(self, url: str) -> bool:
        """Whether a file may be fetched from this address: encrypted, or from this very machine."""
        place = endpoint(url)
        if place is None or not place.is_safe:
            return False
        if place.scheme == "https" and place.port == PORTS["https"] and place.host in FILE_HOSTS:
            return True
        return not self.named.isdisjoint(_spellings(place))

    def admit_redirect(self, first: str, url: str) -> bool:
        """Whether the address that was asked for `first`, be it of a file or an export, may lead to another one.

        To any public name over https, since no token comes along, within its own origin, and to hosts that are named:
        so no link leads to what only this machine or its network can see.
        """
        place = endpoint(url)
        return place is not None and (place.is_public or place == endpoint(first) or self.admit(url))


CODA_ONLY = AssetHosts()


def _is_place(host: str) -> bool:
    try:
        port = parse_url(f"https://{host}").port
    except LocationParseError:
        return False
    return port is None or port > 0


def _spellings(place: Endpoint) -> set[str]:
    host = f"[{place.host}]" if ":" in place.host else place.host
    plain = {host} if place.port == PORTS[place.scheme] else set()
    return {f"{host}:{place.port}"} | plain
