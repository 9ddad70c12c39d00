"""Drift: new traits and fields are notes, what vanished or changed type is a warning, what is chance is nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from conformance import catalogue
from conformance.core.diff import By, Change, Sample
from conformance.core.diff_drift import order_changes, race_changes, shape_changes, trait_changes
from conformance.core.diff_shape import END, START, Shape, shape_of
from conformance.core.finding import Level, Outcome, Verdict
from conformance.core.recording import End, EndKind, Recording
from conformance.core.stream import Stream
from tests.core.diffs import group, sample
from tests.reports import GOOD, finding


def shaped(steps: tuple[str, ...] = ("a",), complete: bool = True, **fields: str) -> Sample:
    """A stream of kind `a` with these fields: `usage_total="integer null"`."""
    told = {"/" + name.replace("_", "/"): frozenset(types.split()) for name, types in fields.items()}
    order = [START, *steps, END]
    shape = Shape({"a": {"": frozenset({"object"}), **told}}, frozenset(pairwise(order)), complete)
    return sample(shape=shape)


def told(changes: Any) -> list[tuple[str, str, Level | None, str]]:
    found: list[Change] = list(changes)
    return [(one.change, one.name, one.level, one.said) for one in found]


# Shape


def test_a_new_field_is_a_note_and_a_vanished_one_a_warning() -> None:
    found = told(shape_changes(group([shaped(x="string")], [shaped(y="string")])))
    assert found == [("vanished", "a /x", Level.WARNING, "string"), ("appeared", "a /y", Level.NOTE, "string")]


def test_a_field_that_only_some_streams_had_may_be_missing() -> None:
    found = told(shape_changes(group([shaped(x="string"), shaped()], [shaped()])))
    assert found == [("vanished", "a /x", Level.NOTE, "string")]
    assert told(shape_changes(group([shaped(x="string")], [shaped(x="string"), shaped()]))) == []


def test_of_a_whole_that_vanished_only_the_whole_is_told() -> None:
    old = shaped(u="object", u_a="integer", u_b="object", u_b_c="string")
    assert [one[1] for one in told(shape_changes(group([old], [shaped()])))] == ["a /u"]


def test_of_a_whole_that_became_null_or_came_in_its_place_only_the_whole_is_told() -> None:
    full, empty = shaped(u="object", u_a="integer", u_b="object", u_b_c="string"), shaped(u="null")
    assert told(shape_changes(group([full], [empty]))) == [("vanished", "a /u", Level.WARNING, "object -> null")]
    assert told(shape_changes(group([empty], [full]))) == [("appeared", "a /u", Level.NOTE, "null -> object")]
    listed = shaped(u="array", **{"u_*": "string"})
    (found,) = told(shape_changes(group([listed], [full])))
    assert found == ("retyped", "a /u", Level.WARNING, "array -> object")


def test_the_streams_that_had_the_whole_are_counted() -> None:
    both = [shaped(u="object null", u_a="integer"), shaped(u="null")]
    (found,) = shape_changes(group(both, [shaped(u="null")]))
    assert (str(found.old), str(found.new), found.level) == ("1/2", "0/1", Level.NOTE)


def test_a_stream_with_an_error_lacks_nothing_and_is_compared_with_its_like() -> None:
    whole = shaped(("a", "b"), x="string")
    failed = sample(
        shape=Shape({"error": {"": frozenset({"object"})}}, frozenset(pairwise((START, "error", END))), True)
    )
    assert told(shape_changes(group([whole], [failed]))) == told(order_changes(group([whole], [failed]))) == []
    coded = Shape({"error": {"": frozenset({"object"}), "/code": frozenset({"string"})}}, frozenset(), True)
    assert [one[1] for one in told(shape_changes(group([failed], [sample(shape=coded)])))] == ["error /code"]


@pytest.mark.parametrize(
    ("before", "after", "level"),
    [
        ("string", "integer", Level.WARNING),
        ("string", "string object", Level.WARNING),
        ("integer", "number", Level.NOTE),
        ("string", "string null", Level.NOTE),
        ("string null", "string", None),
        ("null", "string null", None),
        ("integer string", "string", None),
    ],
)
def test_which_change_of_types_is_bad(before: str, after: str, level: Level | None) -> None:
    found = told(shape_changes(group([shaped(x=before)], [shaped(x=after)])))
    assert [one[2] for one in found] == ([] if level is None else [level])


def test_a_required_field_has_a_finding_already() -> None:
    message = "'x' is a required property (a)"
    broken = Outcome("demo/event-shape", Verdict.FAIL, (finding("demo/event-shape", message=message, pointer=""),))
    new = sample(broken, shape=shaped().run.shape)
    assert told(shape_changes(group([shaped(x="string")], [new]))) == []
    deep = finding("demo/event-shape", message="'x' is a required property at /u/0 (a)", pointer="/u/0")
    kept = {"": frozenset({"object"}), "/u": frozenset({"array"}), "/u/*": frozenset({"object"})}
    old = Shape({"a": {**kept, "/u/*/x": frozenset({"string"})}}, frozenset(), True)
    less = Shape({"a": kept}, frozenset(), True)
    new = sample(Outcome("demo/event-shape", Verdict.FAIL, (deep,)), shape=less)
    assert told(shape_changes(group([sample(shape=old)], [new]))) == []


def test_other_requests_make_notes_of_all() -> None:
    found = told(shape_changes(group([shaped(x="string", y="string")], [shaped(y="integer")], By.PROVIDER)))
    assert [one[2] for one in found] == [Level.NOTE, Level.NOTE]


def test_streams_that_we_ended_or_that_show_something_else_lack_nothing() -> None:
    old = shaped(x="string")
    assert told(shape_changes(group([old], [shaped(complete=False)]))) == []
    doubtful = sample(shape=shaped().run.shape, inconclusive="no tool was called")
    assert told(shape_changes(group([old], [doubtful]))) == []


def test_an_event_kind_comes_and_goes_as_a_whole() -> None:
    more = Shape({"a": {}, "ping": {"": frozenset()}}, frozenset(), True)
    less = Shape({"a": {}}, frozenset(), True)
    assert told(shape_changes(group([sample(shape=less)], [sample(shape=more)])))[0][:3] == (
        "appeared", "ping", Level.NOTE,
    )  # fmt: skip
    assert told(shape_changes(group([sample(shape=more)], [sample(shape=less)])))[0][2] is Level.WARNING


# Order


def test_kinds_that_never_followed_each_other_are_a_note() -> None:
    found = told(order_changes(group([shaped(("a", "b"))], [shaped(("b", "a"))])))
    assert [one[1] for one in found] == ["(start) -> b", "a -> (end)", "b -> a"]
    assert {one[2] for one in found} == {Level.NOTE}
    assert told(order_changes(group([shaped(("a",))], [shaped(("a", "new"))]))) == [], "a new kind is told by the shape"
    assert told(order_changes(group([sample()], [shaped(("a",))]))) == [], "a report holds no order"


# Traits


def traits(**values: object) -> Sample:
    return sample(traits={name.replace("_", "."): value for name, value in values.items()})


def test_a_trait_of_another_value_is_a_note() -> None:
    found = told(trait_changes(group([traits(usage="own-chunk")], [traits(usage="finish-chunk")])))
    assert found == [("changed", "usage", Level.NOTE, "own-chunk -> finish-chunk")]
    assert told(trait_changes(group([traits(done=True)], [traits()])))[0][3] == "yes -> not shown"
    assert told(trait_changes(group([traits(extra=["a"])], [traits(extra=["a", "b"])])))[0][3] == "also b; as before a"


def test_numbers_and_values_that_were_there_before_are_no_change() -> None:
    assert told(trait_changes(group([traits(n=3)], [traits(n=4)]))) == []
    assert told(trait_changes(group([traits(x="a"), traits(x="b")], [traits(x="b")]))) == []
    assert told(trait_changes(group([traits(x="a")] * 3, [traits(x="b")] * 2, By.PROVIDER))) == []


def test_timing_of_single_streams_is_chance_and_of_most_is_told() -> None:
    early, late = traits(timing_head="early"), traits(timing_head="with-the-body")
    assert told(trait_changes(group([early], [late]))) == []
    assert told(race_changes([group([early] * 10, [late] * 10)])) == [
        ("changed", "timing.head", Level.NOTE, "early -> with-the-body")
    ]
    assert told(race_changes([group([early] * 10, [*[late] * 7, *[early] * 3])])) == []
    assert told(race_changes([group([early] * 9, [late] * 9)])) == [], "too few"


# Collecting


def stream(text: str, **more: Any) -> Stream[Any]:
    return Stream(Recording(body=text.encode(), **more), catalogue.protocol("openai-chat"))


def test_a_shape_holds_names_types_and_order_and_no_value() -> None:
    shape = shape_of(stream(GOOD))
    assert shape.fields["chunk"]["/choices/*/delta/content"] == {"string"}
    assert shape.fields["chunk"]["/choices/*/finish_reason"] == {"string", "null"}
    assert shape.fields["chunk"]["/created"] == {"integer"}
    assert shape.steps == {(START, "chunk"), ("chunk", "chunk"), ("chunk", "[DONE]"), ("[DONE]", END)}
    assert "Hello" not in repr(shape) and shape.complete


def test_a_stream_that_we_left_is_incomplete_and_has_no_end() -> None:
    shape = shape_of(stream(GOOD, end=End(EndKind.CANCELLED)))
    assert not shape.complete and END not in {kind for step in shape.steps for kind in step}


def test_names_that_users_and_models_choose_are_data() -> None:
    text = 'data: {"a~/b": 1, "args": {"city": "Rome"}, "metadata": {"user": {"x": 1}}}\n\n'
    fields = shape_of(stream(text)).fields
    (of,) = fields.values()
    assert set(of) == {"", "/a~0~1b", "/args", "/metadata"}


def test_garbage_is_bounded() -> None:
    wide = "{" + ",".join(f'"k{number}": 1' for number in range(1000)) + "}"
    deep = '{"a":' * 200 + "1" + "}" * 200
    for value in (wide, deep, "[1, [2, {}]]", "3", "null", '"x"', "no json"):
        of = shape_of(stream(f"data: {value}\n\n")).fields
        assert all(len(fields) < 400 for fields in of.values())
