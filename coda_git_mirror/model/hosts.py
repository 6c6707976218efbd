"""The hosts of Coda's own pages and files (coda-api.md, Listings and Hosted files)."""

from __future__ import annotations

PAGE_HOSTS = frozenset({"coda.io", "www.coda.io", "docs.superhuman.com"})
"""Which of them a link names is noise."""
FILE_HOSTS = PAGE_HOSTS | {"codahosted.io"}
