"""The last line of defence for paths in the mirror: `format` makes lawful ones, this refuses what should never come."""

from __future__ import annotations

import unicodedata

LONGEST_PATH = 199
LONGEST_COMPONENT_BYTES = 255

_WINDOWS_FORBIDS = frozenset('<>:"|?*')
_WINDOWS_DEVICES = frozenset(
    [
        "con",
        "prn",
        "aux",
        "nul",
        "conin$",
        "conout$",
        *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"),
    ]
)


class LawlessPath(ValueError):
    """A path that must not be in a mirror: a mistake in this program, not in what the user did."""


def require_lawful(path: str) -> None:
    """Raises `LawlessPath` unless `path` may be written on Windows, macOS and Linux and stays inside the mirror."""
    require_contained(path)
    if len(path) > LONGEST_PATH:
        raise LawlessPath(f"{path!r}: longer than {LONGEST_PATH} characters")
    if not unicodedata.is_normalized("NFC", path):
        raise LawlessPath(f"{path!r}: not in Unicode's composed form")
    for component in path.split("/"):
        if fault := _fault_of_component(component):
            raise LawlessPath(f"{path!r}: {fault}")


def require_contained(path: str) -> None:
    """Raises `LawlessPath` unless `path` is relative, without steps upwards and outside any `.git` folder.

    Weaker than `require_lawful`: for files that are already in a revision and are to be removed.
    """
    for component in path.split("/"):
        if component in ("", ".", ".."):
            raise LawlessPath(f"{path!r}: absolute, or with an empty component or a step upwards")
        if "\\" in component or "\0" in component:
            raise LawlessPath(f"{path!r}: a backslash or a NUL")
        if _is_git_folder(component):
            raise LawlessPath(f"{path!r}: inside git's own folder")


def _is_git_folder(component: str) -> bool:
    """Whether some file system takes `component` for `.git`: HFS+ skips format characters, NTFS knows `git~1`."""
    if component.isascii() and "git" not in component.casefold():
        return False
    visible = "".join(character for character in component if unicodedata.category(character) != "Cf")
    plain = visible.split(":")[0].rstrip(". ").casefold()
    return plain == ".git" or (plain.startswith("git~") and plain[4:].isdecimal())


def _fault_of_component(component: str) -> str | None:
    plain = component.isascii() and component.isprintable()
    if not plain and any(unicodedata.category(character) in ("Cc", "Cs") for character in component):
        return "a control character or half a character"
    if len(component.encode()) > LONGEST_COMPONENT_BYTES:
        return f"a name of more than {LONGEST_COMPONENT_BYTES} bytes"
    if component[-1] in ". " or component[0] == " ":
        return "a name that begins with a space or ends with a dot or a space"
    if not _WINDOWS_FORBIDS.isdisjoint(component):
        return "a character that Windows forbids"
    if component.split(".")[0].rstrip(" ").casefold() in _WINDOWS_DEVICES:
        return "the name of a Windows device"
    return None
