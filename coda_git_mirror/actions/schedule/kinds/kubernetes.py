"""Kubernetes: a CronJob with a volume and a Secret of its own for each mirror (cli.md, schedule)."""

from __future__ import annotations

from coda_git_mirror.actions.schedule.filled import filled, indented
from coda_git_mirror.actions.schedule.kinds.daily import quoted
from coda_git_mirror.actions.schedule.naming import marker
from coda_git_mirror.actions.schedule.plan import Job, Made, Plan

_MIRROR = "/data/mirror"
"""The root of the volume belongs to root, and git works in no repository of somebody else's."""
_CLONE = (
    "git config --global credential.helper 'store --file /run/push/git-credentials'\n"
    'test -d "$1/.git" || git clone --quiet -- "$0" "$1"\n'
    "shift\n"
    'exec coda-git-mirror "$@"'
)


def made(plan: Plan) -> Made:
    """One file of all manifests."""
    text = "---\n".join(_manifests(plan, job) for job in plan.jobs)
    return Made({"kubernetes.yml": text}, ("kubectl apply -f kubernetes.yml",))


def _manifests(plan: Plan, job: Job) -> str:
    when = plan.daily(job)
    mount, volume = _push_secret(job)
    return filled(
        "kubernetes.yml",
        marker=marker(job.place),
        stem=job.stem,
        secret=job.token or job.stem,
        minute=str(when.minute),
        hour=str(when.hour),
        version=plan.version,
        command=indented(_command(plan, job), 14),
        push_mount=indented(mount, 16),
        push_volume=indented(volume, 12),
    )


def _command(plan: Plan, job: Job) -> str:
    """Where there is a remote, its clone is made first; the volume alone has nowhere to push to."""
    sync = ["sync", *(["--every", plan.every] if plan.every else []), "-o", _MIRROR]
    if not job.remote:
        return _list("args", sync)
    push = ["--push"] if plan.push else []
    return f"{_list('command', ['sh', '-ec', _CLONE, job.remote, _MIRROR])}\n{_list('args', [*sync, *push])}"


def _list(name: str, words: list[str]) -> str:
    return f"{name}:" + "".join(f"\n  - {quoted(word)}" for word in words)


def _push_secret(job: Job) -> tuple[str, str]:
    """Where the login for the remote is mounted, and its volume: a file `git-credentials` of a Secret."""
    if not job.remote:
        return "", ""
    mount = "\n- name: push\n  mountPath: /run/push\n  readOnly: true"
    volume = f"\n- name: push\n  secret:\n    secretName: {quoted(f'{job.stem}-push')}\n    optional: true"
    return mount, volume
