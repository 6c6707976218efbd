from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from coda_git_mirror.actions.reach import reach_of
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.options import verbose_option
from coda_git_mirror.credentials import KEYRING, Found, checked, found_outside, text_of
from coda_git_mirror.errors import EXIT_DONE, EXIT_FAILED, CodaError, MirrorError, UsageError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.keychain import NoKeyring, require_keyring, store, stored_logins, stored_token
from coda_git_mirror.model.content import Holder
from coda_git_mirror.redact import Secret, redacted

_LARGEST = 64 * 1024
_WITH_TOKEN = "Read the token from standard input instead of asking for it."  # noqa: S105 (a help text)
_STATUS = "Store nothing; say which tokens are there, whose they are, and what they may do."


@click.command()
@click.option("--with-token", is_flag=True, help=_WITH_TOKEN)
@click.option("--status", "asks_status", is_flag=True, help=_STATUS)
@verbose_option
def login(with_token: bool, asks_status: bool, verbose: bool) -> int:  # noqa: ARG001 (cli.py looks for -v itself)
    """Store an API token in the system's keyring.

    Asks for the token without showing it, asks Coda whose it is and what it may do, and stores it under that account
    in the keyring of the system, which is read back. Make a token at https://coda.io/account. Several accounts can
    have a token each: a mirror is synced with its owner's. Where there is no keyring, nothing is stored.

    Exit codes: 0 stored, 1 not stored, with --status no token or not a good one, 2 wrong usage.
    """
    if asks_status:
        if with_token:
            raise UsageError("--status stores nothing; leave out --with-token.")
        return _show_status()
    require_keyring()
    token = _given() if with_token else _asked_for()
    holder = _show_holder(token)
    login = holder.account.login
    if not login:
        raise MirrorError(
            "Coda does not say whose token this is, so it was not stored; set CODA_API_TOKEN to it instead."
        )
    click.echo(f"Stored in the system's keyring ({one_line(store(login, token))}) as that of {one_line(login)}.")
    warn_of_others()
    return EXIT_DONE


def _asked_for() -> Secret:
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask for the token at; give it on standard input with --with-token.")
    return checked(str(click.prompt("Coda API token", hide_input=True, err=True)).strip(), "the prompt")


def _given() -> Secret:
    content = sys.stdin.buffer.read(_LARGEST) if sys.stdin else b""
    try:
        text = text_of(content)
    except UnicodeDecodeError:
        raise UsageError("What standard input gives is no text; give it the Coda API token alone.") from None
    if not text:
        raise UsageError("Standard input gives no token; pipe the Coda API token into this command.")
    return checked(text, "standard input")


def _show_holder(token: Secret, place: str = "") -> Holder:
    """Says whose token it is and what it may do. Raises CodaError."""
    # What speaks HTTP takes as long to load as all the rest.
    from coda_git_mirror.commands.wiring import token_source

    source = token_source(token, SystemClock())
    holder = source.holder()
    account, name = holder.account, f"token “{holder.token_name}”" if holder.token_name else "a token"
    who = f"{account.name or account.login} ({account.login})"
    parts = [who, name, reach_of(holder, source).value, *([place] if place else [])]
    click.echo(redacted(one_line(" · ".join(parts))))
    return holder


def warn_of_others() -> None:
    """Another source comes before the keyring, whatever is stored there."""
    try:
        other = found_outside()
    except UsageError as error:
        click.echo(f"Note: {one_line(str(error))}", err=True)
        return
    if other:
        click.echo(f"Note: the token in {one_line(other.source)} comes before any of the keyring here.", err=True)


def _show_status() -> int:
    """Fails unless there is a token, and Coda accepts each that is there."""
    found = list(_all_found())
    if not found:
        raise MirrorError("No token is stored in the system's keyring or set here; `coda-git-mirror login` stores one.")
    good = list(map(_is_good, found))
    return EXIT_DONE if all(good) else EXIT_FAILED


def _all_found() -> Iterator[Found]:
    outside = found_outside()
    if outside:
        if outside.note:
            click.echo(f"Note: {one_line(outside.note)}", err=True)
        yield outside
    try:
        for login in stored_logins():
            yield Found(Secret(stored_token(login)), f"{KEYRING}, for {login}")
    except NoKeyring as error:
        if not outside:
            raise
        click.echo(f"Note: {one_line(str(error))}", err=True)


def _is_good(found: Found) -> bool:
    try:
        _show_holder(found.token, f"in {found.source}")
    except CodaError as error:
        click.echo(f"The token in {one_line(found.source)}: {one_line(str(error))}", err=True)
        return False
    return True
