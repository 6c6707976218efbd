"""Puts the rooms together for a command: the only place that knows them all."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from pathlib import Path

import click

from coda_git_mirror.actions.sync.options import BOTH_FORMATS, SyncOptions
from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.asset_hosts import CODA_ONLY, VARIABLE, AssetHosts
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
from coda_git_mirror.coda.writer import CodaWriter
from coda_git_mirror.commands.place import owner_of
from coda_git_mirror.credentials import KEYRING, find
from coda_git_mirror.disk.files import require_open_files
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.redact import Secret
from coda_git_mirror.settings import Settings, parse_settings

FORMATS = {"markdown": ".md", "html": ".html"}
"""What the settings and options call the suffixes of page files."""
API_URL_VARIABLE = "CODA_API_URL"
_OPEN_FILES = 256
"""Some 130 connections of all threads that ask (`workers`), and the files in work."""


def coda_source(
    api_url: str,
    token: Secret,
    clock: Clock,
    limits: Mapping[RateClass, Limit | None] = PUBLISHED,
    hosts: AssetHosts = CODA_ONLY,
    share: float = 1.0,
) -> CodaSource:
    """An account of the API at `api_url`, read with at most this share of the rate limits. Raises UsageError."""
    return coda_account(api_url, token, clock, limits, hosts, share)[0]


def coda_account(
    api_url: str,
    token: Secret,
    clock: Clock,
    limits: Mapping[RateClass, Limit | None] = PUBLISHED,
    hosts: AssetHosts = CODA_ONLY,
    share: float = 1.0,
    network_patience: float = 0.0,
) -> tuple[CodaSource, CodaWriter]:
    """An account of the API at `api_url`, to be read and to be changed with at most this share of the rate limits.

    Raises UsageError for an address that the token must not go to, and where too few files may be open.
    """
    origin = ApiOrigin.parse(api_url)
    require_open_files(_OPEN_FILES)
    session, throttle = ApiSession(origin, token, clock), Throttle(clock, random.random, limits, share)
    client = Client(session, throttle, clock, network_patience=network_patience)
    exporter = PageExporter(client, FileSession(clock, hosts=hosts), clock)
    source = CodaSource(client, exporter, BlobDownloader(FileStreams(), hosts, clock), Parser(origin))
    return source, CodaWriter(client)


def mirror_source(
    folder: Path, settings: Settings, clock: Clock, network_patience: float = 0.0, account: str = ""
) -> CodaSource:
    """The account of the token that is found for the mirror in `folder`, asked as much as its settings allow.

    A network that is not there yet is waited for so many seconds. `account` is the login that it must be of, if one
    is named. Raises UsageError.
    """
    return mirror_account(folder, settings, clock, network_patience, account)[0]


def mirror_account(
    folder: Path, settings: Settings, clock: Clock, network_patience: float = 0.0, account: str = ""
) -> tuple[CodaSource, CodaWriter]:
    """The same account to be read and to be changed, at one pace. Raises UsageError."""
    found = find(account=account, owner=lambda: owner_of(folder))
    if found.note:
        click.echo(f"Note: {one_line(found.note)}", err=True)
    hosts, share = asset_hosts(), settings.max_requests_share / 100
    opened = coda_account(api_url(), found.token, clock, hosts=hosts, share=share, network_patience=network_patience)
    if account and found.source != KEYRING:
        _require_login(opened[0], account, found.source)
    return opened


def token_source(token: Secret, clock: Clock) -> CodaSource:
    """The account of a token that is given. Raises UsageError."""
    return coda_account(api_url(), token, clock, hosts=asset_hosts())[0]


def _require_login(source: CodaSource, account: str, place: str) -> None:
    login = source.account().login
    if login.casefold() != account.casefold():
        raise UsageError(
            f"The token in {place} is of {one_line(login)}, not of {account}; take it away there, or --account here."
        )


def mirror_options(settings: Settings) -> SyncOptions:
    """What the mirror is about by its settings, for every verb that asks Coda. Raises UsageError."""
    formats = tuple(suffix for suffix in BOTH_FORMATS if suffix in {FORMATS[name] for name in settings.formats})
    return SyncOptions(
        docs=settings.docs,
        exclude=settings.exclude,
        selected_by_settings=True,
        all_accessible=settings.all_accessible,
        formats=formats,
        kept_formats=formats,
        asset_hosts=asset_hosts().named,
        max_asset_bytes=int(settings.max_asset_mb * 1024 * 1024),
        lfs=settings.lfs,
        max_table_bytes=int(settings.max_table_mb * 1024 * 1024),
        csv_formula_guard=settings.csv_formula_guard,
        settle_minutes=settings.settle_minutes,
        refresh_days=settings.refresh_days,
        key_of=_key_of,
    )


def _key_of(content: bytes) -> str:
    """Names what settings of such a content decide of the bytes of a doc; where they are unsound, nothing does."""
    try:
        return mirror_options(parse_settings(content, Path(layout.SETTINGS))).key
    except UsageError:
        return ""


def api_url(environment: Mapping[str, str] = os.environ) -> str:
    """Where the API is: CODA_API_URL, or Coda's own address."""
    return environment.get(API_URL_VARIABLE) or DEFAULT_API_URL


def asset_hosts(environment: Mapping[str, str] = os.environ) -> AssetHosts:
    """The hosts from which hosted files are fetched beside Coda's own. Raises UsageError."""
    return AssetHosts.parse(environment.get(VARIABLE, ""))
