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

_LONGEST_PATH, _LONGEST_NAME = 1_000, 255
"""What systems take, in characters and bytes; this program's own names are shorter."""

PAGE_SUFFIXES = (".md", ".html")
TABLE_SUFFIXES = (".csv", ".jsonl", ".json")
VIEW_SUFFIXES = (".csv", ".json")


def is_mirrored(path: str) -> bool:
    """Whether the mirror alone may write there; all else in the working copy may be the user's."""
    return path in (MANIFEST, DOCS) or path.startswith(f"{DOCS}/")


def is_within(path: str) -> bool:
    """Whether a path, as some file of the mirror names it, can be one of this program's, below the folder it is of."""
    if path.isascii() and len(path) <= _LONGEST_NAME:
        framed = f"/{path}/"
        return not ("/." in framed or "//" in framed or "/git~" in framed or "\\" in framed or "\0" in framed)
    names = path.split("/")
    return "\\" not in path and "\0" not in path and len(path) <= _LONGEST_PATH and all(map(_is_name, names))


def _is_name(name: str) -> bool:
    """Whether a file or folder may be called so: nothing of this program's begins with a dot, as git's own folder."""
    try:
        return 0 < len(name.encode()) <= _LONGEST_NAME and not name.startswith((".", "git~"))
    except UnicodeEncodeError:
        return False


def inside(folder: str, path: str) -> str:
    """`path` of a doc's folder as a path of the mirror."""
    return f"{folder}/{path}"
