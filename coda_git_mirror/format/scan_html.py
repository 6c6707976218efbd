"""The tags of an HTML page with the places of their attributes, as browsers read them, whatever the input.

Not `html.parser`: it differs between versions of Python, raises at `<![x[`, and is slow on unclosed tags. A tag that
never ends is none; comments, scripts, styles and the like hold no tags. One pass, in time linear in the text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from coda_git_mirror.format.destinations import Destination, Notation

LINKING = frozenset({"href", "src", "poster"})
"""The attributes whose values are URLs."""
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
_TAG = re.compile(r"<(/?)([A-Za-z][^\t\n\f\r />]*+)")
_END = re.compile(r"[\t\n\f\r /]*+>")
_ATTRIBUTE = re.compile(
    r"[\t\n\f\r /]*+(?P<name>[^\t\n\f\r />][^\t\n\f\r />=]*+)"
    r"(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+"
    r"(?:\"(?P<double>[^\"]*+)\"?|'(?P<single>[^']*+)'?|(?P<unquoted>[^\t\n\f\r >\"'][^\t\n\f\r >]*+)|(?=>)))?+"
)
_NOTATIONS = {
    "double": Notation.DOUBLE_QUOTED,
    "single": Notation.SINGLE_QUOTED,
    "unquoted": Notation.UNQUOTED,
}
_COMMENT_END = re.compile(r"--!?>")


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag; of attributes of one name the first counts, an end tag has none."""

    start: int
    end: int
    name: str
    closing: bool
    attributes: dict[str, Destination]

    def value(self, attribute: str) -> str:
        """The decoded value of an attribute, empty where the tag has none."""
        found = self.attributes.get(attribute)
        return found.url if found else ""

    def destinations(self) -> list[Destination]:
        """The links in the tag, in the order of the text."""
        return [found for name, found in self.attributes.items() if name in LINKING]


def scan_html(text: str) -> Iterator[Destination]:
    """Every `href`, `src` and `poster` in the page, in order."""
    return (destination for tag in html_tags(text) for destination in tag.destinations())


def html_tags(text: str) -> Iterator[Tag]:
    """Every tag of the page, in order."""
    position = text.find("<")
    while position >= 0:
        opening = _TAG.match(text, position)
        if not opening:
            position = text.find("<", _after_markup(text, position))
            continue
        tag = _tag(text, opening)
        if tag is None:
            return
        yield tag
        position = text.find("<", _after_raw_text(text, tag))


def _after_markup(text: str, position: int) -> int:
    """Behind a `<` that begins no tag: a comment, something that browsers take for one, or plain text."""
    if text.startswith(("<!-->", "<!--->"), position):
        return text.index(">", position) + 1
    if text.startswith("<!--", position):
        end = _COMMENT_END.search(text, position + 4)
        return end.end() if end else len(text)
    if text.startswith(("<!", "<?", "</"), position):
        return text.find(">", position) + 1 or len(text)
    return position + 1


def _after_raw_text(text: str, tag: Tag) -> int:
    if tag.closing or tag.name not in _RAW:
        return tag.end
    end = _RAW[tag.name].search(text, tag.end)
    return end.start() if end else len(text)


def _tag(text: str, opening: re.Match[str]) -> Tag | None:
    attributes: dict[str, Destination] = {}
    position = opening.end()
    while attribute := _ATTRIBUTE.match(text, position):
        position = attribute.end()
        attributes.setdefault(attribute["name"].lower(), _value(attribute))
    end = _END.match(text, position)
    if not end:
        return None
    closing = bool(opening[1])
    return Tag(opening.start(), end.end(), opening[2].lower(), closing, {} if closing else attributes)


def _value(attribute: re.Match[str]) -> Destination:
    group = attribute.lastgroup or "name"
    if group == "name":
        return Destination(attribute.end(), attribute.end(), "", Notation.UNQUOTED)
    return Destination(*attribute.span(group), html.unescape(attribute[group]), _NOTATIONS[group])
