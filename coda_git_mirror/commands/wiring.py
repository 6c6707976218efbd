"""Puts the rooms together for a command: the only place that knows them all."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping

from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.asset_hosts import VARIABLE, AssetHosts
from coda_git_mirror.coda.client import Client
from coda_git_mirror.coda.downloads import BlobDownloader
from coda_git_mirror.coda.exports import PageExporter
from coda_git_mirror.coda.origin import DEFAULT_API_URL, ApiOrigin
from coda_git_mirror.coda.parse import Parser
from coda_git_mirror.coda.rate import Limit
from coda_git_mirror.coda.session import ApiSession, FileSession
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.coda.streams import FileStreams
from coda_git_mirror.coda.throttle import PUBLISHED, Throttle
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.redact import Secret

API_URL_VARIABLE = "CODA_API_URL"
CODA_ONLY = AssetHosts()


def coda_source(
    api_url: str,
    token: Secret,
    clock: Clock,
    limits: Mapping[RateClass, Limit | None] = PUBLISHED,
    hosts: AssetHosts = CODA_ONLY,
    share: float = 1.0,
) -> CodaSource:
    """An account of the API at `api_url`, read with at most this share of the rate limits.

    Raises UsageError for an address that the token must not go to.
    """
    origin = ApiOrigin.parse(api_url)
    client = Client(ApiSession(origin, token, clock), Throttle(clock, random.random, limits, share), clock)
    exporter = PageExporter(client, FileSession(clock), clock)
    return CodaSource(client, exporter, BlobDownloader(FileStreams(), hosts, clock), Parser(origin))


def api_url(environment: Mapping[str, str] = os.environ) -> str:
    """Where the API is: CODA_API_URL, or Coda's own address."""
    return environment.get(API_URL_VARIABLE) or DEFAULT_API_URL


def asset_hosts(environment: Mapping[str, str] = os.environ) -> AssetHosts:
    """The hosts from which hosted files are fetched beside Coda's own. Raises UsageError."""
    return AssetHosts.parse(environment.get(VARIABLE, ""))
