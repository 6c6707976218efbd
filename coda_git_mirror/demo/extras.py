"""What a doc has beside pages and tables: named formulas, controls, and whom it is shared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coda_git_mirror.demo.world import Doc, Page


@dataclass(frozen=True)
class Permission:
    """Who may do what: `principal` as the API writes it, `access` one of readonly, write, comment, none."""

    id: str
    principal: Mapping[str, str]
    access: str


@dataclass(eq=False, repr=False)
class _Valued:
    """Something with a name and a value, which can change without any page's time moving.

    Without a `page`, or where it is `placeless`, the API gives no `parent`; any page of the doc may show the value.
    """

    doc: Doc
    id: str
    name: str
    value: Any
    page: Page | None = None
    placeless: bool = False

    def set(self, value: Any) -> None:
        """Edits it: moves the time of the doc."""
        self.doc.edited()
        self.value = value

    def recalculate(self, value: Any) -> None:
        """Gives it another value, as `Today()` does by itself: moves no time at all."""
        self.value = value


@dataclass(eq=False, repr=False)
class Formula(_Valued):
    """A named formula."""


@dataclass(eq=False, repr=False)
class Control(_Valued):
    """A control, such as a slider or a select."""

    control_type: str = field(kw_only=True)
