"""How times and numbers are told in the pages, and what every page of ours knows."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import quote, urlencode

from flask import Blueprint, request
from flask.blueprints import BlueprintSetupState

from coda_git_mirror.actions.browse.compare import EMPTY_TREE
from coda_git_mirror.format.text import harmless
from coda_git_mirror.web.addresses import kept_at, to_item

wording = Blueprint("wording", __name__)


def seen(value: object) -> object:
    """What a template shows of a value: a text without control characters and marks of direction."""
    return harmless(value) if type(value) is str else value


@wording.app_template_filter("moment")
def moment(when: datetime) -> str:
    """Such as `3 March 2026, 18:00`, in the time zone of whoever looks."""
    local = when.astimezone()
    return f"{day(local)}, {local:%H:%M}"


@wording.app_template_filter("day")
def day(when: date | datetime) -> str:
    """Such as `3 March 2026`."""
    local = when.astimezone() if isinstance(when, datetime) else when
    return f"{local.day} {local:%B} {local.year}"


@wording.app_template_filter("day_until")
def day_until(when: datetime, end: datetime) -> str:
    """Such as `3 March` before `9 June 2026`: the year is told where it is another one."""
    told, year = day(when), f" {end.astimezone().year}"
    return told.removesuffix(year)


@wording.app_template_filter("instant")
def instant(text: str) -> str:
    """The day of an instant of Coda's, as `day` tells it; the text itself where it is no instant."""
    try:
        return day(datetime.fromisoformat(text))
    except ValueError:
        return text


@wording.app_template_filter("number")
def number(count: int) -> str:
    """With commas between the thousands."""
    return f"{count:,}"


@wording.app_template_filter("counted")
def counted(count: int, noun: str) -> str:
    """Such as `1 page` and `1,200 pages`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@wording.app_template_global("with_arguments")
def with_arguments(**changed: str | int | None) -> str:
    """The address of this page with some of its parameters set, or with None left out."""
    given = {name: value for name, value in request.args.items() if name not in changed}
    given |= {name: str(value) for name, value in changed.items() if value is not None}
    query = f"?{urlencode(given, errors='replace')}" if given else ""
    return f"{quote(request.script_root + request.path, errors='replace')}{query}"


@wording.app_template_global("to_neighbour")
def to_neighbour(doc: str, item: str) -> str:
    """The address of another thing of a doc, at the same time, and with what is gone where that is shown."""
    address = to_item(doc, item, kept_at())
    if "gone" not in request.args:
        return address
    return f"{address}{'&' if '?' in address else '?'}gone=1"


@wording.record_once
def _know_nothing(state: BlueprintSetupState) -> None:
    """Templates compare the first commit with nothing."""
    state.app.jinja_env.globals["nothing"] = EMPTY_TREE
