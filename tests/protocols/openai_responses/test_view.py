"""The view, what events add up to, the figures' marks, the traits, and how the protocol is recognised."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import catalogue, library
from conformance.core.detect import detect_protocol
from conformance.core.example import Example
from conformance.core.finding import Level, Verdict
from conformance.core.stream import Stream
from conformance.protocols.openai_responses import samples
from conformance.protocols.openai_responses.accumulate import rebuild
from conformance.protocols.openai_responses.samples import (
    MCP,
    MCP_EVENTS,
    REASONING,
    TEXT,
    TEXT_EVENTS,
    TOOL_EVENTS,
    TWO_TOOLS_EVENTS,
    WHOLE,
)
from conformance.protocols.openai_responses.script import DELETED, drop, edit, put, stream
from conformance.protocols.openai_responses.wire import CORE_KINDS, INVENTED

PROTOCOL = catalogue.protocol("openai-responses")


def read(example: Example) -> Stream[Any]:
    return Stream(example.recording(), PROTOCOL)


# Accumulation


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_stream_adds_up_to_the_response_of_its_terminal_event(name: str) -> None:
    found = read(WHOLE[name])
    assert PROTOCOL.accumulate(found) == found.view.terminal.response


@pytest.mark.parametrize("name", WHOLE)
def test_the_items_alone_add_up_to_the_final_output(name: str) -> None:
    view = read(WHOLE[name]).view
    assert rebuild(view) == view.terminal.response


def test_a_stream_that_broke_off_adds_up_to_what_came() -> None:
    cut = PROTOCOL.accumulate(read(stream(*TEXT_EVENTS[:5])))
    assert cut is not None
    assert cut["status"] == "in_progress"
    assert cut["output"][0]["content"] == [{"type": "output_text", "annotations": [], "logprobs": [], "text": "Hel"}]
    called = PROTOCOL.accumulate(read(stream(*TOOL_EVENTS[:4])))
    assert called is not None
    assert called["output"][0]["arguments"] == '{"city":'


def test_finished_items_take_the_place_of_an_output_that_is_missing() -> None:
    built = PROTOCOL.accumulate(read(stream(*edit(TEXT_EVENTS, "completed", "response.output", DELETED))))
    assert built is not None
    assert built["output"] == [TEXT_EVENTS[8]["item"]]


def test_a_stream_without_a_snapshot_adds_up_to_nothing() -> None:
    assert PROTOCOL.accumulate(read(stream(TEXT_EVENTS[4]))) is None


# Indices


def test_items_are_keyed_by_index_because_ids_may_change() -> None:
    turning = [{**event, "item_id": f"id_{n}"} if "item_id" in event else event for n, event in enumerate(TEXT_EVENTS)]
    view = read(stream(*turning)).view
    assert list(view.items) == [0]
    assert view.items[0].texts["output_text", 0].joined == "Hello"


def test_items_without_an_index_are_kept_apart_by_their_ids() -> None:
    bare = [{key: value for key, value in event.items() if key != "output_index"} for event in TWO_TOOLS_EVENTS]
    view = read(stream(*bare)).view
    assert [item.texts["function_call_arguments", None].joined for item in view.items.values()] == [
        '{"city":"Oslo"}',
        '{"zone":"CET"}',
    ]


def test_deltas_that_alternate_between_items_are_joined_apart() -> None:
    one, two = TWO_TOOLS_EVENTS[3:5], [TWO_TOOLS_EVENTS[8]] * 2
    mixed = [*TWO_TOOLS_EVENTS[:3], TWO_TOOLS_EVENTS[7], one[0], two[0], one[1], two[1]]
    texts = read(stream(*mixed)).view.texts
    assert [text.joined for _, text in texts] == ['{"city":"Oslo"}', '{"zone":"CET"}' * 2]


def test_nothing_is_noted_once_another_response_has_begun() -> None:
    view = read(stream(*TEXT_EVENTS, *TOOL_EVENTS)).view
    assert [item.type for item in view.items.values()] == ["message"]
    assert len(view.snapshots) == 3
    assert view.steps == []


def test_an_event_without_number_is_no_gap() -> None:
    view = read(TEXT.swap('"sequence_number":4,', "", 1)).view
    assert view.unnumbered.first == 4
    assert view.steps == []


# Marks and traits


def test_the_marks_name_the_first_of_each_and_the_end() -> None:
    marks = read(REASONING).marks
    assert (marks.role, marks.reasoning, marks.text, marks.terminal) == (9, 4, 11, 16)
    assert read(MCP).marks.tool == 8
    assert marks.last_payload == 15


def test_a_keepalive_carries_no_payload() -> None:
    found = read(stream(*put(TEXT_EVENTS, "in_progress", {"type": "keepalive"})))
    assert found.marks.idle == {2}
    assert found.traits["keep-alive.events"] == 1


@pytest.mark.parametrize(
    ("example", "trait", "value"),
    [
        (TEXT, "done", "absent"),
        (stream(*TEXT_EVENTS, done=True), "done", "present"),
        (TEXT, "sequence.numbers", "contiguous"),
        (stream(*TEXT_EVENTS[:4], *TEXT_EVENTS[5:]), "sequence.numbers", "contiguous"),
        (TEXT.swap('"sequence_number":9,', '"sequence_number":12,'), "sequence.numbers", "gaps"),
        (TEXT.swap('"sequence_number":9,', '"sequence_number":1,'), "sequence.numbers", "disordered"),
        (TEXT.swap('"sequence_number":9,', ""), "sequence.numbers", "partly"),
        (TEXT, "lifecycle", "created+in_progress+completed"),
        (samples.ERROR, "lifecycle", "created+in_progress+error+failed"),
        (samples.ERROR, "error.form", "nested"),
        (TEXT, "error.form", None),
        (TEXT, "obfuscation", "none"),
        (stream(*edit(TEXT_EVENTS, "output_text.delta", "obfuscation", "x7")), "obfuscation", "some"),
        (TEXT, "logprobs", "all"),
        (stream(*edit(TEXT_EVENTS, "output_text.done", "logprobs", DELETED)), "logprobs", "some"),
        (TEXT, "usage.placement", "completed"),
        (samples.FAILED, "usage.placement", "none"),
        (stream(*put(TEXT_EVENTS, "created", {"type": "response.thinking"})), "extra-events", ["response.thinking"]),
        (TEXT, "extra-events", []),
        (stream(*edit(TEXT_EVENTS, "completed", "copilot_usage", {})), "extra-event-fields", ["copilot_usage"]),
        (stream(*edit(TEXT_EVENTS, "completed", "response.x", 1)), "extra-response-fields", ["x"]),
        (stream(*edit(TEXT_EVENTS, "completed", "response.usage.cost", 1)), "usage.extra", ["cost"]),
        (REASONING, "reasoning.form", ["summary"]),
        (samples.RAW_REASONING, "reasoning.form", ["reasoning_text"]),
        (TEXT, "reasoning.form", None),
        (REASONING, "items.without-status", ["reasoning"]),
        (REASONING, "items", ["reasoning", "message"]),
        (TEXT, "items.phase", "absent"),
        (samples.TOOL, "tool-calls.style", "fragments"),
        (samples.TWO_TOOLS, "tool-calls.style", "mixed"),
        (samples.TWO_TOOLS, "tool-calls.parallel", 2),
        (samples.TOOL, "tool-calls.name-when-done", "none"),
        (stream(*drop(drop(TEXT_EVENTS, "output_text.delta"), "output_text.delta")), "deltas", ["output_text"]),
        (samples.BACKGROUND, "background", True),
        (TEXT, "resumed", None),
        (TEXT, "audio", None),
    ],
)
def test_a_trait_says_what_the_stream_shows(example: Example, trait: str, value: object) -> None:
    assert read(example).traits.get(trait) == value


def test_what_is_encrypted_anew_is_a_trait_and_no_fault() -> None:
    first = edit(samples.REASONING_EVENTS, "output_item.done", "item.encrypted_content", "AAAA")
    again = stream(*edit(first, "completed", "response.output.0.encrypted_content", "BBBB"))
    run = library.check(again.recording(), "openai-responses", "strict")
    assert run.traits["items.changed-at-end"] == ["encrypted_content"]
    assert run.verdict is Verdict.PASS


# Detection


@pytest.mark.parametrize("name", WHOLE)
def test_it_recognises_its_own_streams_without_the_path(name: str) -> None:
    found = detect_protocol(WHOLE[name].but(path="/").recording(), catalogue.protocols())
    assert found.name == "openai-responses"


@pytest.mark.parametrize(
    "path",
    ["/v1/responses", "/openai/responses", "/api/v1/responses", "/v1/responses/resp_0a5004ef5dc3564c"],
)
def test_the_path_tells_where_the_body_does_not(path: str) -> None:
    refused = Example('{"error":{"message":"No."}}', path=path, status=401, headers=())
    assert detect_protocol(refused.recording(), catalogue.protocols()).name == "openai-responses"


def test_an_error_alone_is_recognised_by_nobody() -> None:
    alone = Example('data: {"type":"error","error":{"message":"No."}}\n\n', path="/")
    assert detect_protocol(alone.recording(), {"openai-responses": PROTOCOL}).name == "unknown"


# Garbage

_names = st.sampled_from(
    [
        "id", "type", "status", "item", "part", "response", "output", "usage", "error", "delta", "text", "arguments",
        "item_id", "output_index", "content_index", "summary_index", "command_index", "sequence_number", "call_id",
        "name", "content", "summary", "annotations", "annotation", "annotation_index", "tools", "created_at",
        "completed_at", "partial_image_b64", "partial_image_index", "input_tokens", "output_tokens_details", "action",
    ]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=5),
    max_leaves=8,
)
_events = st.lists(
    st.builds(
        lambda kind, data: {**data, "type": kind},
        st.sampled_from([*sorted(CORE_KINDS), *sorted(INVENTED), "keepalive", "acme:x"]),
        st.dictionaries(_names, _JSON, max_size=8),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(_events, st.dictionaries(st.sampled_from(["tools", "stream_options", "modalities", "temperature"]), _JSON))
def test_garbage_never_raises(events: list[dict[str, Any]], asked: dict[str, Any]) -> None:
    recording = stream(*events, **asked).recording()
    run = library.check(recording, "openai-responses", "strict")
    assert run.verdict in (Verdict.FAIL, Verdict.PASS)
    found = Stream(recording, PROTOCOL)
    assert PROTOCOL.accumulate(found) is None or found.view.snapshots
    assert isinstance([PROTOCOL.text_of(event) for event in found.events], list)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 30), _names, _JSON)
def test_one_member_of_any_kind_never_raises(name: str, place: int, member: str, value: Any) -> None:
    example = WHOLE[name]
    events = [event.parsed for event in read(example).events]
    spoiled = [{**event, member: value} if number == place else event for number, event in enumerate(events)]
    recording = replace(example.recording(), body=stream(*spoiled).raw)
    library.check(recording, "openai-responses", "strict")


def test_the_samples_of_this_file_are_what_they_say() -> None:
    assert MCP_EVENTS[8]["type"] == "response.mcp_call_arguments.delta"
    assert TWO_TOOLS_EVENTS[7]["type"] == "response.output_item.added"


@pytest.mark.parametrize(
    ("halves", "rule"),
    [
        (("\\ud83d", "\\ude80"), "sse/json-not-strict"),
        (("\ufffd", "\ufffd"), "openai-responses/text-differs-from-deltas"),
    ],
)
def test_halves_of_surrogate_pairs_that_add_up_are_no_other_text(halves: tuple[str, str], rule: str) -> None:
    """The escapes are one finding, not two; a character that was cut in UTF-8 is lost, and so is the text."""
    events = edit(TEXT_EVENTS, "output_text.delta", "delta", "FIRST")
    events = edit(events, "output_text.delta", "delta", "SECOND", which=1)
    for kind, place in (
        ("output_text.done", "text"),
        ("content_part.done", "part.text"),
        ("output_item.done", "item.content.0.text"),
        ("completed", "response.output.0.content.0.text"),
    ):
        events = edit(events, kind, place, "\N{ROCKET}")
    body = stream(*events).body.replace("FIRST", halves[0]).replace("SECOND", halves[1])
    found = library.check(replace(TEXT, body=body).recording(), "openai-responses").findings
    assert rule in {one.rule for one in found if one.level > Level.NOTE}
    assert len({one.rule for one in found if one.level > Level.NOTE}) == 1
