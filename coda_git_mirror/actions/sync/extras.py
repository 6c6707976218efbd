"""Formulas, controls and sharing of a doc: read where the token may, noted where it may not, never the end of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.errors import AccessDenied, CodaError, NotThere, OutOfPatience, TokenRefused

FORMULAS, CONTROLS, SHARING = EXTRAS = "formulas", "controls", "sharing"


@dataclass(frozen=True)
class Extras:
    """What `metadata.json` stores beside pages and tables, by name.

    `denied` names what Coda does not give to this token or at all; `failed` has the reasons of what may come later.
    """

    given: dict[str, Any] = field(default_factory=dict)
    denied: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def were_asked_for(self) -> bool:
        return bool(self.given or self.denied or self.failed)


def read_extras(source: Source, doc_id: str) -> Extras:
    """Reads all extras of a doc. Raises only what ends the whole run."""
    readers: dict[str, Callable[[str], Any]] = {
        FORMULAS: source.formulas,
        CONTROLS: source.controls,
        SHARING: source.sharing,
    }
    extras = Extras()
    denied: list[str] = []
    for name, read in readers.items():
        try:
            extras.given[name] = read(doc_id)
        except (AccessDenied, NotThere):
            denied.append(name)
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError as error:
            extras.failed[name] = str(error)
    return Extras(extras.given, tuple(denied), extras.failed)
