"""Where the token comes from, in which order, and that what is wrong with a source is one sentence without it.

It is what faults.md, row 104, asks for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend

from coda_git_mirror import keychain
from coda_git_mirror.credentials import find, found_outside
from coda_git_mirror.errors import UsageError
from coda_git_mirror.keychain import store
from coda_git_mirror.redact import Secret, without_secrets
from tests.commands.keyrings import NONE, HangingKeyring, LockedKeyring, MemoryKeyring, in_place

TOKENS = {name: f"token-of-the-{name}" for name in ("variable", "key", "file", "credential", "dotenv", "keyring")}
POSIX = pytest.mark.skipif(os.name == "nt", reason="rights and devices of Unix")


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    backend = MemoryKeyring()
    with in_place(backend):
        yield backend


@pytest.fixture
def everywhere(tmp_path: Path, memory: MemoryKeyring) -> dict[str, str]:
    """A token in each source."""
    (tmp_path / "file").write_text(TOKENS["file"] + "\n")
    (tmp_path / "coda-api-token").write_text(TOKENS["credential"])
    (tmp_path / ".env").write_text(f"CODA_API_KEY={TOKENS['dotenv']}\n")
    (tmp_path / ".env").chmod(0o600)
    store("ada@example.org", Secret(TOKENS["keyring"]))
    assert memory.tokens
    return {
        "CODA_API_TOKEN": TOKENS["variable"],
        "CODA_API_KEY": TOKENS["key"],
        "CODA_API_TOKEN_FILE": str(tmp_path / "file"),
        "CREDENTIALS_DIRECTORY": str(tmp_path),
    }


def test_the_order_of_the_sources(everywhere: dict[str, str], tmp_path: Path) -> None:
    taken = []
    for name in ("CODA_API_TOKEN", "CODA_API_KEY", "CODA_API_TOKEN_FILE", "CREDENTIALS_DIRECTORY"):
        taken.append(find(everywhere, tmp_path).token.reveal())
        everywhere[name] = ""
    taken.append(find(everywhere, tmp_path).token.reveal())
    (tmp_path / ".env").unlink()
    taken.append(find(everywhere, tmp_path).token.reveal())
    assert taken == list(TOKENS.values())


def test_a_credentials_folder_with_other_things(everywhere: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    assert find({"CREDENTIALS_DIRECTORY": str(tmp_path / "others")}, tmp_path).token.reveal() == TOKENS["dotenv"]
    assert everywhere


@pytest.mark.parametrize(
    "content",
    [b"abc-def", b"abc-def\n", b"abc-def\r\n\r\n", b"\xef\xbb\xbfabc-def\n", "abc-def\r\n".encode("utf-16")],
    ids=["bare", "a line", "Windows", "marked", "PowerShell"],
)
def test_how_a_file_may_be_written(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    assert find({"CODA_API_TOKEN_FILE": str(file)}, tmp_path).token.reveal() == "abc-def"


@POSIX
def test_a_secret_as_kubernetes_mounts_it(tmp_path: Path) -> None:
    (tmp_path / "..2026").mkdir()
    (tmp_path / "..2026/coda-api-token").write_text("abc-def")
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "coda-api-token").symlink_to("..data/coda-api-token")
    assert find({"CREDENTIALS_DIRECTORY": str(tmp_path)}, tmp_path / "..2026").token.reveal() == "abc-def"


def _wrong(folder: Path) -> Iterator[tuple[str, str]]:
    contents = {
        "empty": b" \n", "large": b"secret-token" * 10_000, "two lines": b"secret-token\nsecret-token",
        "binary": b"secret-token\xff\xfe\x00", "odd UTF-16": b"\xff\xfesecret-tokens",
    }  # fmt: skip
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        yield str(folder / name), name
    yield str(folder), "a folder"
    yield str(folder / "none"), "nothing"
    yield str(folder / "empty/below"), "below a file"
    yield "x" * 5000, "a name that is too long"
    if os.name != "nt":
        (folder / "circle").symlink_to("circle")
        os.mkfifo(folder / "pipe")
        yield str(folder / "circle"), "a circle"
        yield str(folder / "pipe"), "a pipe"
        yield "/dev/zero", "a device"


def test_what_is_wrong_with_a_file_is_one_sentence_without_it(everywhere: dict[str, str], tmp_path: Path) -> None:
    """None of them falls through to another source, which may be of another account."""
    assert everywhere
    (tmp_path / "wrong").mkdir()
    for path, name in _wrong(tmp_path / "wrong"):
        with pytest.raises(UsageError) as raised:
            find({"CODA_API_TOKEN_FILE": path}, tmp_path)
        said = str(raised.value)
        assert "secret-token" not in said, name
        assert "\n" not in said, name
        assert said.endswith("."), name
        assert path in said or "CODA_API_TOKEN_FILE" in said, name


@POSIX
@pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("abc-def")
    file.chmod(0)
    with pytest.raises(UsageError, match=r"cannot be read \(Permission denied\)"):
        find({"CODA_API_TOKEN_FILE": str(file)}, tmp_path)


@POSIX
@pytest.mark.parametrize(("mode", "is_named"), [(0o600, False), (0o640, True), (0o644, True)])
def test_a_dotenv_that_others_can_read(tmp_path: Path, mode: int, is_named: bool) -> None:
    file = tmp_path / ".env"
    file.write_text("CODA_API_TOKEN=abc-def\n")
    file.chmod(mode)
    found = found_outside({}, tmp_path)
    assert found is not None
    assert (f"chmod 600 {file}" in found.note) == is_named


def test_the_token_of_an_account(memory: MemoryKeyring, tmp_path: Path) -> None:
    store("ada@example.org", Secret("token-of-ada"))
    store("eve@example.org", Secret("token-of-eve"))
    assert len(memory.tokens) == 2

    def found(account: str = "", owner: str = "") -> str:
        return find({}, tmp_path, account, lambda: owner).token.reveal()

    assert found(owner="eve@example.org") == "token-of-eve"
    assert found(account="Ada@Example.org") == "token-of-ada"
    assert found(account="ada@example.org", owner="eve@example.org") == "token-of-ada"
    for asked in ({}, {"account": "bob@example.org"}, {"owner": "bob@example.org"}):
        with pytest.raises(UsageError, match="keyring"):
            found(**asked)


def test_a_token_that_another_program_put_there(memory: MemoryKeyring, tmp_path: Path) -> None:
    """The list of accounts is not needed where the login is known; a spoilt one is nobody's end."""
    memory.stored["coda-git-mirror", "ada@example.org"] = "token-of-ada"
    memory.stored["coda-git-mirror accounts", "accounts"] = '{"not": "a list'
    assert find({}, tmp_path, owner=lambda: "ada@example.org").token.reveal() == "token-of-ada"


@pytest.mark.parametrize("backend", [NONE, LockedKeyring()], ids=["none", "locked"])
def test_no_keyring_is_no_token(tmp_path: Path, backend: KeyringBackend) -> None:
    with in_place(backend), pytest.raises(UsageError, match=r"There is no Coda API token.*keyring cannot be used"):
        find({}, tmp_path)


def test_a_keyring_that_waits_for_somebody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run without anybody there must go on."""
    monkeypatch.setattr(keychain, "_PATIENCE", 0.01)
    backend = HangingKeyring()
    with in_place(backend), pytest.raises(UsageError, match="did not answer"):
        find({}, tmp_path)
    backend.over.set()


def test_what_a_child_is_given(everywhere: Mapping[str, str], tmp_path: Path) -> None:
    """Neither the variables of the token nor any other one that has it, whatever its source."""
    environment = {**everywhere, "COPY": f"Bearer {TOKENS['keyring']}"}
    find({}, tmp_path / "file" / "..", owner=lambda: "ada@example.org")
    find({}, Path("/"))
    given = without_secrets(environment)
    assert not any(token in value for token in TOKENS.values() for value in given.values())
