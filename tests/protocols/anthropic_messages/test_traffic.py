"""Streams that no recording shows: beta features, clouds and gateways. Legal ones give no finding but those that are
named; of those that break the protocol, each is told by the rule that one expects, and by no other error.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance import catalogue, pipeline
from conformance.core.dialect import STRICT
from conformance.core.example import Example
from conformance.core.finding import Level
from conformance.core.recording import Headers, Recording
from conformance.protocols.anthropic_messages import samples
from conformance.protocols.anthropic_messages.samples import (
    END,
    HELLO,
    MESSAGE_STOP,
    PING,
    TEXT,
    TOOL,
    call,
    delta,
    event,
    message_delta,
    message_start,
    result,
    start,
    stop,
    stream,
    text,
)

PROTOCOL = catalogue.protocol("anthropic-messages")
RULES = catalogue.rules_of("anthropic-messages")


def found(example: Example | Recording, least: Level = Level.NOTE) -> set[str]:
    """The names of the rules that find something of this level or above."""
    recording = example.recording() if isinstance(example, Example) else example
    findings = pipeline.check(recording, PROTOCOL, RULES, STRICT).findings
    return {finding.rule.partition("/")[2] for finding in findings if finding.level >= least}


CUT_INPUT = TOOL.swap(r'"\"Oslo\"}"', r'"\"Oslo\""')
WEATHER = {"name": "weather", "input_schema": {"type": "object"}}
SEARCH = call(0, "server_tool_use", '{"query": "x"}', id="srvtoolu_1", name="web_search")
FAILED = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}

LEGAL = {
    "thinking is not shown": samples.OMITTED,
    "another model answers": samples.FALLBACK,
    "another model goes on": stream(
        message_start(),
        text(0, "Hel"),
        start(1, "fallback", **{"from": {"model": "a"}, "to": {"model": "b"}}) + stop(1),
        text(2, "lo"),
        END,
    ),
    "Bedrock tells its metrics": samples.BEDROCK,
    "a turn that is paused": samples.PAUSED,
    "a turn that goes on with the result of the last": stream(
        message_start(),
        result(0, "web_search_tool_result", "srvtoolu_7", []),
        text(1, "Found."),
        END,
        messages=[{"role": "assistant", "content": [{"type": "server_tool_use", "id": "srvtoolu_7"}]}],
    ),
    "a search that fails": stream(
        message_start(),
        SEARCH,
        result(1, "web_search_tool_result", "srvtoolu_1", FAILED),
        text(2, "No."),
        END,
    ),
    "code, a remote tool, a file": samples.CODE,
    "the context was compacted": samples.COMPACTED,
    "the answer is the compaction": stream(
        message_start(),
        start(0, "compaction", content=None) + delta(0, "compaction_delta", content="So far.") + stop(0),
        message_delta("compaction"),
        MESSAGE_STOP,
    ),
    "the compaction is counted apart": stream(
        message_start({"input_tokens": 9, "output_tokens": 4}),
        start(0, "compaction", content=None) + delta(0, "compaction_delta", content="So far.") + stop(0),
        message_delta("compaction", output=0),
        MESSAGE_STOP,
    ),
    "the limit cuts it while it thinks": stream(
        message_start(),
        start(0, "thinking") + delta(0, "thinking_delta", thinking="Let") + stop(0),
        message_delta("max_tokens"),
        MESSAGE_STOP,
    ),
    "a compaction that fails": stream(
        message_start(),
        start(0, "compaction", content=None) + delta(0, "compaction_delta", content=None) + stop(0),
        text(1, "Hi"),
        END,
    ),
    "the window is full": TEXT.swap("end_turn", "model_context_window_exceeded"),
    "nothing left to say": stream(message_start(), message_delta(output=2), MESSAGE_STOP),
    "input that is cut by the limit": CUT_INPUT.swap('"stop_reason":"tool_use"', '"stop_reason":"max_tokens"'),
    "input that is streamed unchecked": CUT_INPUT.asking(tools=[{**WEATHER, "eager_input_streaming": True}]),
    "likewise, on Bedrock": CUT_INPUT.asking(anthropic_beta=["fine-grained-tool-streaming-2025-05-14"]),
    "input in one piece": TOOL.swap(
        delta(1, "input_json_delta", partial_json=""), delta(1, "input_json_delta", partial_json=" ")
    ),
    "two message_deltas": TEXT.swap(message_delta(), message_delta(None, 3) + message_delta()),
    "a piece of a new type behind the signature": samples.THINKING.swap(
        stop(0), delta(0, "watermark_delta", watermark="x") + stop(0), 1
    ),
    "a block of a new type": stream(message_start(), start(0, "hologram", shape="x") + stop(0), text(1, "Hi"), END),
    "pings all over": stream(PING, message_start(), PING, HELLO, PING, message_delta(), PING, MESSAGE_STOP),
    "a message that was whole": samples.WHOLE,
}
TOLD = {
    "Vertex AI sends an event of its own": (samples.VERTEX, {"unknown-event"}),
    "likewise, behind the end": (
        TEXT.but(body=TEXT.raw + event("vertex_event", usage={"input_tokens": 9}).encode()),
        {"unknown-event"},
    ),
    "a gateway opens a text that stays empty": (
        stream(message_start(), text(0), call(1, "tool_use", "{}", id="t", name="f"), message_delta("tool_use"),
               MESSAGE_STOP),
        {"block-empty"},
    ),
    "a gateway does not know the cost": (
        stream(message_start({"input_tokens": 0, "output_tokens": 0}), HELLO,
               message_delta(usage={"input_tokens": 9, "output_tokens": 5}), MESSAGE_STOP),
        {"input-tokens-zero"},
    ),
    "a gateway has no signature": (
        samples.THINKING.swap(delta(0, "signature_delta", signature="c2lnbmVk"), ""), {"signature-missing"},
    ),
    "a new stop reason": (TEXT.swap("end_turn", "out_of_credit"), {"stop-reason-unknown"}),
}  # fmt: skip
BROKEN = {
    "llama.cpp: a stop sequence, yet the turn ended": (
        TEXT.swap('"stop_sequence":null}', '"stop_sequence":"e"}').asking(stop_sequences=["e"]),
        "stop-sequence-mismatch",
    ),
    "claude-code-router: an error without `error`": (
        stream(message_start(), HELLO, event("error", message={"text": "overloaded"})), "error-shape",
    ),
    "claude-code-router: the failure ends well": (
        stream(message_start(), HELLO, event("error", error={"type": "api_error", "message": "x"}), END),
        "event-after-error",
    ),
    "OpenRouter, vLLM: [DONE]": (TEXT.but(body=TEXT.raw + b"data: [DONE]\n\n"), "done-sent"),
    "data alone": (TEXT.but(body="".join(
        line + "\n" for line in TEXT.raw.decode().split("\n") if not line.startswith("event:")
    ).rstrip("\n") + "\n\n"), "event-name-missing"),
    "all blocks at index 0": (TOOL.swap('"index":1', '"index":0'), "block-index-reused"),
    "a tool opens within the text": (TOOL.swap(stop(0), ""), "blocks-overlap"),
    "the reason of another API": (TOOL.swap('"stop_reason":"tool_use"', '"stop_reason":"tool_calls"'),
                                  "stop-reason-foreign"),
    "the call is hidden": (TOOL.swap('"stop_reason":"tool_use"', '"stop_reason":"end_turn"'),
                           "stop-reason-without-tool-use"),
    "a message for every chunk": (TEXT.swap(delta(0, text="lo"), message_start() + delta(0, text="lo")),
                                  "message-start-repeated"),
    "two calls, one id": (samples.TWO_TOOLS.swap("toolu_2", "toolu_1"), "tool-use-id-reused"),
    "input that a tool asks to be checked": (
        CUT_INPUT.asking(tools=[{**WEATHER, "eager_input_streaming": False}],
                         anthropic_beta=["fine-grained-tool-streaming-2025-05-14"]),
        "tool-input-not-json",
    ),
    "text that thinks": (TEXT.swap('{"type":"text_delta","text":"lo"}', '{"type":"thinking_delta","thinking":"lo"}'),
                         "delta-type-mismatch"),
    "a call of a tool that is not whole": (
        samples.WHOLE.swap('"name":"f",', ""), "event-shape",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_stream_gives_no_finding(name: str) -> None:
    assert found(LEGAL[name]) == set()


@pytest.mark.parametrize("name", TOLD)
def test_what_is_worth_knowing_is_told_and_is_no_error(name: str) -> None:
    example, rules = TOLD[name]
    assert found(example) == rules
    assert found(example, Level.ERROR) == set()


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_told_by_one_rule(name: str) -> None:
    example, rule = BROKEN[name]
    assert found(example, Level.ERROR) == {rule}


def test_a_header_may_ask_for_unchecked_input_of_all_tools() -> None:
    recording = CUT_INPUT.recording()
    asked = replace(recording.request, headers=Headers([("Anthropic-Beta", "fine-grained-tool-streaming-2025-05-14")]))
    assert found(recording) == {"tool-input-not-json"}
    assert found(replace(recording, request=asked)) == set()
