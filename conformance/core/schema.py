"""SchemaSet: event kind -> compiled validator, and who answers for what it refuses.

Law: schemas come as data, already read; compiled validators (jsonschema-rs) decide, `jsonschema` words the error.

A subschema may name the rule that speaks for its failures with `x-fault`: a rule's short name, or, for `required`, a
map from property to name. Validators ignore the keyword; without one the fault is `event-shape`:

    {"type": "array", "items": {"required": ["index"], "x-fault": {"index": "tool-call-index-missing"}}}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import jsonschema_rs

if TYPE_CHECKING:
    import jsonschema

Schema = dict[str, Any]

DEFAULT_FAULT = "event-shape"
_STRUCTURAL = frozenset({"required", "type"})  # keywords whose verdict depends on keys and types alone


class ShapeError(NamedTuple):
    """One place where an event does not fit its schema: the short name of the rule, a JSON Pointer, and the words."""

    fault: str
    pointer: str
    message: str


class SchemaSet:
    """The schemas of one protocol: `files` maps file name to schema, `index` maps event kind to file name."""

    def __init__(self, files: Mapping[str, Schema], index: Mapping[str, str]) -> None:
        self._files = files
        self._index = index
        self._known: dict[tuple[str, object], list[ShapeError]] = {}

    @property
    def kinds(self) -> frozenset[str]:
        """The event kinds that have a schema."""
        return frozenset(self._index)

    @cached_property
    def _by_id(self) -> dict[str, Schema]:
        return {str(schema["$id"]): schema for schema in self._files.values()}

    @cached_property
    def _checkers(self) -> dict[str, jsonschema_rs.Draft202012Validator]:
        registry = jsonschema_rs.Registry(list(self._by_id.items()))
        made = {
            name: jsonschema_rs.Draft202012Validator(self._files[name], registry=registry)
            for name in set(self._index.values())
        }
        return {kind: made[name] for kind, name in self._index.items()}

    @cached_property
    def is_valid(self) -> dict[str, Callable[[Any], bool]]:
        """Event kind -> the compiled `is_valid`, for the one loop that asks for every event."""
        return {kind: checker.is_valid for kind, checker in self._checkers.items()}

    def errors(self, kind: str, data: object) -> list[ShapeError]:
        """All places where `data` does not fit the schema of `kind`; empty where it fits or the kind has no schema."""
        checker = self._checkers.get(kind)
        if checker is None:
            return []
        key = (kind, _structure(data))
        known = self._known.get(key)
        if known is not None:
            return known
        found, structural = [], True
        for error in checker.iter_errors(data):
            path = list(error.evaluation_path)
            structural = structural and path[-1] in _STRUCTURAL
            found.append(self._shape_error(kind, data, path, list(error.instance_path), error.message))
        if structural:
            self._known[key] = found
        return found

    def _shape_error(
        self, kind: str, data: object, path: Sequence[str | int], instance: Sequence[str | int], message: str
    ) -> ShapeError:
        missing = message.split('"')[1] if path[-1] == "required" else None
        fault = self._fault(self._index[kind], path, missing)
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in instance)
        return ShapeError(fault, pointer, self._word(kind, data, path, instance, missing) or message)

    def _fault(self, name: str, path: Sequence[str | int], missing: str | None) -> str:
        """The nearest `x-fault` on the way that the validator took, followed through every `$ref`."""
        document: Any = self._files[name]
        node: Any = document
        fault = DEFAULT_FAULT
        for part in path:
            if isinstance(node, Mapping):
                fault = _named(node, missing, fault)
                if part == "$ref":
                    document, node = self._resolve(document, str(node["$ref"]))
                else:
                    node = node.get(part)
            elif isinstance(node, Sequence) and isinstance(part, int):
                node = node[part]
        return fault

    def _resolve(self, document: Any, ref: str) -> tuple[Any, Any]:
        target, _, fragment = ref.partition("#")
        if target:
            document = self._by_id[str(document["$id"]).rpartition("/")[0] + "/" + target]
        node = document
        for part in fragment.split("/")[1:]:
            node = node[part] if isinstance(node, Mapping) else None
        return document, node

    def _word(
        self, kind: str, data: object, path: Sequence[str | int], instance: Sequence[str | int], missing: str | None
    ) -> str | None:
        """The words of `jsonschema` for the error at this place, where it finds the same."""
        for error in self._explainer(kind).iter_errors(data):
            same = list(error.absolute_path) == list(instance) and error.validator == path[-1]
            if same and (missing is None or repr(missing) in error.message):
                words = str(error.message)
                return words if len(words) <= 300 else words[:120] + " ... " + words[-120:]
        return None

    def _explainer(self, kind: str) -> jsonschema.Draft202012Validator:
        import jsonschema
        from referencing import Registry, Resource

        resources = [(uri, Resource.from_contents(schema)) for uri, schema in self._by_id.items()]
        registry = Registry().with_resources(resources)
        return jsonschema.Draft202012Validator(self._files[self._index[kind]], registry=registry)


def _named(node: Mapping[str, object], missing: str | None, otherwise: str) -> str:
    said = node.get("x-fault")
    if isinstance(said, str):
        return said
    if isinstance(said, Mapping) and missing in said:
        return str(said[missing])
    return otherwise


def _structure(value: object) -> object:
    """Keys and types of a value, hashable. Two values of one structure break `required` and `type` alike."""
    if type(value) is dict:
        return tuple((key, _structure(item)) for key, item in value.items())
    if type(value) is list:
        return (list, *(_structure(item) for item in value))
    return type(value)
