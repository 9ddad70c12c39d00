"""Streams of legacy completions: the order tables, the accumulator, the figures and the detection, on whole streams."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import catalogue
from conformance.core.detect import detect_protocol
from conformance.core.example import Example
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT as CHAT
from conformance.protocols.openai_completions.samples import ERROR, FINISH, TEXT, WITH_USAGE, chunk, stream

PROTOCOL = catalogue.protocol("openai-completions")


def read(example: Example) -> Stream[Any]:
    return Stream(example.recording(), PROTOCOL)


@pytest.mark.parametrize("example", [TEXT, WITH_USAGE, ERROR])
def test_a_legal_stream_goes_through_its_tables_without_a_misstep(example: Example) -> None:
    assert [step for walk in read(example).walks for step in walk.missteps] == []


@pytest.mark.parametrize(
    ("example", "fault"),
    [
        (stream(FINISH, FINISH), "finish-repeated"),
        (stream(FINISH, chunk("!")), "content-after-finish"),
        (TEXT.but(body=TEXT.raw + b"data: [DONE]\n\n"), "done-repeated"),
        (TEXT.but(body=TEXT.raw + chunk().encode()), "data-after-done"),
        (ERROR.but(body=ERROR.raw + chunk().encode()), "data-after-error"),
    ],
)
def test_a_misstep_is_named_by_the_rule_that_speaks_for_it(example: Example, fault: str) -> None:
    assert list(read(example).order_faults(fault))


def test_chunks_add_up_to_the_completion() -> None:
    built = PROTOCOL.accumulate(read(WITH_USAGE))
    assert built is not None
    assert built["choices"] == [{"index": 0, "text": "Hello", "finish_reason": "stop"}]
    assert built["usage"]["total_tokens"] == 5


def test_traits_and_figures_say_what_the_stream_shows() -> None:
    found = read(WITH_USAGE)
    assert (found.traits["usage.placement"], found.traits["termination.done"]) == ("own-chunk", "present")
    assert (found.marks.text, found.marks.terminal) == (0, 3)


def test_it_is_told_from_chat_by_path_and_by_content() -> None:
    known = catalogue.protocols()
    assert detect_protocol(TEXT.recording(), known).name == "openai-completions"
    assert detect_protocol(TEXT.but(path="/").recording(), known).name == "openai-completions"
    assert detect_protocol(CHAT.recording(), known).name == "openai-chat"
