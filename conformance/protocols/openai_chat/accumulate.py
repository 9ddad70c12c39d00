"""Chunks to the final `chat.completion`, as the official SDKs accumulate them where the stream is legal.

Law: takes what the view holds; raises nothing. Where a stream breaks the protocol the result is what a forgiving reader
would keep: strings are joined, the first id and name of a tool call count, the last usage counts.
"""

from __future__ import annotations

from typing import Any

from conformance.core.stream import Stream

from .view import ChatView, Choice, ToolCall


def accumulate(stream: Stream[ChatView]) -> dict[str, Any] | None:
    """The `chat.completion` that the chunks add up to; None where the stream holds no chunk."""
    view = stream.view
    if not view.chunks:
        return None
    return {
        "id": _first(view.ids),
        "object": "chat.completion",
        "created": _first(view.created),
        "model": _first(view.models),
        "service_tier": _last(view.tiers),
        "system_fingerprint": _last(view.fingerprints),
        "choices": [_choice(view.choices[index]) for index in sorted(view.choices)],
        "usage": view.usages[-1][1] if view.usages else None,
    }


def _choice(choice: Choice) -> dict[str, Any]:
    message: dict[str, Any] = {
        "role": choice.roles[0][1] if choice.roles else "assistant",
        "content": "".join(text for _, text in choice.content) if choice.content else None,
        "refusal": "".join(text for _, text in choice.refusal) if choice.refusal else None,
    }
    if choice.reasoning:
        message["reasoning_content"] = "".join(text for _, text in choice.reasoning)
    if choice.calls:
        message["tool_calls"] = [_call(call) for call in choice.calls.values()]
    if choice.function_calls:
        message["function_call"] = _function(choice)
    return {
        "index": choice.index,
        "message": message,
        "finish_reason": choice.finishes[-1][1] if choice.finishes else None,
    }


def _call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.joined}}


def _function(choice: Choice) -> dict[str, Any]:
    """The legacy `function_call`."""
    parts = [part for _, part in choice.function_calls]
    names = [part["name"] for part in parts if isinstance(part.get("name"), str)]
    arguments = [part["arguments"] for part in parts if isinstance(part.get("arguments"), str)]
    return {"name": names[0] if names else "", "arguments": "".join(arguments)}


def _first(seen: dict[object, int]) -> object:
    """The first value that is neither missing nor empty."""
    return next((value for value in seen if value), None)


def _last(seen: dict[object, int]) -> object:
    """The last new value that is not null."""
    return next((value for value in reversed(seen) if value is not None), None)
