"""The object of `status --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from coda_git_mirror.actions.account_changes import AccountChanges
from coda_git_mirror.actions.status import MirrorStatus
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.ui.objects.problems import problem_objects


def status_object(status: MirrorStatus, changes: AccountChanges | None = None) -> Mapping[str, Any]:
    """What the mirror holds; `changes` is what Coda has since, where that was asked for."""
    manifest = status.manifest
    return {
        "folder": str(status.folder),
        "owner": asdict(manifest.owner) if manifest else None,
        "docs": [_doc(doc, status) for doc in manifest.docs] if manifest else [],
        "totals": asdict(manifest.totals) if manifest else None,
        "problems": problem_objects(manifest.problems) if manifest else [],
        "synced": _synced(status),
        "last_run": status.last_run or None,
        "last_success": status.last_success.isoformat() if status.last_success else None,
        "edits": status.edits,
        "push": asdict(status.push) if status.push else None,
        "running": status.running,
        "interrupted": status.interrupted,
        "coda": asdict(changes) if changes else None,
    }


def _doc(doc: DocRecord, status: MirrorStatus) -> Mapping[str, Any]:
    return {**asdict(doc), "problems": status.problems_of(doc.id), "left_out": doc.id in status.left_out}


def _synced(status: MirrorStatus) -> Mapping[str, str] | None:
    commit = status.synced
    return {"commit": commit.id, "when": commit.when.isoformat(), "subject": commit.subject} if commit else None
