"""Links led elsewhere and back again, with not a byte changed beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from coda_git_mirror.format.destinations import Destination, Edit, edited, written
from coda_git_mirror.format.scan_html import scan_html
from coda_git_mirror.format.scan_markdown import markdown_destinations

Resolve = Callable[[str], str | None]
"""What a URL shall become, None to leave it."""
_Scan = Callable[[str], Iterable[Destination]]


@dataclass(frozen=True)
class Relinked:
    """A text with other links; by their number among all destinations of the text, what stood in their places."""

    text: str
    originals: Mapping[int, str] = field(default_factory=dict)


def relink_markdown(text: str, resolve: Resolve) -> Relinked:
    """Markdown, without front matter, with every link that `resolve` knows led there; autolinks stay absolute."""
    return _relinked(text, resolve, markdown_destinations)


def unlink_markdown(text: str, originals: Mapping[int, str]) -> str:
    """The exact inverse of `relink_markdown`."""
    return _unlinked(text, originals, markdown_destinations)


def relink_html(text: str, resolve: Resolve) -> Relinked:
    """HTML with every `href`, `src` and `poster` that `resolve` knows led there."""
    return _relinked(text, resolve, scan_html)


def unlink_html(text: str, originals: Mapping[int, str]) -> str:
    """The exact inverse of `relink_html`."""
    return _unlinked(text, originals, scan_html)


def edits(destinations: Iterable[Destination], resolve: Resolve) -> Iterator[tuple[int, Edit]]:
    """What to write where, with the number of the destination; an empty one, which means its own page, stays."""
    for number, destination in enumerate(destinations):
        target = resolve(destination.url) if destination.url else None
        if target is None or target == destination.url:
            continue
        new = written(target, destination.notation)
        if new is not None:
            yield number, (destination.start, destination.end, new)


def _relinked(text: str, resolve: Resolve, scan: _Scan) -> Relinked:
    """A text from which no way would lead back stays as it is.

    Only contrived ones do: `[a]([b](<c d>))` is one link, but without the space in it another one.
    """
    originals: dict[int, str] = {}

    def noted() -> Iterator[Edit]:
        for number, (start, end, new) in edits(scan(text), resolve):
            originals[number] = text[start:end]
            yield start, end, new

    relinked = edited(text, noted())
    return Relinked(relinked, originals) if _leads_back(relinked, originals, scan, text) else Relinked(text)


def _leads_back(relinked: str, originals: Mapping[int, str], scan: _Scan, text: str) -> bool:
    """Whether `text` is what `_unlinked` makes of the relinked one, without a further copy of it."""
    place = done = 0
    for start, end, original in chain(_back(relinked, originals, scan), [(len(relinked), len(relinked), "")]):
        between = start - done
        if relinked[done:start] != text[place : place + between] or not text.startswith(original, place + between):
            return False
        place, done = place + between + len(original), end
    return place == len(text)


def _unlinked(text: str, originals: Mapping[int, str], scan: _Scan) -> str:
    return edited(text, _back(text, originals, scan))


def _back(text: str, originals: Mapping[int, str], scan: _Scan) -> Iterator[Edit]:
    destinations = enumerate(scan(text)) if originals else ()
    return ((it.start, it.end, originals[number]) for number, it in destinations if number in originals)
