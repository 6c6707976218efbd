from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.assets import AssetReference, html_assets, markdown_assets, value_assets
from tests.format.link_texts import HTML_PIECES, texts
from tests.format.strategies import prop

ONE, TWO, THREE = (f"https://codahosted.io/docs/D/blobs/bl-{n}" for n in (1, 2, 3))
LOCAL = "127.0.0.1:8080"


@pytest.mark.parametrize(
    ("html", "references"),
    [
        (
            (
                f'<div>\u200b<span><img src="{ONE}/ff" data-coda-blob-id="bl-1" data-coda-mime-type="image/png" '
                f'alt="a &amp; b" width="9"></span>\ufffc</div><img src="{TWO}">'
            ),
            [AssetReference("bl-1", ONE, "a & b", "image/png", True), AssetReference("bl-2", TWO, image=True)],
        ),
        (
            f'<video controls poster="{TWO}/f"><source src="{ONE}/ff" type="video/mp4"></video>',
            [AssetReference("bl-2", TWO, image=True), AssetReference("bl-1", ONE, mime="video/mp4")],
        ),
        (
            f'<a href="{ONE}/ff?x=1&amp;y">\u200b<b>offer</b>  v2 &lt;3.pdf\ufffc</a> text',
            [AssetReference("bl-1", ONE, "offer v2 <3.pdf")],
        ),
        (f'<a href="{ONE}">{ONE}/ff</a>', [AssetReference("bl-1", ONE)]),
        (
            f'<a href="{ONE}">{ONE}</a><a href="{TWO}">two</a><img src="{ONE}/f" alt="one" data-coda-mime-type="a/b">',
            [AssetReference("bl-1", ONE, "one", "a/b", True), AssetReference("bl-2", TWO, "two")],
        ),
        (f"<img src=http://{LOCAL}/blobs/bl-1/f>", [AssetReference("bl-1", f"http://{LOCAL}/blobs/bl-1", image=True)]),
        ('<img src="https://elsewhere.example/blobs/bl-1/f" data-coda-blob-id="bl-1">', []),
        (f"<!-- <img src={ONE}> --><p>{ONE}</p><a>x</a><img alt=x>", []),
        (f"<a href={ONE}>unclosed", [AssetReference("bl-1", ONE)]),
    ],
)
def test_html(html: str, references: list[AssetReference]) -> None:
    assert html_assets(html, {LOCAL}) == references


def test_markdown() -> None:
    markdown = (
        f"![pic\\_1]({ONE}/f) [{TWO}/f]({TWO}/f) [two]({TWO})\n`[x]({THREE})` <{THREE}> [x](https://x.y/blobs/bl-4)"
    )
    assert markdown_assets(markdown) == [
        AssetReference("bl-1", ONE, "pic_1", image=True),
        AssetReference("bl-2", TWO, "two"),
        AssetReference("bl-3", THREE),
    ]


def _image(url: Any, **more: Any) -> dict[str, Any]:
    return {"@context": "http://schema.org/", "@type": "ImageObject", "url": url, "name": "a.pdf", **more}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (_image(f"{ONE}/f"), [AssetReference("bl-1", ONE, "a.pdf")]),
        (
            [[_image(TWO)], "text", {"x": [_image(ONE, name=None)]}],
            [AssetReference("bl-2", TWO, "a.pdf"), AssetReference("bl-1", ONE)],
        ),
        ([_image(ONE), _image(ONE, status="live")], [AssetReference("bl-1", ONE, "a.pdf")]),
        (_image(ONE, status="deleted"), []),
        (_image("https://elsewhere.example/a.png"), []),
        (_image(None), []),
        ({"@type": "WebPage", "url": ONE}, []),
    ],
)
def test_values(value: Any, found: list[AssetReference]) -> None:
    assert value_assets(value) == found


@pytest.mark.parametrize("value", ["", None, 1, True, [], {}, ONE])
def test_plain_values_have_none(value: Any) -> None:
    assert value_assets(value) == []


def test_values_may_be_nested_deeply() -> None:
    value: Any = _image(ONE)
    for _ in range(100_000):
        value = [value]
    assert value_assets(value) == [AssetReference("bl-1", ONE, "a.pdf")]


@prop
@given(texts(*HTML_PIECES, f'<a href="{ONE}">', f"<img src={TWO}/f alt='x\ny'>") | st.text())
def test_each_file_is_named_once_whatever_the_page(html: str) -> None:
    found = [it.blob_id for it in html_assets(html)]
    assert len(found) == len(set(found))
    assert all("\n" not in it.name for it in html_assets(html))


@pytest.mark.parametrize("unit", [f"<a href={ONE}>", f"<a href={ONE}><b>", f"<img src={ONE}>", "<b>"])
def test_time_is_linear_in_the_page(unit: str) -> None:
    began = time.process_time()
    html_assets(unit * (300_000 // len(unit)))
    assert time.process_time() - began < 5
