"""Streams in OpenAI's own shape, from which the rules make their good and bad examples.

Law: each is complete, legal and small, and is made of one line per chunk, so that `Example.swap` reads well.
"""

from __future__ import annotations

from typing import Any

import orjson

from conformance.core.example import Example

HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "gpt-x"}


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, index: int = 0, **top: Any) -> str:
    """One chunk as wire text; `top` adds or replaces top-level fields (None removes nothing: it is sent as null)."""
    choices = [] if delta is None else [{"index": index, "delta": delta, "finish_reason": finish}]
    return event({**HEAD, "choices": choices, **top})


def event(data: object) -> str:
    """One event of any JSON data as wire text."""
    return f"data: {orjson.dumps(data).decode()}\n\n"


def stream(*events: str, done: bool = True, **request: Any) -> Example:
    """A whole exchange. `request` adds fields to the request's body."""
    body = "".join(events) + ("data: [DONE]\n\n" if done else "")
    asked = {"model": "gpt-x", "stream": True, "messages": [{"role": "user", "content": "Hi"}], **request}
    return Example(body, request=asked, path="/v1/chat/completions")


def usage_chunk(prompt: int = 9, completion: int = 2, **top: Any) -> str:
    """The extra chunk of `include_usage`."""
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return chunk(usage=usage, **top)


def call(index: int = 0, arguments: str = "", **start: Any) -> dict[str, Any]:
    """A delta with one tool call fragment; `id=` and `name=` make it the first."""
    function = {key: start.pop(key) for key in ("name",) if key in start}
    return {"tool_calls": [{"index": index, **start, "function": {**function, "arguments": arguments}}]}


ROLE = chunk({"role": "assistant", "content": ""})
FINISH = chunk({}, "stop")

TEXT = stream(ROLE, chunk({"content": "Hel"}), chunk({"content": "lo"}), FINISH)

WITH_USAGE = stream(
    chunk({"role": "assistant", "content": ""}, usage=None),
    chunk({"content": "Hello"}, usage=None),
    chunk({}, "stop", usage=None),
    usage_chunk(),
    stream_options={"include_usage": True},
)

USAGE_ON_FINISH = stream(
    chunk({"role": "assistant", "content": ""}, usage=None),
    chunk({"content": "Hello"}, usage=None),
    chunk({}, "stop", usage={"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}),
    stream_options={"include_usage": True},
)

_TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in ("weather", "time")
]

TOOL = stream(
    chunk({"role": "assistant", "content": None}),
    chunk(call(0, "", id="call_1", type="function", name="weather")),
    chunk(call(0, '{"city":')),
    chunk(call(0, '"Oslo"}')),
    chunk({}, "tool_calls"),
    tools=_TOOLS,
)

TWO_TOOLS = stream(
    chunk({"role": "assistant", "content": None}),
    chunk(call(0, "", id="call_1", type="function", name="weather")),
    chunk(call(0, '{"city":"Oslo"}')),
    chunk(call(1, "", id="call_2", type="function", name="time")),
    chunk(call(1, '{"zone":"CET"}')),
    chunk({}, "tool_calls"),
    tools=_TOOLS,
)

WHOLE_TOOL = stream(
    ROLE,
    chunk(call(0, '{"city":"Oslo"}', id="call_1", type="function", name="weather")),
    chunk({}, "tool_calls"),
    tools=_TOOLS,
)

FUNCTION_CALL = stream(
    chunk({"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": ""}}),
    chunk({"function_call": {"arguments": '{"city":'}}),
    chunk({"function_call": {"arguments": '"Oslo"}'}}),
    chunk({}, "function_call"),
    functions=[tool["function"] for tool in _TOOLS],
)

REFUSAL = stream(
    chunk({"role": "assistant", "content": None, "refusal": ""}),
    chunk({"refusal": "I cannot "}),
    chunk({"refusal": "do that."}),
    FINISH,
)


def token(text: str, logprob: float = -0.25) -> dict[str, Any]:
    """One entry of `logprobs.content`."""
    return {"token": text, "logprob": logprob, "bytes": list(text.encode()), "top_logprobs": []}


def likely(delta: dict[str, Any], *tokens: dict[str, Any]) -> str:
    """One chunk with the log probabilities of its tokens."""
    logprobs = {"content": list(tokens), "refusal": None}
    return event({**HEAD, "choices": [{"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": None}]})


LOGPROBS = stream(
    likely({"role": "assistant", "content": ""}),
    likely({"content": "Hel"}, token("Hel")),
    likely({"content": "lo"}, token("lo")),
    FINISH,
    logprobs=True,
)

REASONING = stream(
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "Think"}),
    chunk({"reasoning_content": "ing"}),
    chunk({"content": "Hello"}),
    FINISH,
)

TWO_CHOICES = stream(
    ROLE,
    chunk({"role": "assistant", "content": ""}, index=1),
    chunk({"content": "Hello"}),
    chunk({"content": "Hi"}, index=1),
    FINISH,
    chunk({}, "stop", index=1),
    n=2,
)

REASONING_DETAILS = stream(
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning": "Think", "reasoning_details": [{"type": "reasoning.text", "text": "Think", "index": 0}]}),
    chunk({"reasoning_details": [{"type": "reasoning.encrypted", "data": "gAAAAA==", "id": None, "index": 1}]}),
    chunk({"content": "Hello"}),
    FINISH,
)
