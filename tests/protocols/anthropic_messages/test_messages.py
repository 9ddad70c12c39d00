"""Messages streams: the order tables, the view, the accumulator and the traits, on whole streams."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import catalogue
from conformance.core.detect import detect_protocol
from conformance.core.example import Example
from conformance.core.stream import Stream
from conformance.protocols.anthropic_messages import samples
from conformance.protocols.anthropic_messages.samples import (
    HELLO,
    MESSAGE_STOP,
    PING,
    TEXT,
    TOOL,
    delta,
    event,
    message_delta,
    message_start,
    start,
    stop,
    stream,
)

PROTOCOL = catalogue.protocol("anthropic-messages")
WHOLE = [value for value in vars(samples).values() if isinstance(value, Example)]


def read(example: Example) -> Stream[Any]:
    return Stream(example.recording(), PROTOCOL)


def message(example: Example) -> dict[str, Any]:
    built = PROTOCOL.accumulate(read(example))
    assert built is not None
    return built


@pytest.mark.parametrize("example", WHOLE)
def test_a_legal_stream_goes_through_its_tables_without_a_misstep(example: Example) -> None:
    assert [step for walk in read(example).walks for step in walk.missteps] == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (HELLO + message_delta() + MESSAGE_STOP, "message-start-missing"),
        (message_start() + message_start() + HELLO + message_delta() + MESSAGE_STOP, "message-start-repeated"),
        (message_start() + HELLO + MESSAGE_STOP, "message-delta-missing"),
        (message_start() + HELLO + message_delta() + MESSAGE_STOP + PING, "event-after-message-stop"),
        (message_start() + start(0) + start(1) + stop(0) + stop(1), "blocks-overlap"),
        (message_start() + start(0) + message_delta(), "block-not-stopped"),
        (message_start() + delta(0, text="x"), "delta-outside-block"),
        (message_start() + start(0) + stop(0) + delta(0, text="x"), "delta-outside-block"),
        (message_start() + stop(0), "block-stop-without-start"),
        (message_start() + HELLO + HELLO, "block-index-reused"),
        (message_start() + start(0) + delta(0, "input_json_delta", partial_json=""), "delta-type-mismatch"),
        (message_start() + HELLO + message_delta() + start(1) + stop(1), "block-after-message-delta"),
        (samples.ERROR.raw.decode() + stop(0), "event-after-error"),
    ],
)
def test_a_misstep_is_named_by_the_rule_that_speaks_for_it(body: str, fault: str) -> None:
    assert list(read(stream(body)).order_faults(fault))


def test_pings_and_unknown_events_may_come_anywhere_before_the_end() -> None:
    body = PING + message_start() + PING + event("new") + HELLO + PING + message_delta() + PING + MESSAGE_STOP
    assert [step for walk in read(stream(body)).walks for step in walk.missteps] == []


def test_deltas_add_up_to_text_thinking_and_input() -> None:
    assert message(TEXT)["content"] == [{"type": "text", "text": "Hello"}]
    assert message(TOOL)["content"][1]["input"] == {"city": "Oslo"}
    thinking = message(samples.THINKING)["content"][0]
    assert (thinking["thinking"], thinking["signature"]) == ("Let me see.", "c2lnbmVk")


def test_a_tool_without_arguments_has_an_empty_object() -> None:
    assert message(samples.TWO_TOOLS)["content"][1]["input"] == {}


def test_the_last_usage_counts_and_the_first_is_kept_where_nothing_replaces_it() -> None:
    assert message(TEXT)["usage"] == {"input_tokens": 9, "output_tokens": 5}


def test_a_whole_message_needs_no_blocks() -> None:
    built = message(samples.WHOLE)
    assert built["stop_reason"] == "tool_use"
    assert [block["type"] for block in built["content"]] == ["tool_use"]


def test_pings_carry_no_payload_in_the_figures() -> None:
    marks = read(TEXT).marks
    assert marks.idle == {2}
    assert (marks.role, marks.text, marks.terminal) == (0, 3, 7)


@pytest.mark.parametrize(
    ("example", "trait", "value"),
    [
        (TEXT, "keep-alive.pings", 1),
        (TEXT, "keep-alive.first-ping", "content_block_start"),
        (TEXT, "termination.stop-reason", ["end_turn"]),
        (TEXT, "usage.placement", "start"),
        (TOOL, "tools.first-piece", "empty"),
        (samples.TWO_TOOLS, "tools.first-piece", "content"),
        (samples.THINKING, "reasoning.form", "thinking"),
        (samples.REDACTED, "reasoning.form", "redacted"),
        (TEXT, "reasoning.form", None),
        (samples.SEARCH, "tools.server-tools", ["web_search"]),
        (samples.SEARCH, "shape.citations", "after-text"),
        (samples.ERROR, "errors.form", "named"),
    ],
)
def test_a_trait_says_what_the_stream_shows(example: Example, trait: str, value: object) -> None:
    assert read(example).traits.get(trait) == value


@pytest.mark.parametrize("example", WHOLE)
def test_it_recognises_its_own_streams_without_the_path(example: Example) -> None:
    assert detect_protocol(example.but(path="/").recording(), catalogue.protocols()).name == "anthropic-messages"
