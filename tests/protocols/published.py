"""What two descriptions of the same messages say at each place, and where they differ.

Law: pure; a description is JSON Schema, as published for an SDK's types or as ours. Unions that are told apart by
`type` are places of their own: `/delta[text_delta]/text`. `type` itself, which each of them requires, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHARED = Path(__file__).parents[3] / "shared"
SPEC = SHARED / "spec_data"
ABSENT = "the published descriptions (../shared/spec_data) are not here"

Schema = dict[str, Any]
Resolve = Callable[[str], Schema]


@dataclass
class Shape:
    """What stands at one place: its types, the values that it is bound to, the members that it requires."""

    type: set[str] = field(default_factory=set)
    value: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)


Shapes = dict[str, Shape]


def inside(document: Schema) -> Resolve:
    """Resolves references within one document."""

    def resolve(ref: str) -> Schema:
        node = document
        for part in ref.removeprefix("#/").split("/"):
            node = node[part]
        return node

    return resolve


def kind_of(schema: Schema) -> str | None:
    """The one value that its member `type` may have, or None."""
    kind = schema.get("properties", {}).get("type", {}).get("const")
    return kind if isinstance(kind, str) else None


def shapes(schema: Schema, resolve: Resolve, path: str = "", found: Shapes | None = None, deep: int = 8) -> Shapes:
    """Place -> what a schema says of it; `*` stands for an item."""
    found = {} if found is None else found
    shape = found.setdefault(path, Shape())
    for part, union in alternatives(schema, resolve):
        if union and kind_of(part):
            shape.type.add("object")
            shapes({**part, "type": "object"}, resolve, f"{path}[{kind_of(part)}]", found, deep)
            continue
        types = part.get("type", [])
        shape.type |= {types} if isinstance(types, str) else set(types)
        values = [*part.get("enum", ()), *([part["const"]] if "const" in part else ())]
        shape.type |= {"string" if isinstance(value, str) else "null" for value in values}
        shape.value |= {value for value in values if isinstance(value, str)}
        shape.required |= set(part.get("required", ())) - {"type"}
        if deep:
            for name, sub in part.get("properties", {}).items():
                if name != "type":
                    shapes(sub, resolve, f"{path}/{name}", found, deep - 1)
            if "items" in part:
                shapes(part["items"], resolve, f"{path}/*", found, deep - 1)
    return found


def alternatives(schema: Schema, resolve: Resolve, union: bool = False) -> Iterator[tuple[Schema, bool]]:
    """The schema, what it refers to, and what it is made of, and whether that is one of several.

    `if type is x then` is the alternative x.
    """
    if "$ref" in schema:
        yield from alternatives(resolve(schema["$ref"]), resolve, union)
        return
    yield schema, union
    conditions = [part for part in (schema, *schema.get("allOf", ())) if kind_of(part.get("if", {}))]
    for part in conditions:
        then = part["then"]
        yield {**then, "properties": {**then.get("properties", {}), "type": part["if"]["properties"]["type"]}}, True
    for word in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(word, ()):
            if part not in conditions:
                yield from alternatives(part, resolve, word != "allOf")


def differences(ours: Shapes, theirs: Shapes) -> set[str]:
    """What ours allows or asks more (`+`) or less (`-`), places that only we have, and kinds that only they have."""
    found = {f"{path} here" for path in ours.keys() - theirs.keys()}
    for path in theirs.keys() - ours.keys():
        if path.endswith("]") and path.rpartition("[")[0] in ours:
            found.add(f"{path} there")
    for path in ours.keys() & theirs.keys():
        for what in ("type", "value", "required"):
            here, there = getattr(ours[path], what), getattr(theirs[path], what)
            found |= {f"{path} {what} +{one}" for one in here - there}
            found |= {f"{path} {what} -{one}" for one in there - here}
    return found
