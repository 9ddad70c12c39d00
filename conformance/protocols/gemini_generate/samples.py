"""Streams in the Gemini API's own shape, from which the rules make their good and bad examples.

Law: each is complete, legal and small; lines end with CRLF, as the API sends them.
"""

from __future__ import annotations

from typing import Any

import orjson

from conformance.core.example import Example

TAIL = {"modelVersion": "gemini-x", "responseId": "r-1"}
VERSION = ',"modelVersion":"gemini-x"'


def event(data: object) -> str:
    """One event of any JSON data as wire text."""
    return f"data: {orjson.dumps(data).decode()}\r\n\r\n"


def usage(candidates: int = 1, thoughts: int = 0, prompt: int = 4) -> dict[str, int]:
    """A usageMetadata whose total is right."""
    counts = {"promptTokenCount": prompt, "candidatesTokenCount": candidates}
    if thoughts:
        counts["thoughtsTokenCount"] = thoughts
    return {**counts, "totalTokenCount": prompt + candidates + thoughts}


def chunk(*parts: dict[str, Any], finish: str | None = None, index: int = 0, **top: Any) -> str:
    """One chunk as wire text; `top` adds or replaces top-level fields."""
    candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}} if parts else {}
    if finish:
        candidate["finishReason"] = finish
    candidate["index"] = index
    return event({"candidates": [candidate], "usageMetadata": usage(), **TAIL, **top})


def stream(*events: str, **request: Any) -> Example:
    """A whole exchange. `request` adds fields to the request's body."""
    asked = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}], **request}
    path = "/v1beta/models/gemini-x:streamGenerateContent?alt=sse"
    return Example("".join(events), request=asked, path=path)


FINISH = chunk({"text": "!"}, finish="STOP", usageMetadata=usage(3))

TEXT = stream(chunk({"text": "Hel"}), chunk({"text": "lo"}, usageMetadata=usage(2)), FINISH)

THINKING = stream(
    chunk({"text": "Let me see.", "thought": True}, usageMetadata=usage(0, 5)),
    chunk({"text": "Hello"}, usageMetadata=usage(1, 5)),
    chunk({"text": "", "thoughtSignature": "c2lnbmVk"}, finish="STOP", usageMetadata=usage(1, 5)),
)

TOOL = stream(
    chunk({"functionCall": {"name": "weather", "args": {"city": "Oslo"}}, "thoughtSignature": "c2lnbmVk"}),
    chunk({"text": ""}, finish="STOP"),
    tools=[{"functionDeclarations": [{"name": "weather"}]}],
)

PARTIAL_TOOL = stream(
    chunk({"functionCall": {"name": "weather", "willContinue": True}}),
    chunk(
        {
            "functionCall": {
                "partialArgs": [{"jsonPath": "$.city", "stringValue": "Os", "willContinue": True}],
                "willContinue": True,
            }
        }
    ),
    chunk({"functionCall": {"partialArgs": [{"jsonPath": "$.city", "stringValue": "lo"}], "willContinue": True}}),
    chunk({"functionCall": {}}),
    chunk(finish="STOP"),
    tools=[{"functionDeclarations": [{"name": "weather"}]}],
)

TWO_CANDIDATES = stream(
    chunk({"text": "One"}),
    chunk({"text": "Two"}, index=1),
    chunk(finish="STOP"),
    chunk(finish="STOP", index=1),
    generationConfig={"candidateCount": 2},
)

CODE = stream(
    chunk({"executableCode": {"language": "PYTHON", "code": "print(2)"}}),
    chunk({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2\n"}}),
    chunk({"text": "Two."}, finish="STOP"),
)

BLOCKED = stream(
    event(
        {
            "promptFeedback": {"blockReason": "SAFETY"},
            "usageMetadata": {"promptTokenCount": 4, "totalTokenCount": 4},
            **TAIL,
        }
    )
)

ERROR = stream(
    chunk({"text": "Hel"}), event({"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}})
)

LONG = stream(
    *(chunk({"text": piece}, usageMetadata=usage(n)) for n, piece in enumerate(("Once", " upon", " a", " time"))),
    chunk({"text": ","}, finish="MAX_TOKENS", usageMetadata=usage(9)),
    generationConfig={"maxOutputTokens": 9},
)

AGENT = stream(
    chunk({"text": "Both.", "thought": True}, usageMetadata=usage(0, 5)),
    chunk({"text": "Let me look."}, usageMetadata=usage(1, 5)),
    chunk(
        {"functionCall": {"id": "c-1", "name": "weather", "args": {"city": "Oslo"}}, "thoughtSignature": "c2lnbmVk"},
        {"functionCall": {"id": "c-2", "name": "time", "args": {"zone": 2}}},
        usageMetadata=usage(9, 5),
    ),
    chunk({"text": ""}, finish="STOP", usageMetadata=usage(9, 5)),
    tools=[{"functionDeclarations": [{"name": "weather"}, {"name": "time"}]}],
)

_SOURCES = {"webSearchQueries": ["grass"], "groundingChunks": [{"web": {"uri": "https://example.com", "title": "x"}}]}
GROUNDED = stream(
    chunk({"text": "Grass is "}, usageMetadata=usage(2)),
    chunk({"text": "green."}, finish="STOP", usageMetadata=usage(4)),
    event(
        {"candidates": [{"content": {"parts": [{"text": ""}], "role": "model"}, "groundingMetadata": _SOURCES}], **TAIL}
    ),
    tools=[{"googleSearch": {}}],
)

IMAGE = stream(
    chunk({"text": "Here: "}),
    chunk({"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}, usageMetadata=usage(1290)),
    chunk(finish="STOP", usageMetadata=usage(1290)),
    generationConfig={"responseModalities": ["TEXT", "IMAGE"]},
)

REFUSED = stream(
    chunk({"text": "Hel"}),
    event(
        {
            "candidates": [
                {
                    "content": {},
                    "finishReason": "SAFETY",
                    "index": 0,
                    "safetyRatings": [{"category": "X", "blocked": True}],
                }
            ],
            "promptFeedback": {"safetyRatings": []},
            "usageMetadata": usage(),
            **TAIL,
        }
    ),
)

CUT = stream(chunk({"text": "So", "thought": True}, usageMetadata=usage(0, 9)), chunk(finish="MAX_TOKENS"))

VERTEX = stream(
    event({"usageMetadata": {"trafficType": "ON_DEMAND"}, "createTime": "2026-01-01T00:00:00Z", **TAIL}),
    event({"candidates": [{"content": {"role": "model", "parts": [{"text": "Hi"}]}}], **TAIL}),
    event(
        {
            "candidates": [
                {"content": {"role": "model", "parts": [{"text": "!"}]}, "finishReason": "STOP"},
                {"content": {"role": "model", "parts": [{"text": "?"}]}, "finishReason": "STOP", "index": 1},
            ],
            "usageMetadata": usage(3),
            **TAIL,
        }
    ),
    event({"candidates": [], "usageMetadata": usage(3), **TAIL}),
    generationConfig={"candidateCount": 2},
)
