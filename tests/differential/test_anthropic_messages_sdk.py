"""The official SDK (anthropic) and our accumulator read the same Messages streams, over loopback, and get the same."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import catalogue
from conformance.core.example import Example
from conformance.core.stream import Stream
from conformance.edge.replay import ReplayServer
from conformance.protocols.anthropic_messages import samples

anthropic = pytest.importorskip("anthropic")
pytestmark = pytest.mark.filterwarnings("ignore")  # the SDK's own

PROTOCOL = catalogue.protocol("anthropic-messages")
ASKED: dict[str, Any] = {"model": "claude-x", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}


def final(example: Example) -> dict[str, Any]:
    """The message that the SDK's stream helper ends with."""
    with ReplayServer([example.recording()], speed=0) as server:
        client = anthropic.Anthropic(api_key="test", base_url=server.url, max_retries=0)
        with client.messages.stream(**ASKED) as stream:
            message: dict[str, Any] = stream.get_final_message().to_dict()
    return message


def events(example: Example) -> list[Any]:
    """The events that the SDK yields without the helper."""
    with ReplayServer([example.recording()], speed=0) as server:
        client = anthropic.Anthropic(api_key="test", base_url=server.url, max_retries=0)
        return list(client.messages.create(**ASKED, stream=True))


def ours(example: Example) -> dict[str, Any]:
    message = PROTOCOL.accumulate(Stream(example.recording(), PROTOCOL))
    assert message is not None
    return message


def told(message: dict[str, Any]) -> dict[str, Any]:
    """What both must agree on; members that only one of them shows as null count as absent."""
    blocks = [{k: v for k, v in block.items() if v not in (None, [])} for block in message["content"]]
    usage = {name: message["usage"].get(name) for name in ("input_tokens", "output_tokens")}
    return {"id": message["id"], "content": blocks, "stop_reason": message["stop_reason"], "usage": usage}


@pytest.mark.parametrize(
    "example",
    [samples.TEXT, samples.TOOL, samples.TWO_TOOLS, samples.THINKING, samples.STOP_SEQUENCE, samples.REFUSAL,
     samples.WHOLE, samples.REDACTED, samples.SEARCH],
)  # fmt: skip
def test_the_final_message_is_the_same(example: Example) -> None:
    assert told(ours(example)) == told(final(example))


def test_events_without_names_yield_nothing_as_the_rule_says() -> None:
    assert events(samples.TEXT.but(body="".join(
        line + "\n" for line in samples.TEXT.raw.decode().split("\n") if not line.startswith("event:")
    ))) == []  # fmt: skip


def test_a_missing_message_stop_goes_unnoticed_so_that_only_the_rule_tells() -> None:
    cut = samples.TEXT.swap(samples.MESSAGE_STOP, "")
    assert final(cut)["content"] == final(samples.TEXT)["content"]


def test_of_a_tool_input_that_is_cut_the_sdk_keeps_what_parses_and_we_keep_nothing() -> None:
    cut = samples.TOOL.swap(r'"\"Oslo\"}"', r'"\"Oslo\""')
    assert final(cut)["content"][1]["input"] == {"city": "Oslo"}
    assert ours(cut)["content"][1]["input"] == {}


def test_a_gap_in_the_indices_breaks_the_sdk_as_the_rule_says() -> None:
    with pytest.raises(IndexError):
        final(samples.TOOL.swap('"index":1', '"index":2'))


def test_an_event_before_message_start_breaks_the_sdk_as_the_rule_says() -> None:
    with pytest.raises((RuntimeError, AssertionError)):
        final(samples.TEXT.swap(samples.message_start(), ""))
