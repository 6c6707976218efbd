"""API tokens, unrestricted and restricted (coda-api.md, Listings)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coda_git_mirror.demo.replies import ErrorReply

DEFAULT_TOKEN = "demo-token-of-the-simulated-coda"  # noqa: S105 - opens nothing but the simulation


@dataclass(frozen=True)
class Token:
    """A token; `scoped_to` restricts it to one doc by id, `read_only` to GET; `refusal` is 401 or 403.

    In `read_only_docs` (by id) only GET is allowed, so that no page of theirs exports: always a 403. Without being a
    `doc_maker` its user may edit docs and rows, but not make docs or pages, nor name them.
    """

    text: str = DEFAULT_TOKEN
    scoped_to: str | None = None
    read_only: bool = False
    read_only_docs: frozenset[str] = frozenset()
    refusal: int = 403
    doc_maker: bool = True
    name: str = "coda-git-mirror"

    @property
    def scoped(self) -> bool:
        return self.scoped_to is not None or self.read_only or bool(self.read_only_docs)

    def check(self, headers: Mapping[str, str], method: str, path: str) -> None:
        """Refuses a request that does not bear this token or that it does not permit."""
        if headers.get("authorization") != f"Bearer {self.text}":
            raise ErrorReply(401, "The API token is invalid or has expired.")
        if self.read_only and method != "GET":
            raise ErrorReply(self.refusal, "This API token may only read.")
        if method != "GET" and any(path.startswith(f"/docs/{doc_id}/") for doc_id in self.read_only_docs):
            raise ErrorReply(403, "This API token may only read in this doc.")
        if self.scoped_to is not None and path != "/whoami" and not path.startswith("/mutationStatus/"):
            self._check_scope(path)

    def require_doc_maker(self) -> None:
        """Refuses what only a Doc Maker may: to make docs and pages, and to set their titles and icons."""
        if not self.doc_maker:
            raise ErrorReply(403, "You must be a Doc Maker in this workspace.")

    def _check_scope(self, path: str) -> None:
        if "/acl/" in path:
            raise ErrorReply(401, "This API token may not read permissions.")
        if path != f"/docs/{self.scoped_to}" and not path.startswith(f"/docs/{self.scoped_to}/"):
            raise ErrorReply(self.refusal, "This API token is restricted to one doc.")
