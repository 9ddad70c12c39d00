"""Laws of the view of chat streams: one pass finds everything that rules ask for, and takes anything."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import catalogue, library
from conformance.core.example import Example
from conformance.core.recording import Request
from conformance.core.stream import Stream
from conformance.protocols.openai_chat import samples
from conformance.protocols.openai_chat.calls import finished_calls
from conformance.protocols.openai_chat.logprobs import joined, tokens_of
from conformance.protocols.openai_chat.samples import call, chunk, event, likely, stream, token, usage_chunk
from conformance.protocols.openai_chat.view import ChatView, choice_of, delta_of
from tests.strategies import json_values

PROTOCOL = catalogue.protocol("openai-chat")
SAMPLES = {name: value for name, value in vars(samples).items() if isinstance(value, Example)}


def read(example: Example) -> Stream[ChatView]:
    return Stream(example.recording(), PROTOCOL)


def view(example: Example) -> ChatView:
    return read(example).view


def fragments(*entries: dict[str, Any]) -> ChatView:
    """The view of a stream whose deltas bring these entries of `tool_calls`, one each."""
    return view(stream(*[chunk({"tool_calls": [entry]}) for entry in entries]))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_chunk_is_counted_once_under_its_shape(name: str) -> None:
    found, events = view(SAMPLES[name]), read(SAMPLES[name]).events
    chunks = [one.parsed for one in events if one.kind == "chunk"]
    items = [item for one in chunks for item in one["choices"]]
    assert found.chunks == len(chunks)
    assert sum(seen.count for seen in found.top_shapes.values()) == len(chunks)
    assert sum(seen.count for seen in found.choice_shapes.values()) == len(items)
    assert sum(seen.count for seen in found.delta_shapes.values()) == len(items)
    for shape, seen in found.top_shapes.items():
        assert tuple(events[seen.first].parsed) == shape


def test_each_value_of_the_head_is_kept_with_the_event_that_brought_it_first() -> None:
    changing = stream(chunk({}, id="a"), chunk({}, id="b"), chunk({}, id="a", service_tier=None), chunk({}, id=[1]))
    found = view(changing)
    assert found.ids == {"a": 0, "b": 1, "[1]": 3}
    assert found.models == {"gpt-x": 0}
    assert found.tiers == {None: 0}


def test_the_same_in_a_row_is_one_symbol_but_usage_and_sentinel_are_not_folded() -> None:
    twice = stream(chunk({}), chunk({}), usage_chunk(), usage_chunk(), "data: [DONE]\n\n")
    assert view(twice).symbols == [(0, "chunk"), (2, "usage"), (3, "usage"), (4, "[DONE]"), (5, "[DONE]")]


def test_usage_is_kept_with_whether_its_chunk_had_choices() -> None:
    found = view(stream(chunk({"content": "x"}, usage={"a": 1}), usage_chunk(), chunk(usage=None)))
    assert [(at, with_choices) for at, _, with_choices in found.usages] == [(0, True), (1, False)]
    assert found.empty == [2]


def test_choices_are_found_by_index_and_what_has_none_counts_as_the_first() -> None:
    without = samples.TEXT.swap('"index":0,', "")
    assert list(view(without).choices) == [0]
    assert [text for _, text in view(without).choices[0].content] == ["Hel", "lo"]
    assert list(view(samples.TWO_CHOICES).choices) == [0, 1]


def test_a_choice_that_occurs_twice_in_a_chunk_is_noted() -> None:
    item = {"index": 0, "delta": {"content": "x"}, "finish_reason": None}
    assert view(stream(event({**samples.HEAD, "choices": [item, item]}))).duplicate_choices == [(0, 0)]


def test_tool_calls_are_told_apart_by_index_else_by_id_else_by_place() -> None:
    assert list(view(samples.TWO_TOOLS).choices[0].calls) == [0, 1]
    assert list(fragments({"id": "a"}, {"id": "b"}, {"id": "a"}).choices[0].calls) == [("id", "a"), ("id", "b")]
    assert list(fragments({"function": {}}, {"id": "", "function": {}}).choices[0].calls) == [("position", 0)]


def test_the_first_id_and_name_that_are_not_empty_count() -> None:
    found = fragments(
        {"index": 0, "id": "", "function": {"name": None}},
        {"index": 0, "id": "a", "function": {"name": "f"}},
        {"index": 0, "id": "b", "function": {"name": "g"}},
    )
    ((_, one),) = found.calls()
    assert (one.id, one.name) == ("a", "f")
    assert one.sent(one.ids) == {"a": 1, "b": 2}
    assert one.events == [0, 1, 2]


def test_arguments_are_joined_from_the_strings_alone() -> None:
    found = fragments(*[{"index": 0, "function": {"arguments": part}} for part in (None, "{", {"a": 1}, "}")])
    assert next(found.calls())[1].joined == "{}"


def test_turns_of_calls_are_noted_when_another_call_comes() -> None:
    entries = [{"index": index, "function": {}} for index in (0, 0, 1, 1, 0)]
    assert fragments(*entries).choices[0].call_order == [(0, 0), (2, 1), (4, 0)]


@pytest.mark.parametrize(
    ("name", "brought"),
    [
        ("TEXT", {"content", "finishes"}),
        ("TOOL", {"calls", "finishes"}),
        ("FUNCTION_CALL", {"function_calls", "finishes"}),
        ("REFUSAL", {"refusal", "finishes"}),
        ("REASONING", {"content", "reasoning", "finishes"}),
        ("LOGPROBS", {"content", "logprobs", "finishes"}),
    ],
)
def test_what_a_stream_brought_is_known(name: str, brought: set[str]) -> None:
    assert view(SAMPLES[name]).brought == brought


def test_reasoning_under_both_names_counts_once() -> None:
    both = samples.REASONING.swap('"reasoning_content":"Think"', '"reasoning_content":"Think","reasoning":"Think"')
    assert [text for _, text in view(both).choices[0].reasoning] == ["Think", "ing"]


def test_one_chunk_tells_what_it_holds_for_each_choice() -> None:
    two = event({**samples.HEAD, "choices": [{"index": n, "delta": {"content": str(n)}} for n in (0, 1)]})
    found = read(stream(two, 'data: {"choices":[7,{"delta":7}]}\n\n', "data: 7\n\n")).events
    assert [delta_of(found[0], index) for index in (0, 1, 2)] == [{"content": "0"}, {"content": "1"}, {}]
    assert choice_of(found[1], 0) == {"delta": 7}
    assert delta_of(found[1], 0) == choice_of(found[2], 0) == {}


def test_members_are_counted() -> None:
    found = view(samples.WITH_USAGE.swap(',"usage":null', "", 1))
    assert (found.top_keys["usage"], found.top_keys["id"], found.chunks) == (3, 4, 4)
    assert found.choice_keys == {"index": 3, "delta": 3, "finish_reason": 3}
    assert found.delta_keys == {"role": 1, "content": 2}


def test_tokens_are_found_in_their_order_and_joined_by_their_bytes() -> None:
    split = "é".encode()
    halves = [{"token": "\\xc3", "logprob": 0, "bytes": [byte], "top_logprobs": []} for byte in split]
    odd = [7, {"token": "!", "bytes": ["x"]}, {"token": "?", "bytes": None}]
    found = read(stream(likely({"content": "é!?"}, token("Caf"), *halves, *odd)))  # type: ignore[arg-type]
    assert joined(found, found.view.choices[0], "content").decode() == "Café!?"
    assert [member for _, member, _ in tokens_of(found, found.view.choices[0])] == ["content"] * 5
    assert joined(found, found.view.choices[0], "refusal") == b""


@pytest.mark.parametrize(
    ("finish", "entries", "names"),
    [
        ("tool_calls", [call(0, "{}", id="a", name="f"), call(1, "{}", id="b", name="g")], ["f", "g"]),
        ("stop", [call(0, "{}", id="a", name="f")], ["f"]),
        ("length", [call(0, "{}", id="a", name="f")], []),
        ("content_filter", [call(0, "{}", id="a", name="f")], []),
        (None, [call(0, "{}", id="a", name="f")], []),
        ("tool_calls", [call(0, "{}", id="a", name="f"), call(0, "{}", id="b", name="g")], []),
        ("tool_calls", [call(0, "{}", id="a", name="f", type="custom")], []),
        ("tool_calls", [{"tool_calls": [{"id": i, "function": {"name": i}}]} for i in "ab"], ["a", "b"]),
        ("tool_calls", [{"tool_calls": [{"id": i, "function": {"name": i}}]} for i in ("a", "")], []),
    ],
)
def test_calls_are_finished_where_a_choice_ended_and_their_fragments_are_certain(
    finish: str | None, entries: list[dict[str, Any]], names: list[str]
) -> None:
    found = view(stream(*map(chunk, entries), chunk({}, finish)))
    assert [one.name for _, one in finished_calls(found)] == names


CALLS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "index": st.integers(-1, 2) | json_values,
            "id": st.sampled_from(["a", "b", ""]) | json_values,
            "type": st.sampled_from(["function", "custom"]) | json_values,
            "function": st.dictionaries(
                st.sampled_from(["name", "arguments"]), st.sampled_from(["{", "}"]) | json_values
            ),
        },
    )
    | json_values,
    max_size=3,
)
DELTAS = st.fixed_dictionaries(
    {},
    optional={
        "role": json_values,
        "content": json_values,
        "refusal": json_values,
        "reasoning": json_values,
        "reasoning_content": json_values,
        "reasoning_details": json_values,
        "tool_calls": CALLS | json_values,
        "function_call": st.dictionaries(st.sampled_from(["name", "arguments"]), json_values) | json_values,
        "audio": st.dictionaries(st.sampled_from(["data", "id"]), json_values) | json_values,
    },
)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "index": st.integers(-1, 2) | json_values,
        "delta": DELTAS | json_values,
        "logprobs": st.dictionaries(st.sampled_from(["content", "refusal"]), st.lists(json_values)) | json_values,
        "finish_reason": st.sampled_from(["stop", "tool_calls"]) | json_values,
    },
)
COUNTS = st.dictionaries(st.sampled_from(["prompt_tokens", "completion_tokens", "total_tokens"]), json_values)
CHUNKS = st.fixed_dictionaries(
    {"choices": st.lists(CHOICES | json_values, max_size=3) | json_values},
    optional={"id": json_values, "created": json_values, "usage": COUNTS | json_values, "error": json_values},
)
"""JSON that looks more or less like a chunk."""


@given(
    st.lists(CHUNKS, max_size=4), st.dictionaries(st.sampled_from(["tools", "logprobs", "stream_options"]), json_values)
)
def test_whatever_a_peer_sends_nothing_raises(chunks: list[dict[str, Any]], request: dict[str, Any]) -> None:
    body = "".join(f"data: {json.dumps(one)}\n\n" for one in chunks).encode("utf-8", "surrogatepass")
    recording = replace(
        samples.TEXT.but(body=body).recording(),
        request=Request(body=json.dumps(request).encode("utf-8", "surrogatepass")),
    )
    found = Stream(recording, PROTOCOL)
    assert found.view.chunks <= len(chunks)
    assert (PROTOCOL.accumulate(found) is None) == (not found.view.chunks)
    assert set(found.traits) <= {trait.name for trait in PROTOCOL.traits}
    assert library.check(recording, "openai-chat").outcomes
