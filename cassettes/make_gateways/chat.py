"""Chat streams of gateways, in the shape that their pages promise.

Law: synthetic, deterministic, and marked so. What differs between gateways is a field of `Style`, never a branch on a
name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

import orjson
from make_builtin.common import WEATHER, WHY_SKY_IS_BLUE, Chance, pace, tokens

from conformance.catalogue import dialects
from conformance.core.recording import End, EndKind, Headers, Read, Recording, Request

Json = dict[str, Any]
PROTOCOL = "openai-chat"
USAGE = {"prompt_tokens": 12, "completion_tokens": 25, "total_tokens": 37}
ANSWER = f"{WHY_SKY_IS_BLUE} At dusk it has a longer way to go, and red is what is left of it when it arrives."
"""More than thirty events: fewer do not show how they were delivered."""
ANSWERED = datetime(2026, 10, 1, 9, tzinfo=UTC)
"""Promises have their time: some were not made before December 2025."""
THOUGHT = "Short waves scatter more."
CITY = {"city": WEATHER[1]["city"]}
TOOL = {
    "type": "function",
    "function": {
        "name": WEATHER[0],
        "parameters": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
    },
}


@dataclass(frozen=True)
class Style:
    """How one gateway writes its chunks."""

    gateway: str
    prefix: str = "chatcmpl-"
    comment: str = ""
    every_role: bool = False
    always_usage: bool = False
    top: tuple[tuple[str, str], ...] = ()
    native: bool = False
    """True where choices name the provider's own finish reason."""
    thinking: str = ""
    """The member in which reasoning comes; empty where the page does not speak of it."""
    tools: bool = False
    cancels: bool = False
    forwards: bool = False
    head: str = ""
    """The field of the response's head that names the generation."""


STYLES = (
    Style("anyrouter", cancels=True),
    Style(
        "openrouter",
        prefix="gen-",
        comment=": OPENROUTER PROCESSING\n\n",
        every_role=True,
        always_usage=True,
        top=(("provider", "OpenAI"),),
        native=True,
        cancels=True,
        head="x-generation-id",
    ),
    Style("arouter", forwards=True),
    Style("infron", comment=": INFRONAI PROCESSING\n\n"),
    Style("yuhuan", thinking="reasoning_content", tools=True),
)


class Stream:
    """One stream in the making: its blocks, as they stand on the wire."""

    def __init__(self, style: Style, scenario: str, model: str) -> None:
        self.style = style
        self.nulls: Json = {"usage": None} if scenario == "usage" and not style.always_usage else {}
        self.id = style.prefix + Chance(f"{style.gateway} {scenario}").letters(24)
        self.model = model
        self.blocks: list[bytes] = [style.comment.encode()] * 2 if style.comment else []

    def send(self, choices: list[Json], **more: Any) -> None:
        """One chunk."""
        head: Json = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": int(ANSWERED.timestamp()),
            "model": self.model,
        }
        self.blocks.append(
            b"data: %b\n\n" % orjson.dumps({**head, **dict(self.style.top), "choices": choices, **self.nulls, **more})
        )

    def delta(self, delta: Json, finish: str | None = None, **more: Any) -> None:
        """A chunk of the one choice."""
        choice: Json = {"index": 0, "delta": delta, "finish_reason": finish}
        if self.style.every_role:
            choice["delta"] = {"role": "assistant", "content": "", **delta}
        if self.style.native:
            choice["native_finish_reason"] = finish
        self.send([choice], **more)

    def text(self, text: str, finish: str = "stop") -> None:
        """Role, text and finish."""
        self.delta({"role": "assistant"})
        for piece in tokens(text):
            self.delta({"content": piece})
        self.delta({}, finish)

    def end(self, asked: bool) -> None:
        """Usage, where it is sent, and the sentinel."""
        if asked or self.style.always_usage:
            cost = {"cost": 0.00042, "cost_details": {"upstream_inference_cost": None}}
            self.send([], usage=USAGE | (cost if self.style.always_usage else {}))
        self.blocks.append(b"data: [DONE]\n\n")


def recordings(style: Style) -> Iterator[tuple[str, Recording]]:
    """Scenario -> recording."""
    for scenario, more in _asked(style):
        stream = Stream(style, scenario, _model(style))
        _SCRIPTS[scenario](stream)
        yield scenario, _recording(style, scenario, stream, more)
    if style.always_usage:
        yield "error-before-stream", _refused(style)


def _asked(style: Style) -> Iterator[tuple[str, Json]]:
    """The scenarios of a gateway's page, and what their requests add."""
    yield "text", {}
    yield "usage", {"stream_options": {"include_usage": True}}
    if style.tools:
        yield "tools", {"tools": [TOOL]}
    if style.thinking:
        yield "reasoning", {}
    if style.always_usage:
        yield "error", {}
    if style.cancels:
        yield "cancelled", {}


def _model(style: Style) -> str:
    return dialects()[style.gateway].models.get(PROTOCOL, ("model-id",))[0]


# What the scenarios send


def _text(stream: Stream) -> None:
    stream.text(ANSWER)
    stream.end(asked=False)


def _usage(stream: Stream) -> None:
    stream.text(ANSWER)
    stream.end(asked=True)


def _tools(stream: Stream) -> None:
    arguments = orjson.dumps(CITY).decode()
    function = {"name": WEATHER[0], "arguments": ""}
    stream.delta({"role": "assistant"})
    stream.delta({"tool_calls": [{"index": 0, "id": "call_abc", "type": "function", "function": function}]})
    for start in range(0, len(arguments), 6):
        piece = {"index": 0, "function": {"arguments": arguments[start : start + 6]}}
        stream.delta({"tool_calls": [piece]})
    stream.delta({}, "tool_calls")
    stream.end(asked=False)


def _reasoning(stream: Stream) -> None:
    stream.delta({"role": "assistant"})
    for piece in tokens(THOUGHT):
        stream.delta({stream.style.thinking: piece})
    stream.delta({"content": "Because."})
    stream.delta({}, "stop")
    stream.end(asked=False)


def _error(stream: Stream) -> None:
    stream.delta({"role": "assistant"})
    stream.delta({"content": "The"})
    metadata = {"error_type": "provider_overloaded"}
    stream.delta({}, "error", error={"code": 503, "message": "Provider overloaded", "metadata": metadata})


def _cancelled(stream: Stream) -> None:
    stream.delta({"role": "assistant"})
    for piece in tokens(ANSWER)[:6]:
        stream.delta({"content": piece})


_SCRIPTS = {
    "text": _text,
    "usage": _usage,
    "tools": _tools,
    "reasoning": _reasoning,
    "error": _error,
    "cancelled": _cancelled,
}


# The recording around them


def _recording(style: Style, scenario: str, stream: Stream, more: Json) -> Recording:
    body, reads, first = pace(f"{style.gateway} {scenario}", stream.blocks)
    fields = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked"), ("cache-control", "no-cache")]
    fields.append(("date", format_datetime(ANSWERED, usegmt=True)))
    named = [(style.head, stream.id)] if style.head else [("x-request-id", f"req-{stream.id[-12:]}")]
    return Recording(
        request=_request(style, more),
        headers=Headers([*fields, *named]),
        body=body,
        reads=reads,
        end=_end(style, scenario, body, reads[-1].at),
        http_version="HTTP/1.1",
        headers_at=round(first - 8, 3),
        metadata=_metadata(style, scenario),
    )


def _end(style: Style, scenario: str, body: bytes, at: float) -> End:
    if scenario == "cancelled":
        seen: Json = {"observer": "upstream", "propagated_ms": 40.0}
        return End(EndKind.CANCELLED, round(at + 2, 3), "client", "after 7 events", seen)
    seen = {"observer": "upstream", "upstream_bytes": len(body), "upstream_sha256": sha256(body).hexdigest()}
    return End(at=at, observed=seen if style.forwards else {})


def _request(style: Style, more: Json) -> Request:
    asked = {"model": _model(style), "messages": [{"role": "user", "content": "Why is the sky blue?"}], "stream": True}
    fields = [("content-type", "application/json"), ("accept", "text/event-stream")]
    return Request(
        uri=dialects()[style.gateway].endpoints[PROTOCOL], headers=Headers(fields), body=orjson.dumps({**asked, **more})
    )


def _metadata(style: Style, scenario: str) -> Json:
    return {"protocol": PROTOCOL, "dialect": style.gateway, "scenario": scenario, "synthetic": True}


def _refused(style: Style) -> Recording:
    body = orjson.dumps({"error": {"code": 402, "message": "Insufficient credits"}})
    fields = [("content-type", "application/json"), ("content-length", str(len(body)))]
    return Recording(
        request=_request(style, {}), status=402, reason="Payment Required", headers=Headers(fields), body=body,
        reads=(Read(21.5, len(body)),), end=End(at=21.5), http_version="HTTP/1.1", headers_at=21.5,
        metadata=_metadata(style, "error-before-stream"),
    )  # fmt: skip
