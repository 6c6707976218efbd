"""The mirror's files: byte for byte as git has them, under every name, and never anything else.

It is faults.md, rows 111 and 112.
"""

from __future__ import annotations

import hashlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.web.serve import AT_ONCE
from tests.mirror.lfs import BYTES, PHOTO, publish_through_lfs
from tests.web.sites import KEY, SETTINGS, Site, repository_of, served
from tests.web.test_gate import FILES, OURS, require_policy

PNG = b"\x89PNG\r\n\x1a\n"
ODD = (
    "50%.md",
    "100%25.md",
    "a?b=c&d#e.md",
    "a b+c.md",
    "q'uo\"te`.md",
    "back\\slash.md",
    "..\\up.md",
    "caf\u00e9.md",
    "cafe\u0301.md",
    "\U0001f525\u0627\u0644\u0639\u0631\u0628\u064a\u0629.md",
    "line\nbreak.md",
    "tab\tand\x01.md",
    "lone-\udcff-byte.md",
    "-n.md",
    ":(top)x.md",
    "*.md",
    "docs/crm/pages/deep er/x;y,z.md",
    ".hidden",
    "con.md",
    " ",
)
TYPES = {
    "page.html": "text/html; charset=utf-8",
    "PAGE.HTM": "text/html; charset=utf-8",
    "page.md": "text/plain; charset=utf-8",
    "table.csv": "text/plain; charset=utf-8",
    "table.jsonl": "text/plain; charset=utf-8",
    "metadata.json": "text/plain; charset=utf-8",
    "coda-mirror.toml": "text/plain; charset=utf-8",
    "notes.txt": "text/plain; charset=utf-8",
    ".gitattributes": "text/plain; charset=utf-8",
    "SHA256SUMS": "text/plain; charset=utf-8",
    "a.png": "image/png",
    "a.jpg": "image/jpeg",
    "a.JPEG": "image/jpeg",
    "a.gif": "image/gif",
    "a.webp": "image/webp",
}
ATTACHED = (
    "a.svg", "a.pdf", "a.heic", "a.xml", "a.xhtml", "a.js", "a.mjs", "a.css", "a.wasm", "a.swf", "a.docx", "a.zip", "a",
    "a.html.bin", "a.svgz", "a.mhtml", "a.shtml", "a.xht", "a.xsl",
)  # fmt: skip


LARGE = b"0123456789abcdef" * (50 * 65536)


@pytest.fixture(scope="module")
def commits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("files") / "mirror"
    first: dict[str, bytes | tuple[str, bytes] | None] = {
        **SETTINGS,
        **{name: f"{name!r}\n".encode() for name in (*ODD, *TYPES, *ATTACHED)},
        "link.html": ("120000", b"/etc/passwd"),
        "docs/up": ("120000", b"../../.."),
        "sub": ("160000", b"1" * 40),
        "run.md": ("100755", b"#!/bin/sh\n"),
        "empty.md": b"",
        "docs/crm/pages/notes.md": b"one\n",
    }
    second = {"docs/crm/pages/notes.md": b"two\r\n\xff\n", "50%.md": None, "a.png": PNG}
    third = {"large.md": LARGE, "middling.md": LARGE[: 8 * 1024 * 1024]}
    return folder, repository_of(folder, first, second, third)


@pytest.fixture(scope="module")
def site(commits: tuple[Path, list[str]]) -> Iterator[Site]:
    with served(commits[0]) as site:
        yield site


def address(commit: str, path: str, kind: str = "at") -> str:
    return f"/{kind}/{commit}/{quote(path.encode('utf-8', 'surrogateescape'))}"


def tree(folder: Path, commit: str) -> dict[str, tuple[str, str]]:
    """Mode and id of everything in a commit, by path."""
    command = ["git", "-C", str(folder), "ls-tree", "-r", "-z", commit]
    listed = subprocess.run(command, capture_output=True, check=True).stdout
    entries = (entry.decode("utf-8", "surrogateescape").partition("\t") for entry in listed.split(b"\0")[:-1])
    return {path: (words.split()[0], words.split()[2]) for words, _, path in entries}


def shown(folder: Path, commit: str, path: str) -> bytes:
    """What `git show` gives."""
    name = f"{commit}:{path}".encode("utf-8", "surrogateescape")
    return subprocess.run(["git", "-C", str(folder), "show", name], capture_output=True, check=True).stdout


def test_every_file_of_every_revision_is_as_git_shows_it(site: Site, commits: tuple[Path, list[str]]) -> None:
    folder, ids = commits
    for commit in ids:
        for path, (mode, _) in tree(folder, commit).items():
            if mode == "160000":
                assert site.get(address(commit, path)).status == 404
                continue
            answer = site.get(address(commit, path))
            assert (answer.status, answer.body) == (200, shown(folder, commit, path)), path
            require_policy(answer, FILES)


def test_a_type_for_each_name(site: Site, commits: tuple[Path, list[str]]) -> None:
    commit = commits[1][0]
    for name, media_type in TYPES.items():
        answer = site.get(address(commit, name))
        assert answer.headers["Content-Type"] == media_type, name
        assert not answer.headers.get("Content-Disposition", "").startswith("attachment"), name
    for name in ATTACHED:
        answer = site.get(address(commit, name))
        assert answer.headers["Content-Disposition"].startswith("attachment"), name
        assert not {"script", "css", "html", "xml;", "/xml"}.intersection(answer.headers["Content-Type"].split("/"))
    link = site.get(address(commit, "link.html"))
    assert (link.body, link.headers["Content-Type"]) == (b"/etc/passwd", "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    "path",
    [
        "", ".", "..", "../a", "docs", "docs/", "/a.png", "a.png/", "docs//crm/pages/notes.md", "docs/../a.png",
        "docs/./crm/pages/notes.md", "..%2Fa.png", "docs%2Fcrm%2Fpages%2Fnotes.md", "%2e%2e/a.png", "%2E%2E%2Fa.png",
        "docs/%2e%2e/a.png", "docs/up/x", "docs/up", "link.html/x", "sub/x", "a.png%00", "%00", "A.PNG", ".git/config",
        "nothing", "..%5Ca.png", "%252e%252e/a.png", "a.png%0a", "docs%5Ccrm%5Cpages%5Cnotes.md",
    ],
)  # fmt: skip
def test_no_path_leads_elsewhere(site: Site, commits: tuple[Path, list[str]], path: str) -> None:
    for kind in ("at", "get"):
        answer = site.get(f"/{kind}/{commits[1][0]}/{path}")
        if path == "docs/up":
            assert answer.body == b"../../.."
            continue
        assert answer.status == 404
        require_policy(answer, OURS)


def test_a_revision_is_a_full_id_or_leads_to_one(site: Site, commits: tuple[Path, list[str]]) -> None:
    _, (first, second, last) = commits
    for word, commit in (
        ("2026-03-01", first),
        ("2026-03-02", second),
        ("2026-12-31", last),
        ("2026-03-02T11:59Z", first),
        (second[:12], second),
    ):
        for kind in ("at", "get"):
            answer = site.get(f"/{kind}/{word}/docs/crm/pages/notes.md")
            assert answer.status == 302
            assert answer.headers["Location"].endswith(address(commit, "docs/crm/pages/notes.md", kind))
            require_policy(answer, OURS)
        shown = site.get(f"/?at={word}&format=json")
        assert (shown.status, shown.headers["Location"][-40 - 12 :].count(commit)) == (302, 1)
    for word in (
        "2026-02-28",
        "0000-00-00",
        "2026-13-01",
        "0" * 40,
        first[:3],
        "HEAD",
        "main",
        "HEAD~1",
        "-n",
        "--all",
        "x",
        "..",
    ):
        for where in (f"/at/{word}/a.png", f"/get/{word}/a.png", f"/zip/{word}/x", f"/?at={word}"):
            assert site.get(where).status == 404, where


def test_a_day_keeps_an_odd_name(site: Site) -> None:
    for name in ODD:
        moved = site.get(address("2026-03-01", name))
        assert moved.status == 302
        assert site.get(moved.headers["Location"], key="").body == f"{name!r}\n".encode()


def test_a_download_has_a_name_that_every_system_takes(site: Site, commits: tuple[Path, list[str]]) -> None:
    for name in ODD:
        answer = site.get(address(commits[1][0], name, "get"))
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment"), name
        assert disposition.isascii()
        assert disposition.isprintable()
        assert not {"\\", "/"}.intersection(disposition)
        assert answer.headers["Content-Type"] == "application/octet-stream"
    caf = site.get(address(commits[1][0], "caf\u00e9.md", "get")).headers["Content-Disposition"]
    assert caf == "attachment; filename=cafe.md; filename*=UTF-8''caf%C3%A9.md"


def test_a_large_file_streams_and_can_be_had_in_parts(site: Site, commits: tuple[Path, list[str]]) -> None:
    commit = commits[1][2]
    whole = site.get(address(commit, "large.md"))
    assert hashlib.sha256(whole.body).digest() == hashlib.sha256(LARGE).digest()
    assert whole.headers["Content-Length"] == str(50 * 1024 * 1024)
    part = site.get(address(commit, "large.md"), Range="bytes=33554433-33554436")
    assert (part.status, part.body) == (206, b"1234")
    assert site.get(address(commit, "large.md"), "HEAD").headers["Content-Length"] == str(50 * 1024 * 1024)


def test_what_no_reader_takes_holds_nobody_up(site: Site, commits: tuple[Path, list[str]]) -> None:
    """More who ask for a large file and read nothing of it than there are threads."""
    request = f"GET /{KEY}{address(commits[1][2], 'middling.md')} HTTP/1.1\r\nHost: {site.host}\r\n\r\n"
    clients = [socket.create_connection(("127.0.0.1", site.port), timeout=30) for _ in range(AT_ONCE + 1)]
    try:
        for client in clients:
            client.sendall(request.encode())
        assert site.get("/head").status == 200
    finally:
        for client in clients:
            client.close()


def test_a_page_in_a_frame_leads_out_of_it(tmp_path: Path) -> None:
    page = b"".join(
        [
            b"<p><a href='https://example.org/?a=1&amp;b=\"x\"'>out</a> <a href=other.html>in</a>",
            b"<A HREF=//example.org>out</A> <a title=t target=_self href=' HTTP://example.org'>out</a>",
            b"<!-- <a href='http://no'> --><a href='mailto:x'>m</a><a href='#x'>here</a><a>none</a>\xff",
            b"<a href='../a%20b.pdf?x'>file</a><a href='../a.png'>picture</a><a href='javascript:x.pdf'>no</a>",
        ]
    )
    [commit] = repository_of(tmp_path / "mirror", {**SETTINGS, "page.html": page, "page.md": page})
    with served(tmp_path / "mirror") as site:
        assert site.get(address(commit, "page.html")).body == page
        assert site.get(address(commit, "page.html"), Sec_Fetch_Dest="document").body == page
        assert site.get(address(commit, "page.md"), Sec_Fetch_Dest="iframe").body == page
        framed = site.get(address(commit, "page.html"), Sec_Fetch_Dest="iframe")
        require_policy(framed, FILES)
        out = ' target="_blank" rel="noopener noreferrer"'
        assert framed.body == page.replace(
            b"<a href='https", f'<a{out} title="https://example.org/?a=1&amp;b=&quot;x&quot;" href=\'https'.encode()
        ).replace(b"<A H", f'<A{out} title="//example.org" H'.encode()).replace(
            b"<a title", f"<a{out} title".encode()
        ).replace(b"<a href='../a%20", f"<a{out} href='../a%20".encode())


def test_a_file_that_a_page_of_the_mirror_opens_is_offered(site: Site, commits: tuple[Path, list[str]]) -> None:
    """Chromium lets no tab that a sandboxed frame opens download anything by itself."""
    opened = {"Sec_Fetch_Dest": "document", "Sec_Fetch_Site": "cross-site"}
    offered = site.get(address(commits[1][0], "a.pdf"), **opened)
    assert (offered.status, offered.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f'href="/{KEY}{address(commits[1][0], "a.pdf", "get")}"' in offered.text
    require_policy(offered, OURS)
    assert site.get(address(commits[1][0], "a.png"), **opened).headers["Content-Type"] == "image/png"
    for other in ({}, {"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"}):
        answer = site.get(address(commits[1][0], "a.pdf"), Sec_Fetch_Dest="document", **other)
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_files_in_git_lfs(tmp_path: Path) -> None:
    repository = Repository.init(tmp_path / "mirror")
    text = b"version https://git-lfs.github.com/spec/v1\n"
    publish_through_lfs(repository, {"coda-mirror.toml": b"", PHOTO: BYTES, "docs/crm/README.md": text})
    commit = repository.head()
    assert commit
    pointer = shown(repository.root, commit, PHOTO)
    with served(repository.root) as site:
        plain = site.get(address(commit, PHOTO))
        assert (plain.body, plain.headers["Content-Type"]) == (pointer, "text/plain; charset=utf-8")
        for dest in ("image", "document", "iframe", "empty"):
            seen = site.get(address(commit, PHOTO), Sec_Fetch_Dest=dest)
            assert (seen.body, seen.headers["Content-Type"]) == (BYTES, "image/png")
            require_policy(seen, FILES)
        assert site.get(address(commit, PHOTO, "get")).body == BYTES
        for place in (repository.git_dir / "lfs/objects").rglob("*"):
            if place.is_file():
                place.unlink()
        lost = site.get(address(commit, PHOTO), Sec_Fetch_Dest="image")
        assert (lost.body, lost.headers["Content-Type"]) == (pointer, "text/plain; charset=utf-8")
        answer = site.get(address(commit, PHOTO, "get"))
        assert answer.status == 404
        assert "git lfs fetch" in answer.text


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=()), min_size=1, max_size=40).filter(
    lambda name: name not in (".", "..", ".git") and not name.isspace()
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    files=st.dictionaries(NAMES.map(lambda name: name.encode("utf-8", "replace")), st.binary(max_size=2000), max_size=8)
)
def test_any_name_and_any_content(tmp_path_factory: pytest.TempPathFactory, files: dict[bytes, bytes]) -> None:
    folder = tmp_path_factory.mktemp("any") / "mirror"
    named = {name.decode("utf-8", "surrogateescape"): content for name, content in files.items()}
    stored = {**SETTINGS, **{name: content for name, content in named.items() if name.lower() != ".git"}}
    [commit] = repository_of(folder, {f"docs/{name}": content for name, content in stored.items()} | SETTINGS)
    with served(folder) as site:
        for name, content in stored.items():
            answer = site.get(address(commit, f"docs/{name}"))
            assert (answer.status, answer.body) == (200, content)
