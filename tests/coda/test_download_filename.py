"""The original name of a file, however its server writes it."""

from __future__ import annotations

import pytest

from coda_git_mirror.coda.download_filename import served_name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("photo.png", "photo.png"),
        ("r%C3%A9sum%C3%A9.pdf", "résumé.pdf"),
        ("résumé.pdf".encode().decode("latin-1"), "résumé.pdf"),
        ("r\u00e9sum\u00e9.pdf", "résumé.pdf"),
        ("re\u0301sume\u0301.pdf".encode().decode("latin-1"), "résumé.pdf"),
        ("=?UTF-8?B?cmVzdW3DqS5wZGY=?=", "resumé.pdf"),
        ("=?utf-8?Q?r=C3=A9sum=C3=A9.pdf?=", "résumé.pdf"),
        ("=?nonsense?Q?a?=", "=?nonsense?Q?a?="),
        ("=?UTF-8?B?a?=", "=?UTF-8?B?a?="),
        ("100% sure.txt", "100% sure.txt"),
        ("a%FFb.txt", "a%FFb.txt"),
        ("../../etc/passwd", "passwd"),
        ("..%2F..%2Fx", "x"),
        ("C:\\fakepath\\photo.png", "photo.png"),
        ("a\tb\x00\x1b[31m.txt", "ab[31m.txt"),
        ("photo\u202egnp.exe".encode().decode("latin-1"), "photognp.exe"),
        ("..", ""),
        (".", ""),
        ("dir/", ""),
        ("", ""),
        ("n" * 300, "n" * 255),
    ],
)
def test_name_in_the_files_metadata(value: str, name: str) -> None:
    assert served_name({"x-amz-meta-filename": value}) == name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('attachment; filename="photo.png"', "photo.png"),
        ("inline; filename=photo.png; size=3", "photo.png"),
        ('attachment; filename="a \\"b\\".txt"', 'a "b".txt'),
        ("attachment; filename=\"x.pdf\"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf", "résumé.pdf"),
        ("attachment; filename*=iso-8859-1'en'r%E9sum%E9.pdf", "résumé.pdf"),
        ("attachment; filename*=nonsense''x; filename=y.txt", "y.txt"),
        ("attachment; filename*=UTF-8''%FF; filename=y.txt", "y.txt"),
        ("attachment", ""),
        ("attachment; filename=", ""),
    ],
)
def test_name_in_the_disposition(value: str, name: str) -> None:
    assert served_name({"Content-Disposition": value}) == name


def test_metadata_comes_before_disposition() -> None:
    headers = {"x-amz-meta-filename": "a.txt", "Content-Disposition": "attachment; filename=b.txt"}
    assert served_name(headers) == "a.txt"
    assert served_name({}) == ""
