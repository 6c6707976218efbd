"""The folders in which docs lie: Coda's docs often refer to them without their names (coda-api.md, Listings)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.errors import CodaError, OutOfPatience, TokenRefused
from coda_git_mirror.model.content import Doc

_FOLDER = "folder"


def with_folder_names(source: Source, docs: Iterable[Doc]) -> list[Doc]:
    """The docs with the names of their folders, as far as Coda gives them to this token; one request at the most."""
    known = list(docs)
    if not any(_lacks_name(doc) for doc in known):
        return known
    names = _names(source)
    return [_named(doc, names) if _lacks_name(doc) else doc for doc in known]


def _lacks_name(doc: Doc) -> bool:
    folder = doc.raw.get(_FOLDER)
    return isinstance(folder, dict) and isinstance(folder.get("id"), str) and not folder.get("name")


def _named(doc: Doc, names: dict[str, str]) -> Doc:
    folder = doc.raw[_FOLDER]
    name = names.get(folder["id"])
    return replace(doc, raw={**doc.raw, _FOLDER: {**folder, "name": name}}) if name else doc


def _names(source: Source) -> dict[str, str]:
    """Nothing where the token may not know: a restricted one, or a server that does not have this listing."""
    try:
        return source.folders()
    except (TokenRefused, OutOfPatience):
        raise
    except CodaError:
        return {}
