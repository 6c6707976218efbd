"""The index of docs in the mirror's `README.md`; all else there is the user's, once it was written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from urllib.parse import quote

from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.format.readmes import plain

_BEGIN, _END = b"<!-- docs -->", b"<!-- end of docs -->"
_INDEX = re.compile(_BEGIN + rb"\r?\n(?:(?!" + _BEGIN + rb").)*?" + _END, re.DOTALL)
_OF_FORMAT_1 = "7a8b59e9a22e1dbbbf3abe937b548fa70c8d2d7223e4dc668587320a07ead362"
"""The sha256 of the file as format 1 wrote it, without an index."""


def with_index(readme: bytes, docs: Collection[DocRecord], template: bytes) -> bytes:
    """The README with a link to each doc by its real name, between two marks that are added where they are missing.

    One that nobody has touched since format 1 wrote it becomes the `template` of now.
    """
    if hashlib.sha256(readme).hexdigest() == _OF_FORMAT_1:
        readme = template
    index = _BEGIN + b"\n" + b"".join(_lines(docs)) + _END
    if _INDEX.search(readme):
        return _INDEX.sub(lambda _: index, readme, count=1)
    return readme.rstrip(b"\n") + b"\n\n## Docs\n\n" + index + b"\n"


def _lines(docs: Iterable[DocRecord]) -> Iterable[bytes]:
    for doc in sorted(docs, key=lambda doc: doc.path):
        yield f"- [{plain(doc.name)}]({quote(layout.inside(doc.path, layout.DOC_README))})\n".encode()
