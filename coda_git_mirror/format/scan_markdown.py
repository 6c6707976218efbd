"""Every link destination of a page's Markdown with its exact place, as CommonMark reads them.

Nothing is ever written anew from a tree: whoever changes a destination changes no byte beside it (engineering.md,
Bytes). One pass, in time linear in the text, whatever the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from coda_git_mirror.format.destinations import Destination, Notation
from coda_git_mirror.format.markdown_runs import Kind, Run, markdown_runs
from coda_git_mirror.format.markdown_syntax import destination_at, label_key, skip_title
from coda_git_mirror.format.scan_html import html_tags

_SPECIAL = re.compile(r"\\.|`+|<|!?\[|\]", re.DOTALL)
_TICKS = re.compile(r"`+")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\x00-\x20\x7f<>]*+)>")
_TAG = re.compile(
    r"<(?:/[A-Za-z][A-Za-z0-9-]*+\s*+|[A-Za-z][A-Za-z0-9-]*+"
    r"(?:\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'=<>`]++))?+)*+\s*+/?)>",
    re.ASCII,
)
_MARKUP = re.compile(r"<(?:!--|\?|!\[CDATA\[|![A-Za-z])")
_MARKUP_ENDS = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}
_SPACE = re.compile(r"[ \t\n]*+")
_DEFINITION = re.compile(r"[ ]{0,3}\[((?:[^\[\]\\]|\\.){1,999}+)\]:[ \t]*+\n?[ \t]*+", re.DOTALL)
_LINE_END = re.compile(r"[ \t]*+(?:\n[ \t>]*+|\Z)")
_REFERENCE = re.compile(r"\[((?:[^\[\]\\]|\\.){0,999}+)\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Code:
    """A line of a code fence, or a code span."""

    start: int
    end: int


Mark = Destination | Code


def markdown_destinations(text: str) -> Iterator[Destination]:
    """Inline links and images, autolinks, definitions of references, and the links of raw HTML tags, in order."""
    return (mark for mark in scan_markdown(text) if isinstance(mark, Destination))


def scan_markdown(text: str) -> Iterator[Mark]:
    """The destinations and the code of a page, in order; in memory is what one paragraph has."""
    page = _Page(text)
    definitions = dict(page.read_all_definitions()) if "]:" in text else {}
    for run in markdown_runs(text):
        if run.kind is Kind.CODE:
            yield Code(run.start, run.end)
        else:
            begin, page.found = definitions.get(run.start, (run.start, []))
            page.read_inline(begin, run.end)
            yield from sorted(page.found, key=attrgetter("start"))


class _Page:
    """A page, with what was found in one run of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Mark] = []
        self.labels: set[str] = set()

    def read_all_definitions(self) -> Iterator[tuple[int, tuple[int, list[Mark]]]]:
        """Of each paragraph that begins with some: its place, and where they end and what they name."""
        for run in markdown_runs(self.text):
            if run.kind is Kind.PARAGRAPH and (end := self.read_definitions(run)) != run.start:
                yield run.start, (end, self.found)
                self.found = []

    def read_definitions(self, run: Run) -> int:
        """Notes the definitions that a paragraph begins with; returns where they end."""
        position = run.start
        while head := _DEFINITION.match(self.text, position, run.end):
            found = destination_at(self.text, head.end(), run.end)
            if not found or found.start == found.end == head.end() or not head[1].strip():
                break
            after = self._after_definition(found, run.end)
            if after is None:
                break
            position = after
            self.labels.add(label_key(head[1]))
            self.found.append(found)
        return position

    def _after_definition(self, found: Destination, end: int) -> int | None:
        behind = found.end + (found.notation is Notation.ANGLE)
        titled = skip_title(self.text, behind, end)
        for position in (titled, behind):
            if position is not None and (line_end := _LINE_END.match(self.text, position, end)):
                return line_end.end()
        return None

    def read_inline(self, start: int, end: int) -> None:
        _Inline(self, start, end).read()


@dataclass(frozen=True, slots=True)
class _Opener:
    """An opening bracket; `begin` is where its label begins."""

    begin: int
    image: bool


class _Inline:
    """Goes through one run; every handler returns where to go on."""

    def __init__(self, page: _Page, start: int, end: int) -> None:
        self._page, self._text = page, page.text
        self._start, self._end = start, end
        self._ticks: defaultdict[int, list[int]] = defaultdict(list)
        for match in _TICKS.finditer(self._text, start, end):
            self._ticks[len(match[0])].append(match.start())
        self._openers: list[_Opener] = []
        self._spent = 0
        """So many of the openers stand around a link already: as no link holds another, they can begin images only."""
        self._unclosed: set[str] = set()

    def read(self) -> None:
        position = self._start
        while special := _SPECIAL.search(self._text, position, self._end):
            position = self._handled(special)

    def _handled(self, special: re.Match[str]) -> int:
        match special[0]:
            case "<":
                return self._angle(special.start())
            case "[" | "![" as bracket:
                self._openers.append(_Opener(special.end(), bracket == "!["))
            case "]":
                return self._closing(special.start())
            case mark if mark.startswith("`"):
                return self._code_span(special)
        return special.end()

    def _code_span(self, opening: re.Match[str]) -> int:
        length = len(opening[0])
        places = self._ticks[length]
        index = bisect_left(places, opening.end())
        if index == len(places):
            return opening.end()
        self._page.found.append(Code(opening.start(), places[index] + length))
        return places[index] + length

    def _angle(self, position: int) -> int:
        if autolink := _AUTOLINK.match(self._text, position, self._end):
            span = autolink.span(1)
            self._page.found.append(Destination(*span, autolink[1], Notation.AUTOLINK, span))
            return autolink.end()
        if tag := _TAG.match(self._text, position, self._end):
            self._note_attributes(tag)
            return tag.end()
        return self._after_markup(position)

    def _note_attributes(self, match: re.Match[str]) -> None:
        for tag in html_tags(match[0]):
            for found in tag.destinations():
                start, end = found.start + match.start(), found.end + match.start()
                self._page.found.append(Destination(start, end, found.url, found.notation))

    def _after_markup(self, position: int) -> int:
        """Behind a comment or the like; each kind of end is looked for in vain but once."""
        begin = _MARKUP.match(self._text, position, self._end)
        end = _MARKUP_ENDS.get(begin[0], ">") if begin else ""
        if not begin or end in self._unclosed:
            return position + 1
        found = self._text.find(end, position + 2, self._end)
        if found < 0:
            self._unclosed.add(end)
            return position + 1
        return found + len(end)

    def _closing(self, bracket: int) -> int:
        if not self._openers:
            return bracket + 1
        opener = self._openers.pop()
        spent = len(self._openers) < self._spent
        self._spent = min(self._spent, len(self._openers))
        if spent and not opener.image:
            return bracket + 1
        after = self._inline_link(opener, bracket) or self._reference(opener, bracket)
        if after and not opener.image:
            self._spent = len(self._openers)
        return after or bracket + 1

    def _inline_link(self, opener: _Opener, bracket: int) -> int | None:
        text, end = self._text, self._end
        if not text.startswith("(", bracket + 1, end):
            return None
        found = destination_at(text, self._after_space(bracket + 2), end)
        if found is None:
            return None
        behind = found.end + (found.notation is Notation.ANGLE)
        close = self._after_space(skip_title(text, behind, end) or behind)
        if not text.startswith(")", close, end):
            return None
        label = opener.begin, bracket
        self._page.found.append(Destination(found.start, found.end, found.url, found.notation, label, opener.image))
        return close + 1

    def _after_space(self, position: int) -> int:
        space = _SPACE.match(self._text, position, self._end)
        return space.end() if space else position

    def _reference(self, opener: _Opener, bracket: int) -> int | None:
        """A link whose destination stands in a definition: it has none of its own, but may stand in another link."""
        if not self._page.labels:
            return None
        full = _REFERENCE.match(self._text, bracket + 1, self._end)
        if full and full[1] and label_key(full[1]) in self._page.labels:
            return full.end()
        label = _REFERENCE.match(self._text, opener.begin - 1, bracket + 1)
        if (full and full[1]) or not label or label_key(label[1]) not in self._page.labels:
            return None
        return full.end() if full else bracket + 1
