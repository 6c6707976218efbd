"""A page's Markdown, or a part of its HTML, as a part of our own page: nothing in it runs, loads or leads astray."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup

from coda_git_mirror.actions.browse.links import Target

Leads = Callable[[str], Target | None]
"""What a link of the page leads to; None for what leads nowhere."""
Address = Callable[[Target], str]
"""The address of a target."""

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LOWEST_HEADING = 6
_LONGEST_SHOWN = 80
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_WITH_DIRECTION = _HEADINGS | {"blockquote", "code", "li", "p", "pre", "td", "th"}
_MARKS = frozenset({"b", "del", "em", "i", "s", "span", "strong", "sub", "sup", "u"})
_TAGS = _WITH_DIRECTION | _MARKS | {"a", "br", "div", "hr", "img", "ol", "table", "tbody", "thead", "tr", "ul"}
_ATTRIBUTES = {
    "a": {"href", "target"},
    "img": {"src", "alt", "loading"},
    "ol": {"start"},
    "th": {"scope"},
    "span": {"class"},
    "div": {"class", "tabindex", "role", "aria-label"},
}
_AWAY = "noopener noreferrer"


def rendered(text: str, leads: Leads, address: Address) -> Markup:
    """Markdown as HTML, whose headings begin at the second level.

    What leads elsewhere opens in a new tab, without a referrer and with its address beside it; what leads nowhere is
    no link.
    """
    tokens = list(_framed(_PARSER.parse(text)))
    for token in tokens:
        if token.children is not None:
            token.children = list(_Inline(leads, address).of(token.children))
    return _cleaned(_PARSER.renderer.render(tokens, _PARSER.options, {}))


def cleaned_part(html: str) -> Markup:
    """The beginning of an HTML file, without its links and pictures."""
    return Markup(nh3.clean(html, tags=set(_TAGS - {"a", "img"}), attributes={}))  # noqa: S704 (it is clean)


def _cleaned(html: str) -> Markup:
    attributes = {tag: _ATTRIBUTES.get(tag, set()) | {"dir"} for tag in _TAGS}
    schemes = {"http", "https", "mailto"}
    clean = nh3.clean(html, tags=set(_TAGS), attributes=attributes, link_rel=_AWAY, url_schemes=schemes)
    return Markup(clean)  # noqa: S704 (it is clean)


def _line_break(state: StateInline, silent: bool) -> bool:
    """Coda writes `<br/>` where a cell of a table has several lines."""
    found = _BREAK.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _framed(tokens: Sequence[Token]) -> Iterator[Token]:
    """Headings lowered by one, directions left to the text, and wide tables in a frame that can be scrolled."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + 1, _LOWEST_HEADING)}"
        if token.tag in _WITH_DIRECTION and token.nesting >= 0:
            token.attrSet("dir", "auto")
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if token.type == "table_open":
            yield _opening("div", {"class": "wide", "tabindex": "0", "role": "group", "aria-label": "Table"})
        yield token
        if token.type == "table_close":
            yield _closing("div")


class _Inline:
    """The links and pictures in one run of text, led to where they lead here."""

    def __init__(self, leads: Leads, address: Address) -> None:
        self._leads, self._address = leads, address
        self._open: list[Target | None] = []
        self._shown = ""

    def of(self, tokens: Sequence[Token]) -> Iterator[Token]:
        for token in tokens:
            if token.type == "link_open":
                yield self._link(token)
            elif token.type == "link_close":
                yield from self._end(token)
            elif token.type == "image":
                yield from self._picture(token)
            else:
                self._shown += token.content
                yield token

    def _link(self, token: Token) -> Token:
        target = self._leads(str(token.attrGet("href") or ""))
        self._open.append(target)
        self._shown = ""
        return _link_to(self._address(target), bool(target.address)) if target else _opening("span", {})

    def _end(self, token: Token) -> Iterator[Token]:
        target = self._open.pop()
        yield token if target else _closing("span")
        if target and target.address and self._shown.strip() != target.address:
            yield from _beside(target.address)

    def _picture(self, token: Token) -> Iterator[Token]:
        """One that lies in the mirror is shown; of one that lies elsewhere there is the address."""
        source, name = str(token.attrGet("src") or ""), token.content
        target = self._leads(source)
        if target and target.path:
            picture = Token("image", "img", 0, {"src": self._address(target), "alt": name, "loading": "lazy"})
            picture.children = token.children
            yield picture
            return
        yield _text(f"{name or 'picture'} ")
        if target and target.address and not self._open:
            yield from (_link_to(source, True), _text(_short(source)), Token("link_close", "a", -1))


def _link_to(address: str, is_away: bool) -> Token:
    return Token("link_open", "a", 1, {"href": address, **({"target": "_blank"} if is_away else {})})


def _beside(address: str) -> Iterator[Token]:
    yield _opening("span", {"class": "address", "dir": "ltr"})
    yield _text(f" {_short(address)}")
    yield _closing("span")


def _short(address: str) -> str:
    return address if len(address) <= _LONGEST_SHOWN else f"{address[: _LONGEST_SHOWN - 1]}…"


def _opening(tag: str, attributes: dict[str, str | int | float]) -> Token:
    return Token(f"{tag}_open", tag, 1, attributes)


def _closing(tag: str) -> Token:
    return Token(f"{tag}_close", tag, -1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False, "linkify": False})
    parser.inline.ruler.before("autolink", "line_break", _line_break)
    return parser


_PARSER = _parser()
