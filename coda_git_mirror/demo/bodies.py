"""The JSON that a request brings, held against what Coda documents: no key beyond it (coda-api.md, Writing)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from coda_git_mirror.demo.replies import ErrorReply

Kind: TypeAlias = "type | tuple[str, ...] | Shape | OneOf | ListOf"


@dataclass(frozen=True)
class Shape:
    """An object: keys that must be there, and keys that may; a tuple of texts is a choice."""

    required: Mapping[str, Kind] = field(default_factory=dict)
    optional: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True)
class OneOf:
    """Anything of these kinds."""

    kinds: tuple[Kind, ...]


@dataclass(frozen=True)
class ListOf:
    """An array whose members are of this kind."""

    kind: Kind


def read_body(body: bytes, shape: Shape, limit: int) -> dict[str, Any]:
    """The object in the body; 400 where it is too large, no JSON, or not of the shape."""
    if len(body) > limit:
        raise ErrorReply(400, "request entity too large")
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        raise ErrorReply(400, "Validation Error: the body is not JSON.") from None
    if problem := _problem(found, shape, "body"):
        raise ErrorReply(400, f"Validation Error: {problem}.")
    return dict(found)


def _problem(value: Any, kind: Kind, where: str) -> str:
    match kind:
        case Shape():
            return _problem_of_object(value, kind, where)
        case OneOf(kinds):
            problems = [_problem(value, each, where) for each in kinds]
            return "" if "" in problems else problems[0]
        case ListOf(each):
            if not isinstance(value, list):
                return f"{where} must be an array"
            return next(filter(None, (_problem(it, each, f"{where}.{at}") for at, it in enumerate(value))), "")
        case tuple():
            return "" if value in kind else f"{where} must be one of {', '.join(kind)}"
        case _:
            return "" if type(value) is kind else f"{where} must be a {kind.__name__}"


def _problem_of_object(value: Any, shape: Shape, where: str) -> str:
    if not isinstance(value, dict):
        return f"{where} must be an object"
    known = {**shape.required, **shape.optional}
    missing, beyond = shape.required.keys() - value.keys(), value.keys() - known.keys()
    problems = [f"{where} lacks {key}" for key in sorted(missing)]
    problems += [f"{where} may not have {key}" for key in sorted(beyond)]
    problems += [_problem(value[key], kind, f"{where}.{key}") for key, kind in known.items() if key in value]
    return next(filter(None, problems), "")
