"""Cohere chat streams: the order tables, the accumulator, the figures and the detection, on whole streams."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import catalogue
from conformance.core.detect import detect_protocol
from conformance.core.example import Example
from conformance.core.stream import Stream
from conformance.protocols.cohere_chat.samples import END, START, TEXT, THINKING, TOOL, event, text

PROTOCOL = catalogue.protocol("cohere-chat")


def read(example: Example) -> Stream[Any]:
    return Stream(example.recording(), PROTOCOL)


@pytest.mark.parametrize("example", [TEXT, TOOL, TEXT.but(body=TEXT.raw + b"data: [DONE]\n\n")])
def test_a_legal_stream_goes_through_its_tables_without_a_misstep(example: Example) -> None:
    assert [step for walk in read(example).walks for step in walk.missteps] == []


@pytest.mark.parametrize(
    ("example", "fault"),
    [
        (TEXT.swap(START, ""), "message-start-missing"),
        (TEXT.swap(START, START + START), "message-start-repeated"),
        (TEXT.swap(END, END + text("!")), "event-after-message-end"),
        (TEXT.swap(END, text("!") + END), "delta-outside-block"),
        (TOOL.swap(event("tool-call-end", index=0), 2 * event("tool-call-end", index=0)), "delta-outside-block"),
    ],
)
def test_a_misstep_is_named_by_the_rule_that_speaks_for_it(example: Example, fault: str) -> None:
    assert list(read(example).order_faults(fault))


def test_events_add_up_to_the_response() -> None:
    built, called = PROTOCOL.accumulate(read(TEXT)), PROTOCOL.accumulate(read(TOOL))
    assert built is not None and called is not None
    assert built["message"]["content"] == [{"type": "text", "text": "Hello"}]
    assert called["message"]["tool_plan"] == "I look."
    assert called["message"]["tool_calls"][0]["function"] == {"name": "weather", "arguments": '{"city":"Oslo"}'}


def test_the_figures_find_the_first_text_and_argument() -> None:
    assert (read(TEXT).marks.text, read(TEXT).marks.terminal) == (2, 5)
    assert read(TOOL).marks.tool == 3


def test_it_recognises_its_own_streams_without_the_path() -> None:
    assert detect_protocol(TOOL.but(path="/").recording(), catalogue.protocols()).name == "cohere-chat"


def test_thinking_is_no_text() -> None:
    built, marks = PROTOCOL.accumulate(read(THINKING)), read(THINKING).marks
    assert built is not None
    assert built["message"]["content"] == [
        {"type": "thinking", "thinking": "Let me see."},
        {"type": "text", "text": "Hi"},
    ]
    assert (marks.reasoning, marks.text) == (2, 6)
