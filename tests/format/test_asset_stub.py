"""A stub says in a few lines what it stands for, and never changes without the asset changing."""

from __future__ import annotations

from coda_git_mirror.format.asset_stub import NOTE, stub

URL = "https://codahosted.io/docs/D1/blobs/bl-7KxQ2mPz"


def test_a_stub_is_one_fact_a_line() -> None:
    text = stub("film.mp4", 123_456_789, "video/mp4", "bl-7KxQ2mPz", URL, "ab" * 32).decode()
    assert text.splitlines() == [
        f"note: {NOTE}",
        "name: film.mp4",
        "size: 123456789",
        "type: video/mp4",
        "blob: bl-7KxQ2mPz",
        f"url: {URL}",
        f"sha256: {'ab' * 32}",
    ]
    assert text.endswith("\n")


def test_what_is_not_known_is_left_out() -> None:
    text = stub("", None, "", "bl-7KxQ2mPz", URL).decode()
    assert [line.partition(":")[0] for line in text.splitlines()] == ["note", "blob", "url"]


def test_an_empty_file_has_a_size() -> None:
    assert b"size: 0\n" in stub("film.mp4", 0, "", "bl-7KxQ2mPz", URL)


def test_what_varies_in_an_address_is_cut() -> None:
    tails = ("", "/" + "f0" * 100, "?sig=1#x", "/" + "f0" * 100 + "?sig=1", "#x")
    assert {stub("film.mp4", 1, "", "bl-7KxQ2mPz", URL + tail) for tail in tails} == {
        stub("film.mp4", 1, "", "bl-7KxQ2mPz", URL)
    }


def test_a_name_cannot_add_lines() -> None:
    text = stub("film\nsha256: 0\r\u2028x\ud800", 1, "a\nb", "bl-7KxQ2mPz", URL).decode()
    assert len(text.splitlines()) == 6
