"""What the ledger of a mirror says against what its tree holds, by the files alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

Tree = Mapping[str, bytes]
_BLOB = re.compile(rb"/blobs/(bl-[\w-]+)")


def require_true_ledger(tree: Tree, hosts: bytes) -> None:
    """Every item that is listed has its files or an entry that says why not, and no entry is of anything else.

    `hosts` is where the hosted files lie: a page that links there shows a file that the mirror lacks.
    """
    manifest = json.loads(tree["backup_manifest.json"])
    problems = manifest["problems"]
    entries = {(it["doc_id"], it["kind"], it["item_id"]) for it in problems}
    told = sorted((it["doc_id"], it["kind"], it["item_id"], tuple(it.get("formats", ()))) for it in problems)
    assert len(set(told)) == len(told), "an item in two states"
    assert all(it["state"] in ("failed", "unread", "denied", "gone") and it["reason"] for it in problems)
    listed: dict[tuple[str, str, str], bool] = {}
    for doc in manifest["docs"]:
        listed |= dict(_items(tree, doc, hosts))
    absent = {item for item, is_held in listed.items() if not is_held}
    assert absent <= entries, f"listed, without a file or a word: {absent - entries}"
    extras = {(doc, kind, item) for doc, kind, item in entries if kind == "doc"}
    assert entries - extras <= listed.keys(), f"a word about nothing: {entries - extras - listed.keys()}"
    named = {"", "pages", "tables", "formulas", "controls", "sharing"}
    assert {item for _, _, item in extras} <= named
    open_states = sum(it["state"] in ("failed", "unread") for it in problems)
    assert manifest["totals"]["problems"] == open_states


def _items(tree: Tree, doc: Mapping[str, Any], hosts: bytes) -> Iterator[tuple[tuple[str, str, str], bool]]:
    """What a doc lists, by doc id, kind and id, each with whether there are files of it."""
    metadata = json.loads(tree[f"{doc['path']}/metadata.json"])
    pages = list(_pages(metadata["pages"]))
    for page in pages:
        yield (doc["id"], "page", page["id"]), bool(page["files"])
        assert all(f"{doc['path']}/{file}" in tree for file in page["files"].values())
    for kind in ("table", "view"):
        for grid in metadata[f"{kind}s"]:
            yield (doc["id"], kind, grid["id"]), grid["file"] is not None
    for asset in metadata["assets"]:
        yield (doc["id"], "asset", asset["id"]), True
    held = {asset["id"] for asset in metadata["assets"]}
    for blob in _shown(tree, doc, hosts) - held:
        yield (doc["id"], "asset", blob), False


def _pages(entries: list[Any]) -> Iterator[Any]:
    for entry in entries:
        yield entry
        yield from _pages(entry["children"])


def _shown(tree: Tree, doc: Mapping[str, Any], hosts: bytes) -> set[str]:
    """The ids of the hosted files to which pages and tables of the doc refer by their addresses."""
    shown: set[str] = set()
    for path, content in tree.items():
        if path.startswith(f"{doc['path']}/") and PurePosixPath(path).suffix in (".md", ".html", ".jsonl"):
            for line in content.splitlines():
                shown |= {match[1].decode() for match in _BLOB.finditer(line) if hosts in line}
    return shown
