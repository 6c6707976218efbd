"""What a repository ignores for itself, beside the `.gitignore` that is tracked and the user's."""

from __future__ import annotations

from coda_git_mirror.disk.files import naming, open_to_append
from coda_git_mirror.git.repository import Repository

SECRETS = ".env*"
"""The files in which tokens are kept."""


def exclude(repository: Repository, pattern: str = SECRETS) -> None:
    """Lets git pass over files of this pattern, for `git add -A` too; where it does so already nothing is written."""
    file = repository.common_dir / "info" / "exclude"
    with naming(file):
        content = file.read_bytes() if file.is_file() else b""
        if pattern.encode() in content.splitlines():
            return
        file.parent.mkdir(exist_ok=True)
        with open_to_append(file) as excluded:
            begin = b"" if not content or content.endswith(b"\n") else b"\n"
            excluded.write(begin + pattern.encode() + b"\n")
