"""Takes a large page through the formats in a process of its own, and tells what that took as one line of JSON.

`python -m tests.benchmark.page_client .md|.html BYTES FOLDER`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from coda_git_mirror.format.links import LinkBook, LinkedDoc, LinkedPage
from coda_git_mirror.format.page_files import PAGE_FORMATS, Attachments, PageText
from coda_git_mirror.model.content import Page
from coda_git_mirror.state.fetched import read_text
from tests.benchmark.table_client import Spent, tell

_PAGE = "https://coda.io/d/Doc_dDOCID/Page-{0}_su{0:05d}"
_BLOB = "https://codahosted.io/docs/DOCID/blobs/bl-{:08d}/" + "0123456789abcdef" * 8
_WORDS = "and some more words, as many as people write on one line of a page"


def _markdown(number: int) -> str:
    link = _PAGE.format(number % 50)
    text = f"## Heading {number}\n\nSome **bold** [words]({link}) and `code` {_WORDS}.\n\n- an item\n  - {_WORDS}\n\n"
    if number % 10:
        return text
    table = f"| a | b |\n|---|---|\n| 1 | [link]({link}) |\n"
    return f"{text}![photo]({_BLOB.format(number)})\n\n{table}\n```python\nx = y[0]:1\n```\n\n"


def _html(number: int) -> str:
    line = f'<div>Some <b>bold</b> <a href="{_PAGE.format(number % 50)}">words</a> &amp; {_WORDS}</div>\n'
    picture = f'<span><img src="{_BLOB.format(number)}" data-coda-mime-type="image/png" alt="photo"></span>\n'
    return f"{line}<div><br></div>\n{picture if number % 10 == 0 else ''}"


def _export(suffix: str, size: int, path: Path) -> None:
    made = 0
    with path.open("w", encoding="utf-8") as file:
        for number in count(1):
            made += file.write({".md": _markdown, ".html": _html}[suffix](number))
            if made >= size:
                return


def _docs() -> Iterator[LinkedDoc]:
    pages = tuple(LinkedPage(f"p{number:05d}", f"pages/{number}", _PAGE.format(number)) for number in range(50))
    yield LinkedDoc(
        "DOCID", "docs/doc", pages, (), {f"bl-{number:08d}": f"assets/{number}.png" for number in range(99)}
    )


def _digest(text: PageText) -> bytes:
    return hashlib.sha256(text.body.encode()).digest()


def main(suffix: str, size: int, folder: Path) -> None:
    """What a sync does with an export, and what the next one does with the file that came of it."""
    _export(suffix, size, folder / "export")
    book, page_format, path = LinkBook(_docs()), PAGE_FORMATS[suffix], f"docs/doc/pages/large{suffix}"
    begun = Spent.now()
    text = page_format.exported(Page("p00001", "Large"), read_text(folder / "export"), ())
    assets = page_format.assets(text.body, ())
    attachments = Attachments(assets, lambda reference: reference.url)
    content, originals = page_format.written(text, lambda url: book.resolve(url, path, suffix), attachments)
    digest, text = _digest(text), PageText("", "")
    assert _digest(page_format.stored(content, originals)) == digest
    tell(begun.until_now())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
