"""The official SDK (google-genai) and our accumulator read the same Gemini streams, over loopback, and get the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance import catalogue
from conformance.core.example import Example
from conformance.core.stream import Stream
from conformance.edge.replay import ReplayServer
from conformance.protocols.gemini_generate import samples

genai = pytest.importorskip("google.genai")
pytestmark = pytest.mark.filterwarnings("ignore")  # the SDK's own

PROTOCOL = catalogue.protocol("gemini-generate")


def chunks(example: Example) -> Iterator[Any]:
    """What the SDK's public method yields for this stream."""
    with ReplayServer([example.recording()], speed=0) as server:
        client = genai.Client(api_key="test", http_options={"base_url": server.url, "api_version": "v1beta"})
        yield from client.models.generate_content_stream(model="gemini-x", contents="Hi")


def ours(example: Example) -> dict[str, Any]:
    message = PROTOCOL.accumulate(Stream(example.recording(), PROTOCOL))
    assert message is not None
    return message


@pytest.mark.parametrize("example", [samples.TEXT, samples.THINKING, samples.CODE])
def test_the_text_is_the_same(example: Example) -> None:
    theirs = "".join(
        part.text
        for chunk in chunks(example)
        for part in chunk.candidates[0].content.parts
        if part.text and not part.thought
    )
    parts = ours(example)["candidates"][0]["content"]["parts"]
    assert "".join(part.get("text", "") for part in parts if not part.get("thought")) == theirs


def test_the_function_call_is_the_same() -> None:
    theirs = [call for chunk in chunks(samples.TOOL) for call in chunk.function_calls or []]
    parts = ours(samples.TOOL)["candidates"][0]["content"]["parts"]
    mine = [part["functionCall"] for part in parts if "functionCall" in part]
    assert mine == [{"name": call.name, "args": call.args} for call in theirs]


def test_the_last_usage_and_the_finish_reason_are_the_same() -> None:
    last = list(chunks(samples.TEXT))[-1]
    message = ours(samples.TEXT)
    assert message["usageMetadata"]["totalTokenCount"] == last.usage_metadata.total_token_count
    assert message["candidates"][0]["finishReason"] == last.candidates[0].finish_reason.value


def test_a_done_sentinel_breaks_the_sdk_as_the_rule_says() -> None:
    broken = samples.TEXT.but(body=samples.TEXT.raw + b"data: [DONE]\r\n\r\n")
    with pytest.raises(genai.errors.UnknownApiResponseError):
        list(chunks(broken))


def test_an_event_line_breaks_the_sdk_as_the_rule_says() -> None:
    with pytest.raises(genai.errors.UnknownApiResponseError):
        list(chunks(samples.TEXT.swap("data: ", "event: message\r\ndata: ", 1)))


def test_a_missing_finish_reason_goes_unnoticed_so_that_only_the_rule_tells() -> None:
    cut = samples.TEXT.swap(',"finishReason":"STOP"', "")
    assert len(list(chunks(cut))) == 3
