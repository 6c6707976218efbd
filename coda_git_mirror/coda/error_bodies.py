"""Bodies that come with status 200 in place of what was asked for: a storage's error message, a sign-in page.

Content may look like one, too: the page that holds an e-mail's source, a file that was saved from the web. What comes
with a body tells them apart, and where that leaves a doubt, that an error page is made for each request anew: what
comes whole, from where it was asked for, and the same twice, is the content.
"""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from coda_git_mirror.coda.failures import Incomplete

HEAD_BYTES = 16 * 1024
"""As much of a body's beginning as is looked at; no error message is longer."""
_PROLOGUE = rb"(?:\xef\xbb\xbf)?(?>\s|<!--.*?-->|<\?.*?\?>)*+"
_ERROR_XML = re.compile(_PROLOGUE + rb"<Error\b[^>]*>(?>.*?<Code>).*</Error>\s*", re.DOTALL)
_WEB_PAGE = re.compile(
    _PROLOGUE + rb"<(?:!doctype\s+html|html|head|body|title|meta|script)\b", re.DOTALL | re.IGNORECASE
)
_NEVER_TEXT = ("image/", "video/", "audio/", "font/", "application/pdf", "application/zip")
_PYTHONS_OWN = mimetypes.MimeTypes()
"""What the machine's own tables add would make the same file another thing elsewhere."""
_TYPES_BY_SUFFIX = {**_PYTHONS_OWN.types_map[False], **_PYTHONS_OWN.types_map[True]}


@dataclass(frozen=True)
class ExpectedFile:
    """What is said of a file where it is linked: its name and MIME type, as far as known."""

    name: str = ""
    mime: str = ""

    @property
    def is_never_text(self) -> bool:
        by_name = _TYPES_BY_SUFFIX.get(PurePosixPath(self.name.lower()).suffix, "")
        return self.mime.lower().startswith(_NEVER_TEXT) or by_name.startswith(_NEVER_TEXT)


NOTHING_SAID = ExpectedFile()


@dataclass(frozen=True)
class Doubt:
    """What a body seems to be instead; one that is `certain` stays so, however often the same comes."""

    reason: str
    certain: bool


class Recurrence:
    """Remembers, of one file or export that is asked for again and again, what came last and may be the content."""

    def __init__(self) -> None:
        self._last = ""

    def settle(self, doubt: Doubt | None, sha256: str) -> None:
        """Raises Incomplete for a body in doubt, unless the doubt is not certain and the same came the last time."""
        before, self._last = self._last, "" if doubt is None or doubt.certain else sha256
        if doubt and (doubt.certain or sha256 != before):
            raise Incomplete(doubt.reason)


@dataclass(frozen=True)
class _Likeness:
    """What a body may look like: the types that it is served with, and the names of files that are truly so."""

    what: str
    types: tuple[str, ...]
    suffixes: tuple[str, ...]

    def is_told_by(self, said: ExpectedFile) -> bool:
        return said.mime.lower().startswith(self.types) or said.name.lower().endswith(self.suffixes)


_AN_ERROR = _Likeness("an error message", ("application/xml", "text/xml"), (".xml",))
_A_WEB_PAGE = _Likeness(
    "a web page",
    ("text/html", "application/xhtml+xml"),
    (
        *(".html", ".htm", ".xhtml", ".xht", ".shtml", ".shtm", ".mht", ".mhtml"),
        *(".asp", ".aspx", ".cfm", ".jsp", ".jspx", ".php", ".phtml"),
    ),
)


def file_doubt(
    head: bytes, media_type: str, served_name: str, expected: ExpectedFile, is_redirected: bool = False
) -> Doubt | None:
    """Whether the body that begins with `head` may be the hosted file that its link promises; None where it is.

    Only the storage of hosted files knows their names (coda-api.md, Hosted files): an answer with one is about the
    file. Without a name nothing may speak against it: a redirect, a link to a picture, or the type of an error page
    that nobody foretold.
    """
    likeness = _likeness(head)
    if likeness is None:
        return None
    said = (expected, ExpectedFile(served_name))
    is_told, is_typed = any(map(likeness.is_told_by, said)), media_type in likeness.types
    is_never = not is_told and any(it.is_never_text for it in said)
    if served_name and is_told:
        return None
    certain = is_never and is_typed if served_name else is_redirected or is_never or (is_typed and not is_told)
    return Doubt(f"{likeness.what} in place of the file", certain)


def page_doubt(body: bytes, media_type: str, is_packed: bool, is_redirected: bool) -> Doubt | None:
    """Whether `body` may be the export of a page; None where it is.

    Exports come gzip-encoded, typed `text/plain` whatever their format (coda-api.md, Page export), and HTML as a
    fragment. `is_packed` is whether the body came encoded so, which no storage does with its errors.
    """
    if media_type in _AN_ERROR.types:
        return Doubt(f"{_AN_ERROR.what} in place of the content", certain=True)
    likeness, is_web = _likeness(body[:HEAD_BYTES]), media_type in _A_WEB_PAGE.types
    if likeness is None and not is_web:
        return None
    certain = likeness is not None and (is_web or is_redirected or not is_packed)
    return Doubt(f"{(likeness or _A_WEB_PAGE).what} in place of the content", certain)


def _likeness(head: bytes) -> _Likeness | None:
    if _ERROR_XML.fullmatch(head):
        return _AN_ERROR
    return _A_WEB_PAGE if _WEB_PAGE.match(head) else None
