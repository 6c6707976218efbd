from __future__ import annotations

import click

from coda_git_mirror.commands.login import warn_of_others
from coda_git_mirror.commands.options import verbose_option
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.keychain import remove, stored_logins, stored_token


@click.command()
@click.argument("account", required=False)
@verbose_option
def logout(account: str | None, verbose: bool) -> None:  # noqa: ARG001 (cli.py looks for -v itself)
    """Take an API token out of the system's keyring.

    ACCOUNT is the login that it belongs to, and may be left out if there is one token only. The token itself stays
    good until it is deleted at https://coda.io/account.

    Exit codes: 0 removed, 1 not there or not removed, 2 wrong usage.
    """
    login = _named(account) if account else _only_one()
    remove(login)
    click.echo(
        f"Removed the token of {one_line(login)} from the system's keyring; "
        "it stays good until you delete it at https://coda.io/account."
    )
    warn_of_others()


def _named(account: str) -> str:
    logins = stored_logins()
    login = next((login for login in logins if login.casefold() == account.casefold()), account)
    if login not in logins and not stored_token(login):
        raise MirrorError(f"The system's keyring has no token of {one_line(account)}; nothing was removed.")
    return login


def _only_one() -> str:
    logins = stored_logins()
    if not logins:
        raise MirrorError("The system's keyring has no token of this program's; nothing was removed.")
    if len(logins) > 1:
        raise UsageError(f"The system's keyring has tokens of {one_line(', '.join(logins))}; name one of them.")
    return logins[0]
