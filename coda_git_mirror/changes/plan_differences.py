"""What lies between a plan as it was shown and the plan that is made now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coda_git_mirror.model.plan import Plan

_MOST = 5


def what_differs(shown: Plan, now: Plan) -> str:
    """The first differences, as a list in words."""
    told = list(_differences(shown, now))
    more = [f"{len(told) - _MOST} more"] if len(told) > _MOST else []
    return "; ".join([*told[:_MOST], *more])


def _differences(shown: Plan, now: Plan) -> Iterator[str]:
    old, new = _steps(shown), _steps(now)
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in new:
            yield f"no more to be done is {old[key][0]}"
        elif key not in old:
            yield f"new is {new[key][0]}"
        elif old[key][1] != new[key][1]:
            yield f"now it is {new[key][0]}"


def _steps(plan: Plan) -> Mapping[tuple[str, ...], tuple[str, object]]:
    """The steps by what they are about, each as a person reads it and as it counts."""
    return {
        **{
            ("update", *each.key): (
                f"{each.row_name or each.row} › {each.cell.column_name}: {each.was} → {each.becomes}",
                (each.live, each.cell.wanted),
            )
            for each in plan.updates
        },
        **{("insert", each.key): (f"the row {each.name or each.key} to insert", each) for each in plan.inserts},
        **{("delete", each.row): (f"the row {each.name or each.row} to delete", each.live) for each in plan.deletes},
    }
