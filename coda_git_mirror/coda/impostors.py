"""Bodies that come with status 200 in place of a file: a storage's error message, a sign-in page (FACTS.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_BYTES = 16 * 1024
"""As much of a file's beginning as is looked at; no error message is longer."""
_ERROR_XML = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?<Error\b[^>]*>.*<Code>.*</Error>\s*", re.DOTALL)
_WEB_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head)\b", re.DOTALL | re.IGNORECASE)
_WEB_TYPES = ("text/html", "application/xhtml+xml")
_WEB_NAMES = (".html", ".htm", ".xhtml", ".mht", ".mhtml")
_XML_TYPES = ("application/xml", "text/xml")
_NEVER_TEXT = ("image/", "video/", "audio/", "application/pdf", "application/zip")


@dataclass(frozen=True)
class Expected:
    """What is said of a file where it is linked: its name and MIME type, as far as known."""

    name: str = ""
    mime: str = ""

    @property
    def is_web_page(self) -> bool:
        return self.mime.lower().startswith(_WEB_TYPES) or self.name.lower().endswith(_WEB_NAMES)

    @property
    def is_xml(self) -> bool:
        return self.mime.lower().startswith(_XML_TYPES) or self.name.lower().endswith(".xml")

    @property
    def is_never_text(self) -> bool:
        return self.mime.lower().startswith(_NEVER_TEXT)


NOTHING_SAID = Expected()


def impostor(head: bytes, media_type: str, served_name: str, expected: Expected) -> str | None:
    """What the body that begins with `head` is instead of the file; None where it may be the file.

    A file may well be XML or a web page: then its link or its server says so, by name or by the link's type.
    """
    served = Expected(served_name)
    if not (expected.is_xml or served.is_xml) and _ERROR_XML.fullmatch(head):
        return "an error message in place of the file"
    suspicious = media_type in _WEB_TYPES or expected.is_never_text
    if suspicious and not (expected.is_web_page or served.is_web_page) and _WEB_PAGE.match(head):
        return "a web page in place of the file"
    return None
