"""The templates of `templates/schedule/`, in which `@name@` stands for a value."""

from __future__ import annotations

import re

from coda_git_mirror.templates import template

_PLACE = re.compile(r"@([a-z_]+)@")


def filled(name: str, **values: str) -> str:
    """A template with its values, as they are; whoever gives them has escaped them."""
    return _PLACE.sub(lambda found: values[found[1]], template(f"schedule/{name}").decode())


def indented(text: str, blanks: int) -> str:
    """Each line of a text but the first after so many blanks."""
    return text.replace("\n", "\n" + " " * blanks)
