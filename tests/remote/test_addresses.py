"""What the address of a remote gives away, and where anybody would find the same repository."""

from __future__ import annotations

import pytest

from coda_git_mirror.remote.addresses import holds_secret, ssh_host, web_address, without_login

HEX = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    "address",
    [
        "https://me:pa%3Ass@example.org/m.git",
        "https://:secret@example.org/m.git",
        "https://ghp_abc123@github.com/me/m.git",
        "https://github_pat_11AB@github.com/me/m.git",
        "https://oauth2:glpat-abc@gitlab.com/me/m.git",
        "https://glpat-abc@gitlab.com/me/m.git",
        f"https://{HEX}@git.example.org/me/m.git",
        "https://example.org/m.git?private_token=abc",
        "gcrypt::https://me:secret@example.org/m.git",
        "ssh://me:secret@example.org/m.git",
        "rsync://me:secret@example.org/m.git",
    ],
)
def test_an_address_with_a_secret(address: str) -> None:
    assert holds_secret(address)
    shown = without_login(f"fatal: cannot open '{address}'")
    assert not any(secret in shown for secret in ("pass", "secret", "abc", "11AB", HEX, "me:"))


@pytest.mark.parametrize(
    "address",
    [
        "https://me@example.org/m.git",
        "https://first.last@example.org@dev.example.org/m.git",
        "ssh://git@example.org:2222/m.git",
        "git@github.com:me/m.git",
        "me@example.org:a@b:c.git",
        "/srv/a:b@c.git",
        "file:///srv/m.git",
        "C:\\mirrors\\m.git",
        "gcrypt::git@github.com:me/m.git",
        "",
    ],
)
def test_an_address_without_a_secret(address: str) -> None:
    assert not holds_secret(address)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://me@example.org/m.git", "https://example.org/m.git"),
        ("http://me:secret@127.0.0.1:80/a/m.git", "http://127.0.0.1:80/a/m.git"),
        ("git://example.org/m.git", "git://example.org/m.git"),
        ("git@github.com:me/m.git", "https://github.com/me/m.git"),
        ("github.com:/me/m.git", "https://github.com/me/m.git"),
        ("ssh://git@ssh.github.com:443/me/m.git", "https://github.com/me/m.git"),
        ("ssh://git@altssh.gitlab.com:443/me/m.git", "https://gitlab.com/me/m.git"),
        ("ssh://example.org/~me/m.git", "https://example.org/me/m.git"),
        ("git@[example.org:2222]:me/m.git", "https://example.org/me/m.git"),
        ("/srv/m.git", None),
        ("../m.git", None),
        ("./a:b.git", None),
        ("C:/mirrors/m.git", None),
        ("file:///srv/m.git", None),
        ("-oProxyCommand=x:m.git", None),
        ("ssh://-oProxyCommand=x/m.git", None),
    ],
)
def test_where_anybody_would_look(address: str, place: str | None) -> None:
    assert web_address(address) == place


def test_a_host_by_its_name_in_the_network() -> None:
    assert ssh_host("git@work:me/m.git") == "work"
    assert web_address("git@work:me/m.git", "github.com") == "https://github.com/me/m.git"
    assert ssh_host("https://example.org/m.git") is None
