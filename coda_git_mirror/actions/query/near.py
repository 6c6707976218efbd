"""What to say of a name in SQL that is none: which are near, and why it may be missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from coda_git_mirror.actions.query.catalog import Catalog
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.sql.names import HISTORY_TABLE, PAGES_TABLE, folded, quoted

_MOST = 5


def no_table(name: str, catalog: Catalog) -> MirrorError:
    """That there is no such table; or that there are several, or that the mirror cannot tell, or never could read it.

    No UsageError where it may be a table of a doc that is damaged.
    """
    if several := [grid.name for grid in catalog.called(name)]:
        return UsageError(
            f"{one_line(name)!r} does not tell which table is meant; name one as {_listed(several)}, or its doc with "
            "--doc."
        )
    for problem in catalog.missing:
        if folded(one_line(problem.item)) == folded(one_line(name)):
            return UsageError(f"The mirror has no rows of {one_line(name)!r} ({one_line(problem.reason)}).")
    names = [PAGES_TABLE, HISTORY_TABLE, *(each for grid in catalog.grids for each in grid.names)]
    near = _near(name, names)
    hint = f"near are {_listed(near)}" if near else "`coda-git-mirror query` without SQL lists them"
    if catalog.lost:
        return MirrorError(_why_lost(name, catalog, hint))
    return UsageError(f"There is no table {one_line(name)!r}; {hint}.")


def _why_lost(name: str, catalog: Catalog, hint: str) -> str:
    folder = folded(name.partition("/")[0])
    of = next((each for each in catalog.lost if folded(each.record.path.rpartition("/")[2]) == folder), None)
    if of and "/" in name:
        return f"{one_line(name)!r} cannot be read, since its doc {of.name!r} is left out; mend that, and ask again."
    lost = ", ".join(repr(each.name) for each in catalog.lost)
    return (
        f"There is no table {one_line(name)!r} in the docs that can be read ({hint}); if it is of {lost}, mend what is "
        "left out, and ask again."
    )


def no_column(name: str, known: Sequence[str]) -> UsageError:
    """That no table of the SQL has such a column, which may have been meant for a text."""
    near = _near(name.rpartition(".")[2], known) or _near(name, known)
    hint = f"near are {_listed(near)}" if near else f"there are {_listed(known)}" if known else "no table has any"
    return UsageError(f"There is no column {one_line(name)!r}; {hint}. (Texts stand in single quotes.)")


def _near(name: str, names: Iterable[str]) -> list[str]:
    """Those that are like it, or have it in them, or of which it has all."""
    by_fold = {folded(each): each for each in names}
    wanted = folded(name)
    alike = get_close_matches(wanted, by_fold, _MOST)
    within = [each for each in by_fold if wanted and (wanted in each or each.rpartition("/")[2] == wanted)]
    return [by_fold[each] for each in dict.fromkeys([*alike, *within])][:_MOST]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(quoted(one_line(name)) for name in names[: 4 * _MOST])
    return f"{shown} and {len(names) - 4 * _MOST} more" if len(names) > 4 * _MOST else shown
