"""The published OpenAPI document as plain JSON Schema, with the few additions that are known to be served beyond it.

In the document `additionalProperties: false` stands within the parts of an `allOf`, which taken literally refuses every
valid object; here the parts are merged first.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

PROJECT = Path(__file__).parent.parent.parent
SHARED = PROJECT.parent / "shared"
DOCUMENT = SHARED / "coda-api" / "openapi-1.4.17.yaml"

Json = dict[str, Any]


def _add_what_is_served_beyond(schemas: Json) -> None:
    """coda-api.md, Listings: keys and enum values beyond the document, and a `parent` that can be null."""
    schemas["PageType"]["enum"].append("table")
    schemas["DocSize"]["properties"]["baseTableCount"] = {"type": "number"}
    schemas["PersonValue"]["allOf"][1]["properties"]["userId"] = {"type": "string"}
    schemas["Table"]["properties"]["viewId"] = {"type": "string"}  # required there, and not described
    schemas["ColumnFormat"]["discriminator"]["mapping"]["reaction"] = "#/components/schemas/SimpleColumnFormat"
    for name in ("Table", "TableReference"):
        parent = schemas[name]["properties"]["parent"]
        schemas[name]["properties"]["parent"] = {"anyOf": [dict(parent), {"type": "null"}]}


class Document:
    """Validators for the answers of each operation."""

    def __init__(self, path: Path) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._document: Json = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader
        _add_what_is_served_beyond(self._document["components"]["schemas"])
        self._answers = [
            (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", template) + "$"), operation["responses"])
            for template, operations in self._document["paths"].items()
            for method, operation in operations.items()
            if method in ("get", "post", "put", "patch", "delete")
        ]
        self.validator = cache(self._validator)

    def problems(self, method: str, path: str, status: int, content: Any) -> list[str]:
        """What in an answer contradicts the document; a path or status that the document lacks is a contradiction."""
        matching = (pattern.pattern for m, pattern, _ in self._answers if m == method and pattern.match(path))
        template = next(matching, None)
        if template is None:
            return [f"{method} {path} is not in the document"]
        errors = self.validator(method, template, str(status)).iter_errors(content)
        return [f"{method} {path}: {error.json_path}: {error.message[:300]}" for error in errors]

    def request_problems(self, method: str, template: str, content: Any) -> list[str]:
        """What in the body of a request to this path of the document contradicts it."""
        operation = self._document["paths"][template][method.lower()]
        schema = self._resolved(operation["requestBody"]["content"]["application/json"]["schema"])
        errors = Draft202012Validator(self._plain(schema)).iter_errors(content)
        return [f"{error.json_path}: {error.message[:300]}" for error in errors]

    def item_problems(self, schema: str, content: Any) -> list[str]:
        """What in one object contradicts its schema."""
        found = Draft202012Validator(self._plain({"$ref": f"#/components/schemas/{schema}"}))
        return [f"{error.json_path}: {error.message[:300]}" for error in found.iter_errors(content)]

    def _validator(self, method: str, template: str, status: str) -> Draft202012Validator:
        responses = next(r for m, pattern, r in self._answers if (m, pattern.pattern) == (method, template))
        answer = self._resolved(responses[status])
        return Draft202012Validator(self._plain(answer["content"]["application/json"]["schema"]))

    def _resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            found: Any = self._document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def _plain(self, schema: Json) -> Json:
        schema = self._resolved(schema)
        if "allOf" in schema:
            return self._merged(schema["allOf"])
        options = schema.get("anyOf") or schema.get("oneOf")
        if options is not None:
            return {"anyOf": [self._option(option, schema.get("discriminator", {})) for option in options]}
        plain: Json = {key: schema[key] for key in ("type", "enum", "required", "minimum", "maximum") if key in schema}
        if "items" in schema:
            plain["items"] = self._plain(schema["items"])
        if "properties" in schema:
            plain["properties"] = {name: self._plain(value) for name, value in schema["properties"].items()}
            plain["additionalProperties"] = False
        elif isinstance(schema.get("additionalProperties"), dict):
            plain["additionalProperties"] = self._plain(schema["additionalProperties"])
        return plain

    def _merged(self, parts: list[Json]) -> Json:
        merged: Json = {}
        for part in (self._plain(part) for part in parts):
            properties = {**merged.get("properties", {}), **part.get("properties", {})}
            required = [*merged.get("required", []), *part.get("required", [])]
            merged = {**merged, **part}
            merged |= {"properties": properties} if properties else {}
            merged |= {"required": sorted(set(required))} if required else {}
        return merged

    def _option(self, option: Json, discriminator: Json) -> Json:
        """One alternative; where a discriminator maps kinds to it, of those kinds only."""
        plain = self._plain(option)
        kinds = [kind for kind, target in discriminator.get("mapping", {}).items() if target == option.get("$ref")]
        if kinds:
            plain["properties"] = {**plain["properties"], discriminator["propertyName"]: {"enum": kinds}}
        return plain
