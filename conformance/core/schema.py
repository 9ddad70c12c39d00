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
Place = Sequence[str | int]
Failed = jsonschema_rs.ValidationError

DEFAULT_FAULT = "event-shape"
DEPTH = 250
"""Levels of nesting that the compiled validators read; what lies deeper is not judged."""
MAX_SAID = 2000
"""Failures whose words are kept for the streams to come."""
MAX_WORDED = 200
"""Failures that are worded by `jsonschema`, in one event and in one stream; those beyond keep the compiled words."""


class ShapeError(NamedTuple):
    """One place where an event does not fit its schema: the short name of the rule, a JSON Pointer, and the words."""

    fault: str
    pointer: str
    message: str


Words = dict[tuple[object, ...], ShapeError]
"""What was said of a place: an error that comes back at the same place is not worded again."""


class SchemaSet:
    """The schemas of one protocol: `files` maps file name to schema, `index` maps event kind to file name."""

    def __init__(self, files: Mapping[str, Schema], index: Mapping[str, str]) -> None:
        self._files = files
        self._index = index
        self._said: dict[tuple[tuple[object, ...], str], ShapeError] = {}

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
    def _explainers(self) -> dict[str, jsonschema.Draft202012Validator]:
        import jsonschema
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        registry = Registry().with_resources(
            [(uri, DRAFT202012.create_resource(schema)) for uri, schema in self._by_id.items()]
        )
        return {
            kind: jsonschema.Draft202012Validator(self._files[name], registry=registry)
            for kind, name in self._index.items()
        }

    @cached_property
    def is_valid(self) -> dict[str, Callable[[Any], bool]]:
        """Event kind -> the compiled `is_valid`, for the one loop that asks for every event.

        It raises ValueError for a value that is nested deeper than DEPTH; `errors` does not.
        """
        return {kind: checker.is_valid for kind, checker in self._checkers.items()}

    def errors(self, kind: str, data: object, words: Words | None = None) -> list[ShapeError]:
        """All places where `data` does not fit the schema of `kind`; empty where it fits or the kind has no schema.

        With `words`, kept by the caller for one stream, wrong types at one place are worded once: the message quotes
        the first.
        """
        checker = self._checkers.get(kind)
        if checker is None:
            return []
        try:
            failures = list(checker.iter_errors(data))
        except ValueError:
            data = _pruned(data, DEPTH)
            failures = list(checker.iter_errors(data))
        words = {} if words is None else words
        found = [(_key(kind, error), error) for error in failures]
        new = {key: error for key, error in reversed(found) if key not in words}
        if new:
            words.update(self._worded(kind, data, new, max(len(words), len(found)) < MAX_WORDED))
        return [words[key] for key, _ in found]

    def _worded(self, kind: str, data: object, new: Mapping[tuple[object, ...], Failed], explain: bool) -> Words:
        """Words for each of these failures. What was said of an equal one, of this stream or another, is said again:
        providers repeat themselves, and `jsonschema` is slow."""
        if not explain:
            return {key: self._shape_error(kind, error, {}) for key, error in new.items()}
        said = {key: self._said.get((key, error.message)) for key, error in new.items()}
        if None in said.values():
            explained = self._explained(kind, data)
            said = {key: self._shape_error(kind, error, explained) for key, error in new.items()}
            if len(self._said) > MAX_SAID:
                self._said.clear()
            self._said.update({(key, new[key].message): words for key, words in said.items() if words})
        return {key: words for key, words in said.items() if words}

    def _explained(self, kind: str, data: object) -> dict[tuple[object, ...], str]:
        """What `jsonschema` says of `data`: (place, keyword, missing member) -> words."""
        return {
            (tuple(error.absolute_path), error.validator, _missing(str(error.validator), error.message)): error.message
            for error in self._explainers[kind].iter_errors(data)
        }

    def _shape_error(
        self, kind: str, error: jsonschema_rs.ValidationError, explained: Mapping[tuple[object, ...], str]
    ) -> ShapeError:
        path, place, keyword = error.evaluation_path, tuple(error.instance_path), str(error.evaluation_path[-1])
        missing = _missing(keyword, error.message)
        words = explained.get((place, keyword, missing), error.message)
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place)
        fault = self._fault(self._index[kind], path, missing)
        return ShapeError(fault, pointer, words if len(words) <= 300 else words[:120] + " ... " + words[-120:])

    def _fault(self, name: str, path: Place, missing: str | None) -> str:
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


def _key(kind: str, error: jsonschema_rs.ValidationError) -> tuple[object, ...]:
    """What makes one failure the same as another: kind, schema path, place, and the value or (`type`) its type."""
    path = error.evaluation_path
    said = type(error.instance) if path[-1] == "type" else error.message[:300]
    return (kind, *path, None, *error.instance_path, said)


def _missing(keyword: str, message: str) -> str | None:
    """The member that `required` misses: both validators name it first, in quotation marks."""
    return message.partition(" is a required")[0][1:-1] if keyword == "required" else None


def _named(node: Mapping[str, object], missing: str | None, otherwise: str) -> str:
    said = node.get("x-fault")
    if isinstance(said, str):
        return said
    if isinstance(said, Mapping) and missing in said:
        return str(said[missing])
    return otherwise


def _pruned(value: object, depth: int) -> object:
    """`value` without what lies deeper than `depth` levels."""
    if isinstance(value, dict):
        return {key: _pruned(item, depth - 1) for key, item in value.items()} if depth else {}
    if isinstance(value, list):
        return [_pruned(item, depth - 1) for item in value] if depth else []
    return value
