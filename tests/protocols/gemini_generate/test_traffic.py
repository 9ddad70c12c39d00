"""Streams that no recording shows: features, clouds and gateways. Legal ones give no finding; of those that break the
protocol, each is told by the rule that one expects, and by no other error.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance import catalogue, pipeline
from conformance.core.dialect import STRICT
from conformance.core.example import Example
from conformance.core.finding import Level
from conformance.protocols.gemini_generate import samples
from conformance.protocols.gemini_generate.samples import (
    FINISH,
    TAIL,
    TEXT,
    TWO_CANDIDATES,
    chunk,
    event,
    stream,
    usage,
)

PROTOCOL = catalogue.protocol("gemini-generate")
RULES = catalogue.rules_of("gemini-generate")


def found(example: Example, least: Level = Level.NOTE) -> set[str]:
    """The names of the rules that find something of this level or above."""
    findings = pipeline.check(example.recording(), PROTOCOL, RULES, STRICT).findings
    return {finding.rule.partition("/")[2] for finding in findings if finding.level >= least}


def candidates(*items: dict[str, Any], **top: Any) -> str:
    """A chunk with these candidates, as they are."""
    return event({"candidates": list(items), "usageMetadata": usage(), **TAIL, **top})


def content(*texts: str) -> dict[str, Any]:
    return {"role": "model", "parts": [{"text": text} for text in texts]}


FIRST = chunk({"text": "Hi"})
PARTIAL = {"partialArgs": [{"jsonPath": "$.a", "stringValue": "x", "numberValue": None}]}

LEGAL = {
    "safety stops it, without content": stream(FIRST, candidates({"finishReason": "SAFETY", "index": 0})),
    "safety stops it, with empty content": samples.REFUSED,
    "safety stops it at once": stream(candidates({"content": {}, "finishReason": "SAFETY", "safetyRatings": []})),
    "recitation": stream(
        FIRST,
        candidates({"finishReason": "RECITATION", "citationMetadata": {"citationSources": []}, "index": 0}),
    ),
    "the limit cuts it while it thinks": samples.CUT,
    "content without parts": stream(FIRST, candidates({"content": {"role": "model"}, "finishReason": "MAX_TOKENS"})),
    "several calls in one chunk": samples.AGENT,
    "an image": samples.IMAGE,
    "no image": stream(candidates({"content": {}, "finishReason": "NO_IMAGE", "finishMessage": "No image."})),
    "a call that is malformed": stream(
        candidates({"content": {}, "finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "Malformed: f("})
    ),
    "sources behind the finish, without usage": samples.GROUNDED,
    "usage alone behind the finish": stream(FIRST, FINISH, event({"usageMetadata": usage(3), **TAIL})),
    "no candidates behind the finish": stream(FIRST, FINISH, candidates()),
    "empty text behind the finish": stream(FIRST, FINISH, candidates({"content": content(""), "index": 0})),
    "usage comes at the end alone": stream(
        event({"candidates": [{"content": content("Hi")}], **TAIL}),
        event({"candidates": [{"finishReason": "STOP"}], **TAIL}),
        event({"usageMetadata": usage(), **TAIL}),
    ),
    "Vertex AI: the first index is left out": samples.VERTEX,
    "Vertex AI: both in one chunk": stream(
        candidates({"content": content("a"), "finishReason": "STOP"},
                   {"content": content("b"), "finishReason": "STOP", "index": 1}),
        generationConfig={"candidateCount": 2},
    ),
    "ratings of the prompt block nothing": stream(
        candidates({"content": content("Hi"), "index": 0}, promptFeedback={"safetyRatings": [{"category": "X"}]}),
        FINISH,
    ),
    "an unspecified reason blocks nothing": stream(
        candidates({"content": content("Hi"), "index": 0}, promptFeedback={"blockReason": "BLOCK_REASON_UNSPECIFIED"}),
        FINISH,
    ),
    "the prompt is blocked, and nothing counted": stream(event({"promptFeedback": {"blockReason": "OTHER"}})),
    "a reason that is none yet": stream(
        candidates({"content": content("Hi"), "finishReason": "FINISH_REASON_UNSPECIFIED", "index": 0}), FINISH
    ),
    "null where there is nothing": stream(
        candidates({"content": content("Hi"), "finishReason": None, "index": 0}, responseId=None, promptFeedback=None),
        FINISH,
    ),
    "an older API without ids": TEXT.swap(',"responseId":"r-1"', ""),
    "arguments in pieces": samples.PARTIAL_TOOL,
    "arguments in pieces, unused values null": stream(
        chunk({"functionCall": {"name": "f", **PARTIAL, "willContinue": True}}), chunk({"functionCall": {}}), FINISH
    ),
    "the same call twice, without ids": stream(
        chunk({"functionCall": {"name": "f", "args": {}}}, {"functionCall": {"name": "f", "args": {}}}, finish="STOP")
    ),
    "a signature alone": stream(FIRST, chunk({"thoughtSignature": "c2lnbmVk"}, finish="STOP")),
    "tools of the server": stream(
        chunk({"toolCall": {"toolType": "GOOGLE_SEARCH", "id": "t"}, "thoughtSignature": "c2lnbmVk"}),
        chunk({"toolResponse": {"toolType": "GOOGLE_SEARCH", "id": "t"}}),
        FINISH,
    ),
}  # fmt: skip
STOPPED = candidates({"content": content("Hel"), "finishReason": "STOP", "index": 0})
BROKEN = {
    "Gemini 1.5, CLIProxyAPI: STOP in every chunk": (
        stream(STOPPED, STOPPED), {"finish-repeated", "content-after-finish"},
    ),
    "STOP before the answer": (
        stream(candidates({"content": {"parts": []}, "finishReason": "STOP", "index": 0}), FINISH),
        {"finish-repeated", "content-after-finish"},
    ),
    "a reason in the words of another API": (TEXT.swap('"STOP"', '"stop"'), {"finish-reason-malformed"}),
    "arguments as a string": (samples.TOOL.swap('{"city":"Oslo"}', '"{}"'), {"function-call-args-not-an-object"}),
    "members as the proto names them": (TEXT.swap('"finishReason"', '"finish_reason"'),
                                        {"snake-case-field", "finish-missing"}),
    "one-hub and others: [DONE]": (TEXT.but(body=TEXT.raw + b"data: [DONE]\r\n\r\n"), {"done-sent"}),
    "blocked in the middle": (stream(FIRST, event({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, **TAIL})),
                              {"prompt-blocked-late"}),
    "nothing but usage": (stream(event({"usageMetadata": usage(0), **TAIL})), {"finish-missing"}),
    "no usage at all": (stream(event({"candidates": [{"content": content("Hi"), "finishReason": "STOP"}]})),
                        {"usage-missing"}),
    "usage before the last text": (
        stream(FIRST, event({"candidates": [{"content": content("!"), "finishReason": "STOP"}], **TAIL})),
        {"usage-missing"},
    ),
    "an error in an array": (stream(FIRST, event([{"error": {"code": 503, "message": "busy"}}])), {"error-shape"}),
    "an error of no RPC": (samples.ERROR.swap("UNAVAILABLE", "Service Unavailable"), {"error-shape"}),
    "a candidate too many": (TWO_CANDIDATES.asking(generationConfig={}), {"candidate-index-range"}),
    "candidates that cannot be told apart": (
        stream(candidates({"content": content("a"), "finishReason": "STOP"},
                          {"content": content("b"), "finishReason": "STOP"}), generationConfig={"candidateCount": 2}),
        {"candidate-index-missing"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_stream_gives_no_finding(name: str) -> None:
    assert found(LEGAL[name]) == set()


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_told_by_the_rules_that_one_expects(name: str) -> None:
    example, rules = BROKEN[name]
    assert found(example, Level.ERROR) == rules


def test_a_sum_that_is_off_is_a_warning() -> None:
    """As Vertex AI sends it: one token is counted for an answer without text."""
    counts = {"promptTokenCount": 18, "candidatesTokenCount": 1, "thoughtsTokenCount": 196, "totalTokenCount": 214}
    example = stream(chunk({"text": "", "thoughtSignature": "c2lnbmVk"}, finish="STOP", usageMetadata=counts))
    assert found(example) == {"usage-total-wrong"}
    assert found(example, Level.ERROR) == set()
