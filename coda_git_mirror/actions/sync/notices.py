"""What a sync says beside what it did: of settings that do nothing, and of docs that no run had the time to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.sync.choose import Choice
from coda_git_mirror.actions.sync.reading import Reading
from coda_git_mirror.changes.wording import shown_name
from coda_git_mirror.format import layout
from coda_git_mirror.git.command import advice


def notices(choice: Choice, held: Held | None) -> Iterator[str]:
    """A sentence for each; they change nothing of how the command ends."""
    for selector in choice.idle_exclusions:
        yield f"Note: no doc answers to {shown_name(selector)!r}, which is to be excluded; nothing is left out by it."
    if held and held.tree.digest(layout.SETTINGS) and held.settings_now() is None:
        back = advice(held.repository.root, "restore", layout.SETTINGS)
        yield f"Note: {layout.SETTINGS} is missing, so that every setting is the default; {back} brings it back."


def mixed_notices(readings: Iterable[Reading]) -> Iterator[str]:
    """A sentence for each doc of which parts may be of different times."""
    for reading in readings:
        if not reading.is_believed:
            yield (
                "Note: the time of --for was too short to read once more what may be calculated in "
                f"{shown_name(reading.doc.name)}: such values in it may be of different times; the next sync goes on."
            )
