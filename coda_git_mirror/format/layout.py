"""Every file name of the mirror."""

from __future__ import annotations

MANIFEST = "backup_manifest.json"
SETTINGS = "coda-mirror.toml"
ROOT_TEMPLATES = {
    "README.md": "README.md",
    ".gitattributes": "gitattributes",
    ".gitignore": "gitignore",
    SETTINGS: SETTINGS,
}
"""The files that `init` writes at the mirror's root, with the templates that they come from."""

DOCS = "docs"
METADATA = "metadata.json"
DOC_README = "README.md"
CHECKSUMS = "SHA256SUMS"
PAGES = "pages"
TABLES = "tables"
VIEWS = "views"
ASSETS = "assets"

PAGE_SUFFIXES = (".md", ".html")
TABLE_SUFFIXES = (".csv", ".jsonl", ".json")
VIEW_SUFFIXES = (".csv", ".json")


def is_mirrored(path: str) -> bool:
    """Whether the mirror alone may write there; all else in the working copy may be the user's."""
    return path in (MANIFEST, DOCS) or path.startswith(f"{DOCS}/")


def is_within(path: str) -> bool:
    """Whether a path, as some file of the mirror names it, stays below the folder that it is of."""
    return "\\" not in path and "\0" not in path and not {"", ".", ".."} & set(path.split("/"))


def inside(folder: str, path: str) -> str:
    """`path` of a doc's folder as a path of the mirror."""
    return f"{folder}/{path}"
