"""What a page is made of; the renderers decide what of it each export format carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

if TYPE_CHECKING:
    from coda_git_mirror.demo.world import Blob, Control, Doc, Formula, Page, Row, Table, View


@dataclass(frozen=True)
class Text:
    """A paragraph; inline Markdown (bold, italic, code, links) is understood."""

    markdown: str


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True)
class Item:
    """One entry of a list; `kind` is `bullet`, `number` or `check`, and only the last is `ticked`."""

    text: str
    level: int = 0
    kind: str = "bullet"
    ticked: bool = False


@dataclass(frozen=True)
class Code:
    """A code fence."""

    language: str
    text: str


@dataclass(frozen=True)
class Quote:
    """A quotation; a `level` above 1 is a quote within a quote, which the Markdown export flattens."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Callout:
    """A coloured box of text, of which no export keeps the colour."""

    text: str


@dataclass(frozen=True, eq=False)
class Picture:
    """An image or a video on the page: in the HTML export, not in the Markdown one."""

    blob: Blob
    width: int = 480


@dataclass(frozen=True, eq=False)
class Attachment:
    """A file on the page: in the HTML export, not in the Markdown one."""

    blob: Blob


@dataclass(frozen=True)
class Divider:
    """A horizontal line."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A table or view shown on the page, with or without its title."""

    of: Table | View
    titled: bool = True


@dataclass(frozen=True, eq=False)
class FormulaValue:
    """A line of text that ends in the present value of a formula."""

    label: str
    formula: Formula


@dataclass(frozen=True, eq=False)
class ControlValue:
    """A line of text that ends in a control, which exports as its present value."""

    label: str
    control: Control


@dataclass(frozen=True, eq=False)
class Mention:
    """A paragraph that links to something of the account, in this doc or another, and follows its name.

    It reads as the present name of what it leads to, or as `label`, and its URL is the present browser link. What was
    deleted is mentioned by its last name, as plain text. A rename moves no time of the page with the mention.
    """

    to: Doc | Page | Table | View | Row
    label: str | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself: what it leads to is looked up whenever it is shown, and may be a whole other doc."""
        return self


@dataclass(frozen=True)
class Embed:
    """A web page shown in the page, exported as its bare URL."""

    url: str


@dataclass(frozen=True)
class Raw:
    """Markdown that the Markdown export serves verbatim."""

    markdown: str


Block: TypeAlias = (
    "Text | Heading | Item | Code | Quote | Callout | Picture | Attachment | Divider | Grid | FormulaValue"
    " | ControlValue | Mention | Embed | Raw"
)
