"""Laws of schemas: compiled validators decide, the nearest `x-fault` speaks, `jsonschema` words it, words are kept."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.core.schema import DEFAULT_FAULT, DEPTH, MAX_WORDED, SchemaSet, Words
from tests.strategies import json_values

BASE = "https://example.com/schemas/test/"

CHUNK = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": BASE + "chunk.json",
    "type": "object",
    "required": ["id", "choices"],
    "x-fault": {"choices": "choices-missing"},
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "chunk", "x-fault": "object-value"},
        "usage": {"$ref": "usage.json", "x-fault": "usage-shape"},
        "choices": {"type": "array", "items": {"$ref": "#/$defs/choice"}},
        "x-fault": {"type": "integer"},
    },
    "$defs": {
        "choice": {
            "type": "object",
            "required": ["index"],
            "x-fault": {"index": "index-missing"},
            "properties": {
                "index": {"type": "integer", "minimum": 0},
                "delta": {"$ref": "delta.json#/$defs/delta", "x-fault": "delta-shape"},
                "finish": {"anyOf": [{"type": "null"}, {"enum": ["stop", "length"]}], "x-fault": "finish-value"},
            },
        }
    },
}
DELTA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": BASE + "delta.json",
    "$defs": {
        "delta": {
            "properties": {
                "content": {"type": ["string", "null"], "x-fault": "content-not-a-string"},
                "role": {"type": "string"},
                "a/b~c": {"type": "string"},
            }
        }
    },
}
USAGE = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": BASE + "usage.json",
    "type": ["object", "null"],
    "required": ["total"],
    "properties": {"total": {"type": "integer", "minimum": 0}},
}


def schemas() -> SchemaSet:
    return SchemaSet(
        {"chunk.json": CHUNK, "delta.json": DELTA, "usage.json": USAGE},
        {"chunk": "chunk.json", "usage": "usage.json", "again": "chunk.json"},
    )


SCHEMAS = schemas()
GOOD = {
    "id": "1",
    "object": "chunk",
    "usage": {"total": 1},
    "choices": [{"index": 0, "delta": {"content": "x"}, "finish": None}],
}


def but(path: str, value: object = ...) -> dict[str, object]:
    """GOOD with one member changed, or (without a value) without it."""
    data = copy.deepcopy(GOOD)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    node: object = data
    for part in parents:
        node = node[part]  # type: ignore[index]
    if value is ...:
        del node[last]  # type: ignore[attr-defined]
    else:
        node[last] = value  # type: ignore[index]
    return data


ATTRIBUTION: dict[str, tuple[object, list[tuple[str, str]]]] = {
    "fits": (GOOD, []),
    "no name for a missing member": (but("id"), [(DEFAULT_FAULT, "")]),
    "a name for a missing member": (but("choices"), [("choices-missing", "")]),
    "both": ({}, [("choices-missing", ""), (DEFAULT_FAULT, "")]),
    "a missing member behind $ref": (but("choices/0/index"), [("index-missing", "/choices/0")]),
    "only missing members have names": (but("choices/0/index", -1), [(DEFAULT_FAULT, "/choices/0/index")]),
    "a name beside const": (but("object", "chat"), [("object-value", "/object")]),
    "a name beside $ref speaks for the other file": (but("usage", {}), [("usage-shape", "/usage")]),
    "deep in the other file, too": (but("usage/total", "1"), [("usage-shape", "/usage/total")]),
    "the nearer name wins": (but("choices/0/delta/content", 1), [("content-not-a-string", "/choices/0/delta/content")]),
    "else the farther": (but("choices/0/delta/role", 1), [("delta-shape", "/choices/0/delta/role")]),
    "a name beside anyOf": (but("choices/0/finish", "done"), [("finish-value", "/choices/0/finish")]),
    "a member called x-fault": ({**GOOD, "x-fault": "no"}, [(DEFAULT_FAULT, "/x-fault")]),
    "a pointer is escaped": (but("choices/0/delta", {"a/b~c": 1}), [("delta-shape", "/choices/0/delta/a~1b~0c")]),
    "no object": ([], [(DEFAULT_FAULT, "")]),
    "two in a list": (
        {**GOOD, "choices": [{}, {"index": 0}, {}]},
        [("index-missing", "/choices/0"), ("index-missing", "/choices/2")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), ATTRIBUTION.values(), ids=ATTRIBUTION)
def test_the_nearest_name_speaks_for_a_failure(data: object, expected: list[tuple[str, str]]) -> None:
    assert sorted((error.fault, error.pointer) for error in SCHEMAS.errors("chunk", data)) == sorted(expected)


def test_an_event_without_a_schema_has_no_error() -> None:
    assert SCHEMAS.errors("ping", {"anything": 1}) == []
    assert SCHEMAS.kinds == {"chunk", "usage", "again"}
    assert SchemaSet({}, {}).errors("chunk", 1) == []


def test_one_file_may_serve_many_kinds() -> None:
    assert SCHEMAS.errors("again", {}) == SCHEMAS.errors("chunk", {})


def explained(kind: str, data: object) -> list[tuple[list[object], str]]:
    """What `jsonschema` itself says, at which place."""
    return [(list(error.absolute_path), str(error.message)) for error in SCHEMAS._explainers[kind].iter_errors(data)]


@pytest.mark.parametrize("data", [case[0] for case in ATTRIBUTION.values()], ids=ATTRIBUTION)
def test_jsonschema_finds_the_same_places_and_words_them(data: object) -> None:
    found = [(error.pointer, error.message) for error in SCHEMAS.errors("chunk", data)]
    other = [
        ("".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place), message)
        for place, message in explained("chunk", data)
    ]
    assert sorted(found) == sorted(other)


def test_long_words_are_cut_in_the_middle() -> None:
    (error,) = SCHEMAS.errors("chunk", but("choices/0/delta/content", ["x" * 5000]))
    assert len(error.message) < 300 and " ... " in error.message
    assert error.message.endswith("is not of type 'string', 'null'")


choices = st.lists(
    st.fixed_dictionaries(
        {}, optional={"index": json_values, "delta": st.fixed_dictionaries({}, optional={"content": json_values}),
                      "finish": st.sampled_from([None, "stop", "done", 1])}), max_size=3)  # fmt: skip
usages = st.none() | st.fixed_dictionaries({}, optional={"total": st.integers(-2, 2) | st.text(max_size=2)})
chunks = st.fixed_dictionaries(
    {}, optional={"id": json_values, "object": st.sampled_from(["chunk", "x", None]), "choices": choices | json_values,
                  "usage": usages},
)  # fmt: skip


def clean(value: object) -> object:
    """`value` without halves of surrogate pairs, which no parsed value holds."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    return value


@given(st.lists(chunks.map(clean), max_size=5))
def test_words_that_are_kept_change_no_fault_and_no_place(events: list[object]) -> None:
    words: Words = {}
    for data in events:
        fresh, kept = SCHEMAS.errors("chunk", data), SCHEMAS.errors("chunk", data, words)
        assert [(error.fault, error.pointer) for error in kept] == [(error.fault, error.pointer) for error in fresh]
        differ = [
            (one.message, two.message) for one, two in zip(fresh, kept, strict=True) if one.message != two.message
        ]
        assert all(" is not of type " in one and " is not of type " in two for one, two in differ)
        assert SCHEMAS.is_valid["chunk"](data) == (not fresh)


def test_a_wrong_type_is_worded_once_per_place_and_kind_of_value() -> None:
    words: Words = {}
    said = [SCHEMAS.errors("chunk", but("id", value), words)[0].message for value in (1, 2, 1.5, None)]
    assert said == ["1 is not of type 'string'", "1 is not of type 'string'", "1.5 is not of type 'string'",
                    "None is not of type 'string'"]  # fmt: skip


def test_a_wrong_value_behind_a_kept_error_is_still_found() -> None:
    words: Words = {}
    assert len(SCHEMAS.errors("chunk", but("id"), words)) == 1
    both = {**but("id"), "object": "other"}
    assert sorted(error.fault for error in SCHEMAS.errors("chunk", both, words)) == [DEFAULT_FAULT, "object-value"]


def test_words_of_one_stream_never_reach_another() -> None:
    assert "secret" in SCHEMAS.errors("chunk", but("choices/0/delta/content", ["secret"]), {})[0].message
    assert "secret" not in SCHEMAS.errors("chunk", but("choices/0/delta/content", ["other"]), {})[0].message


@pytest.mark.parametrize("depth", [10, DEPTH - 5, DEPTH, 300, 700, 1020])
def test_what_is_nested_deep_is_judged_as_far_as_it_is_read(depth: int) -> None:
    deep: object = 1
    for _ in range(depth):
        deep = [deep]
    assert SCHEMAS.errors("chunk", {**GOOD, "unknown": deep}) == []
    assert [error.fault for error in SCHEMAS.errors("chunk", but("choices/0/delta/content", deep))] == [
        "content-not-a-string"
    ]
    assert [error.fault for error in SCHEMAS.errors("chunk", {**but("choices"), "unknown": deep})] == [
        "choices-missing"
    ]


def test_an_event_of_many_failures_costs_as_much_as_it_is_large() -> None:
    """Worded one by one, each in a pass over the whole, these would take minutes."""
    many = {**GOOD, "choices": [{}] * 5_000}
    found = SCHEMAS.errors("chunk", many, {})
    assert {error.fault for error in found} == {"index-missing"} and len(found) == 5_000
    assert found[-1] == ("index-missing", "/choices/4999", '"index" is a required property')


def test_beyond_a_number_of_failures_the_compiled_words_stay() -> None:
    words: Words = {}
    ends = (but("choices/0/finish", f"end {number}") for number in range(MAX_WORDED + 2))
    said = [SCHEMAS.errors("chunk", data, words)[0].message for data in ends]
    assert all(message.startswith("'end ") for message in said[:MAX_WORDED])
    assert all(message.startswith('"end ') for message in said[MAX_WORDED:])


@given(json_values.map(clean))
def test_no_value_raises(data: object) -> None:
    for kind in SCHEMAS.kinds:
        assert (SCHEMAS.errors(kind, data) == []) == SCHEMAS.is_valid[kind](data)
