"""What a person means who writes a text into a cell of a CSV: read strictly, by the type of the column (cli.md, apply).

A text that fits nothing exactly is not guessed at; whoever wrote it is told what would be taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.column_kinds import (
    CURRENCY_KIND,
    FILE_KINDS,
    LIST_KINDS,
    PERSON_KIND,
    RELATION_KIND,
    SELECT_KIND,
    currency_of,
    format_of,
    is_list,
    options_of,
)
from coda_git_mirror.changes.formatting import is_formatted
from coda_git_mirror.changes.plain_values import clock_time, day_of, file_id, is_address, moment_of
from coda_git_mirror.changes.spreadsheet_numbers import PLAIN
from coda_git_mirror.model.cell_values import (
    CellValue,
    Day,
    Formatted,
    HostedFile,
    Many,
    Member,
    Moment,
    Money,
    Number,
    RowReference,
    Single,
    Text,
    TimeOfDay,
    Truth,
    WebAddress,
    singles,
)
from coda_git_mirror.model.content import Column

_BETWEEN = ", "
_MOST_NAMED = 8
_MOST_PARTS = 40
"""Of more parts nobody tries which of them belong together; each is one."""
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True)
class Unread:
    """Why a text means nothing in its column, as the end of a sentence that begins with the text."""

    reason: str


@dataclass(frozen=True)
class RowNames:
    """The rows that a relation may point to: their names by id."""

    names: Mapping[str, str]

    @cached_property
    def ids(self) -> Mapping[str, list[str]]:
        """The ids of the rows of each name."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for row, name in self.names.items():
            found[name].append(row)
        return found


@dataclass(frozen=True)
class KnownPeople:
    """People, each once."""

    members: Sequence[Member]

    @cached_property
    def by_mail(self) -> Mapping[str, Member]:
        """Those whose e-mail address is known, by it."""
        return {member.key: member for member in self.members if "@" in member.key}

    @cached_property
    def by_name(self) -> Mapping[str, list[Member]]:
        """Those of each name."""
        found: defaultdict[str, list[Member]] = defaultdict(list)
        for member in self.members:
            found[member.name].append(member)
        return found


NOBODY, NO_ROWS = KnownPeople(()), RowNames({})


@dataclass(frozen=True)
class Directory:
    """What names may mean in a doc: `rows` those of a relation's rows, `people` those of whom the doc shows; `knows`
    tells whether it knows somebody else, too. `options` are what a select list without listed ones holds.
    """

    rows: Callable[[Column], RowNames] = lambda _: NO_ROWS
    people: Callable[[], KnownPeople] = lambda: NOBODY
    knows: Callable[[Member], bool] = lambda _: False
    options: Callable[[Column], frozenset[str]] = lambda _: frozenset()
    zone: tzinfo | None = None


_Reader: TypeAlias = "Callable[[str, Column, Directory], Single | Unread]"


def typed(text: str, column: Column, was: CellValue, directory: Directory) -> CellValue | Unread:
    """What a text means in a column whose cell held `was`."""
    if not text:
        return canonical("", column)
    if any(isinstance(each, Formatted) for each in singles(was)):
        return Formatted(text, text) if is_formatted(text) else Text(text)
    read = _READERS.get(column.kind, _prose)
    one = read(text, column, directory)
    if isinstance(one, Money) and not one.currency and isinstance(was, Money):
        return replace(one, currency=was.currency)
    if not isinstance(one, Unread) or not _may_be_several(text, column, was):
        return one
    return _several(text, column, directory, read) or one


def _may_be_several(text: str, column: Column, was: CellValue) -> bool:
    if _BETWEEN not in text:
        return False
    is_many = is_list(column) or isinstance(was, Many)
    return is_many or (column.kind in LIST_KINDS and column.kind != SELECT_KIND)


def _several(text: str, column: Column, directory: Directory, read: _Reader) -> CellValue | Unread | None:
    """The values between commas; names with commas in them are found where there is but one way to."""
    ways = _ways(text.split(_BETWEEN), lambda part: read(part, column, directory))
    if len(ways) > 1:
        return Unread("may be read as several lists; give ids in place of names that have commas")
    if ways:
        return Many(ways[0]) if len(ways[0]) > 1 else ways[0][0]
    failed = (read(part, column, directory) for part in text.split(_BETWEEN))
    return next((each for each in failed if isinstance(each, Unread)), None)


def _ways(parts: Sequence[str], read: Callable[[str], Single | Unread]) -> list[tuple[Single, ...]]:
    """At most two ways in which all of the parts, some joined again, mean something."""
    ways: list[list[tuple[Single, ...]]] = [[] for _ in parts] + [[()]]
    longest = len(parts) if len(parts) <= _MOST_PARTS else 1
    for first in reversed(range(len(parts))):
        for last in range(first + 1, min(first + longest, len(parts)) + 1):
            one = read(_BETWEEN.join(parts[first:last])) if ways[last] else Unread("")
            if not isinstance(one, Unread):
                ways[first] += [(one, *rest) for rest in ways[last]]
        ways[first] = ways[first][:2]
    return ways[0]


def _prose(text: str, _column: Column, _directory: Directory) -> Single | Unread:
    return Text(text)


def _number(text: str, column: Column, _directory: Directory) -> Single | Unread:
    if not PLAIN.fullmatch(text):
        return Unread("is no plain number; write it as 1234.5, without signs and blanks, and 50 % as 0.5")
    amount = Decimal(text)
    return Money(amount, currency_of(column), text) if column.kind == CURRENCY_KIND else Number(amount, text)


def _truth(text: str, _column: Column, _directory: Directory) -> Single | Unread:
    value = _TRUTHS.get(text.casefold())
    return Unread("is neither TRUE nor FALSE") if value is None else Truth(value)


def _day(text: str, _column: Column, _directory: Directory) -> Single | Unread:
    day = day_of(text, None) if "T" not in text else ""
    return Day(day) if day else Unread("is no date of the form 2026-03-31")


def _moment(text: str, _column: Column, directory: Directory) -> Single | Unread:
    instant = moment_of(text, directory.zone)
    if instant is None:
        return Unread("is no time of the form 2026-03-31T14:00:00+02:00")
    return Moment(instant, text if datetime.fromisoformat(text).tzinfo else instant.astimezone(UTC).isoformat())


def _time(text: str, _column: Column, _directory: Directory) -> Single | Unread:
    time = clock_time(text) if "T" not in text else ""
    return TimeOfDay(time) if time else Unread("is no time of the form 14:30:00")


def _option(text: str, column: Column, directory: Directory) -> Single | Unread:
    listed = options_of(column)
    options = directory.options(column) if listed is None else listed
    return Text(text) if text in options else Unread(f"is none of the column's options{_named(options)}")


def _link(text: str, _column: Column, _directory: Directory) -> Single | Unread:
    value = canonical(text, Column("", "", "link"))
    return value if isinstance(value, WebAddress) else Unread("is no address; write it with its https://")


def _file(text: str, _column: Column, _directory: Directory) -> Single | Unread:
    if not is_address(text):
        return Unread("is no file that Coda could fetch; give an address that everybody can read")
    return HostedFile(file_id(text), text)


def _person(text: str, _column: Column, directory: Directory) -> Single | Unread:
    people, mail = directory.people(), text.casefold() if "@" in text else ""
    known = people.by_mail.get(mail)
    found = [known] if known else people.by_name.get(text, [])
    if len(found) == 1:
        return found[0]
    if found:
        return Unread(f"is the name of several people; give one of {_listed(sorted(each.key for each in found))}")
    if mail and directory.knows(stranger := Member(mail, "", text)):
        return stranger
    return Unread(f"is nobody whom the doc knows by name or e-mail address{_named(people.by_name)}")


def _row(text: str, column: Column, directory: Directory) -> Single | Unread:
    rows, table = directory.rows(column), target_of(column)
    if text in rows.names:
        return RowReference(text, rows.names[text], table)
    found = rows.ids.get(text, [])
    if len(found) == 1:
        return RowReference(found[0], text, table)
    if found:
        return Unread(f"is the name of several rows; give one of the ids {_listed(sorted(found))}")
    return Unread(f"is neither name nor id of a row that it could point to{_named(rows.ids)}")


def target_of(column: Column) -> str:
    """The id of the table that a relation points to; empty where Coda does not say it."""
    target = format_of(column).get("table")
    return str(target.get("id", "") if isinstance(target, dict) else target or "")


def _named(names: Collection[str]) -> str:
    """What would be taken, where that is not too much to tell."""
    return f": {_listed(sorted(names))}" if any(names) else ""


def _listed(names: Sequence[str]) -> str:
    shown = [" ".join(name.split())[:60] for name in names if name]
    more = [f"and {len(shown) - _MOST_NAMED} more"] if len(shown) > _MOST_NAMED else []
    return _BETWEEN.join([*shown[:_MOST_NAMED], *more])


_READERS: Mapping[str, _Reader] = {
    **dict.fromkeys(("number", "percent", "slider", "scale", CURRENCY_KIND), _number),
    **dict.fromkeys(FILE_KINDS, _file),
    "checkbox": _truth,
    "date": _day,
    "dateTime": _moment,
    "time": _time,
    "link": _link,
    SELECT_KIND: _option,
    PERSON_KIND: _person,
    RELATION_KIND: _row,
}
