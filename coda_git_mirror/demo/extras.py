"""What a doc has beside pages and tables: named formulas, controls, and whom it is shared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
class Formula:
    """A named formula; its value can change without any page's time moving.

    Without a `page`, or where it is `placeless`, the API gives no `parent`; any page of the doc may show the value.
    """

    doc: Doc
    id: str
    name: str
    value: Any
    page: Page | None = None
    placeless: bool = False

    def set(self, value: Any) -> None:
        """Edits the formula: moves the time of the doc."""
        self.doc.edited()
        self.value = value

    def recalculate(self, value: Any) -> None:
        """Gives it another value, as `Today()` does by itself: moves no time at all."""
        self.value = value


@dataclass(eq=False, repr=False)
class Control:
    """A control, such as a slider or a select; in its place and its times as a formula."""

    doc: Doc
    id: str
    name: str
    control_type: str
    value: Any
    page: Page | None = None
    placeless: bool = False

    def set(self, value: Any) -> None:
        """Moves the control: moves the time of the doc."""
        self.doc.edited()
        self.value = value

    def recalculate(self, value: Any) -> None:
        """Gives it another value, as a default that is calculated does: moves no time at all."""
        self.value = value
