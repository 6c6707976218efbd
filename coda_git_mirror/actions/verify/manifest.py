"""The manifest of a revision: readable, of a known format, and as it says itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from coda_git_mirror.actions.verify.docs import reason_of
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import Manifest, manifest_document, parse_manifest
from coda_git_mirror.format.version import CURRENT, FIRST, version_of
from coda_git_mirror.model.findings import BRING_BACK, SYNC, Finding
from coda_git_mirror.model.plain_json import parse_json

_UPGRADE = "upgrade coda-git-mirror; until then a sync leaves this mirror alone"


def read_manifest(content: bytes, findings: list[Finding]) -> Manifest | None:
    """The manifest, None where it cannot be read; what is wrong with it is added to the findings."""
    if version := _foreign_version(content):
        findings.append(version)
        return None
    try:
        manifest = parse_manifest(content)
    except ValueError as error:
        findings.append(Finding(layout.MANIFEST, f"cannot be read: {reason_of(error)}", BRING_BACK))
        return None
    findings += _findings(manifest, content)
    return manifest


def _foreign_version(content: bytes) -> Finding | None:
    """Whether it is of another version of the format, as far as that can be told."""
    try:
        version = version_of(parse_json(content)["format_version"])
    except (ValueError, KeyError, TypeError):
        return None
    if version > CURRENT:
        return Finding(layout.MANIFEST, f"is of format {version}, newer than the {CURRENT} known here", _UPGRADE)
    if version < FIRST:
        return Finding(layout.MANIFEST, f"is of format {version}, older than any that can be read", BRING_BACK)
    return None


def _findings(manifest: Manifest, content: bytes) -> Iterator[Finding]:
    totals = parse_json(content).get("totals")
    if totals != asdict(manifest.totals):
        yield Finding(layout.MANIFEST, "has totals that are not the sums of its docs", SYNC)
    elif content != manifest_document(manifest):
        yield Finding(layout.MANIFEST, "is not written as this program writes it", SYNC)
    for name in ("id", "path"):
        counted = Counter(str(asdict(doc)[name]) for doc in manifest.docs)
        for value in (value for value, count in counted.items() if count > 1):
            yield Finding(layout.MANIFEST, f"lists two docs with the {name} {value}", BRING_BACK)
