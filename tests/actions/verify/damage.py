"""Ways to damage a mirror. Edits are committed with fresh checksums, so that nothing but themselves is wrong."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support import git

ME = ("-c", "user.name=Me", "-c", "user.email=me@example.org")
ROADMAP = "docs/product-roadmap"
HANDBOOK = "docs/lumen-handbook"
MANIFEST = "backup_manifest.json"

Damage = Callable[[Path], None]


def committed(mirror: Path) -> None:
    git(mirror, "add", "--all", "--force", "docs", MANIFEST)
    git(mirror, *ME, "commit", "--quiet", "--message", "Damage")


def summed(mirror: Path) -> None:
    """Makes the checksums of every doc fit its files again."""
    for doc in (mirror / "docs").iterdir():
        if doc.is_dir():
            files = sorted(path for path in doc.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
            lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(doc)}\n" for path in files)
            (doc / "SHA256SUMS").write_text("".join(lines))


def edit(path: str, change: Callable[[bytes], bytes], sums: bool = True) -> Damage:
    """Another content for one file, committed."""

    def damage(mirror: Path) -> None:
        file = mirror / path
        before = file.read_bytes()
        file.write_bytes(change(before))
        assert file.read_bytes() != before
        if sums:
            summed(mirror)
        committed(mirror)

    return damage


def edit_json(path: str, change: Callable[[Any], Any]) -> Damage:
    """The same for a JSON document, which stays written as it should be."""

    def changed(content: bytes) -> bytes:
        stored = json.loads(content)
        change(stored)
        return json.dumps(stored, ensure_ascii=False, sort_keys=True, indent=2).encode() + b"\n"

    return edit(path, changed)


def add(path: str, content: bytes = b"foreign\n", sums: bool = False) -> Damage:
    def damage(mirror: Path) -> None:
        (mirror / path).parent.mkdir(parents=True, exist_ok=True)
        (mirror / path).write_bytes(content)
        if sums:
            summed(mirror)
        committed(mirror)

    return damage


def remove(path: str, sums: bool = False) -> Damage:
    def damage(mirror: Path) -> None:
        (mirror / path).unlink()
        if sums:
            summed(mirror)
        committed(mirror)

    return damage


def link(path: str, target: str) -> Damage:
    def damage(mirror: Path) -> None:
        (mirror / path).unlink(missing_ok=True)
        (mirror / path).symlink_to(target)
        committed(mirror)

    return damage


def submodule(path: str) -> Damage:
    def damage(mirror: Path) -> None:
        head = git(mirror, "rev-parse", "HEAD").strip()
        git(mirror, "update-index", "--add", "--cacheinfo", f"160000,{head},{path}")
        git(mirror, *ME, "commit", "--quiet", "--message", "Damage")
        (mirror / path).mkdir()

    return damage


def entry(path: str, mode: str = "100644") -> Damage:
    """A path that this system may be unable to hold: only git has it."""

    def damage(mirror: Path) -> None:
        blob = git(mirror, "rev-parse", f"HEAD:{ROADMAP}/README.md").strip()
        git(mirror, "update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
        git(mirror, *ME, "commit", "--quiet", "--message", "Damage")

    return damage


def without_line(number: int) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        return b"".join(lines[:number] + lines[number + 1 :])

    return change


def swapped_lines(content: bytes) -> bytes:
    first, second, *others = content.splitlines(keepends=True)
    return b"".join([second, first, *others])


def with_another_row(content: bytes) -> bytes:
    """A CSV whose fourth row has another id."""
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:4], lines[4].rstrip(b"\n") + b"x\n", *lines[5:]])


def a_page_less(manifest: Any) -> None:
    """A doc of the manifest says that it has a page less, and the totals say so too."""
    record = next(doc for doc in manifest["docs"] if doc["path"] == HANDBOOK)
    record["pages"] -= 1
    manifest["totals"]["pages"] -= 1


def repeated_page(metadata: Any) -> None:
    metadata["pages"].append(metadata["pages"][0])


def object_file(mirror: Path, path: str) -> Path:
    """Where git has a committed file, or the tree of a folder, as a loose object."""
    oid = git(mirror, "rev-parse", f"HEAD:{path}" if path else "HEAD").strip()
    for pack in (mirror / ".git/objects/pack").glob("*.pack"):
        moved = shutil.move(pack, mirror / ".git" / pack.name)
        with Path(moved).open("rb") as content:
            subprocess.run(["git", "-C", str(mirror), "unpack-objects", "-q"], stdin=content, check=True)
        pack.with_suffix(".idx").unlink()
    return mirror / ".git/objects" / oid[:2] / oid[2:]


def emptied_object(path: str) -> Damage:
    def damage(mirror: Path) -> None:
        file = object_file(mirror, path)
        file.chmod(0o644)
        file.write_bytes(b"")

    return damage


def lost_object(path: str) -> Damage:
    return lambda mirror: object_file(mirror, path).unlink()


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def flipped_object(path: str) -> Damage:
    def damage(mirror: Path) -> None:
        file = object_file(mirror, path)
        file.chmod(0o644)
        file.write_bytes(flipped(file.read_bytes(), file.stat().st_size // 2))

    return damage


def flipped_pack(mirror: Path) -> None:
    git(mirror, "repack", "-a", "-d", "-q")
    pack = next((mirror / ".git/objects/pack").glob("*.pack"))
    pack.chmod(0o644)
    pack.write_bytes(flipped(pack.read_bytes(), pack.stat().st_size // 2))


def flipped_index(mirror: Path) -> None:
    index = mirror / ".git/index"
    index.write_bytes(flipped(index.read_bytes(), index.stat().st_size // 2))


def cut_index(mirror: Path) -> None:
    index = mirror / ".git/index"
    index.write_bytes(index.read_bytes()[:50])


def spoilt_branch(mirror: Path) -> None:
    (mirror / ".git/refs/heads/main").write_bytes(b"")


def uncommitted(path: str, change: Callable[[bytes], bytes] | None) -> Damage:
    """Another content in the working copy alone, with the size and times that git goes by; None removes the file."""

    def damage(mirror: Path) -> None:
        file = mirror / path
        if change is None:
            file.unlink()
            return
        before = file.stat() if file.exists() else None
        file.write_bytes(change(file.read_bytes() if before else b""))
        if before:
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    return damage
