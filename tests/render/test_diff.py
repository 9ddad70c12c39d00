"""What an event changes: only what is new, in a few words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.render._diff import changes, short

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def words(before: object, after: object) -> list[str]:
    return [change.words() for change in changes(before, after)]


@given(JSON)
def test_what_stays_the_same_is_silent(value: object) -> None:
    assert changes(value, value) == []


@given(JSON, JSON)
def test_any_two_values_can_be_compared(before: object, after: object) -> None:
    assert all(change.words() for change in changes(before, after))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"id": 1, "delta": {"content": "a"}}, {"id": 1, "delta": {"content": "b"}}, ['delta.content "b"']),
        ({"usage": None}, {"usage": {"total": 3}}, ["usage.total 3"]),
        ({"delta": {"role": "x"}}, {"delta": {}}, ["delta {}", "-delta.role"]),
        ({"a": 1, "b": 2}, {"a": 1}, ["-b"]),
        ({"choices": [{"finish": None}]}, {"choices": [{"finish": "stop"}]}, ['choices.finish "stop"']),
        ({"choices": [{"x": 1}]}, {"choices": []}, ["choices []"]),
        ({"calls": [{"i": 0}]}, {"calls": [{"i": 0}, {"i": 1}]}, ["calls[1].i 1"]),
        ({"n": 1}, {"n": True}, ["n true"]),
        (None, {"a": {"b": 1}, "c": None, "d": 2}, ["a.b 1", "d 2", "c null"]),
    ],
)
def test_changes_read_as_short_words(before: object, after: object, said: list[str]) -> None:
    assert words(before, after) == said


def test_a_path_is_its_last_two_names() -> None:
    assert short(("choices", 0, "delta", "tool_calls", 1, "function", "arguments")) == "function.arguments"
    assert short(("choices", 0, "delta", "tool_calls", 1, "index")) == "tool_calls[1].index"
    assert short((2,)) == "[2]"
