"""Chunks to the final `chat.completion`, as the official SDKs accumulate them where the stream is legal.

Law: takes what the view holds; raises nothing. Where a stream breaks the protocol the result is what a forgiving reader
would keep: strings are joined, the first id and name of a tool call count, the last usage counts. Members that the
stream does not bring (`logprobs`, `audio`, reasoning, tool calls) are left out.
"""

from __future__ import annotations

from typing import Any

from conformance.core.stream import Stream

from .logprobs import MEMBERS, tokens_of
from .view import REASONING_FIELDS, ChatView, Choice, ToolCall, delta_of


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
        "choices": [_choice(stream, view.choices[index]) for index in sorted(view.choices)],
        "usage": view.usages[-1][1] if view.usages else None,
    }


def _choice(stream: Stream[ChatView], choice: Choice) -> dict[str, Any]:
    return {
        "index": choice.index,
        "message": _message(stream, choice),
        "logprobs": _logprobs(stream, choice),
        "finish_reason": choice.finishes[-1][1] if choice.finishes else None,
    }


def _message(stream: Stream[ChatView], choice: Choice) -> dict[str, Any]:
    message: dict[str, Any] = {
        "role": choice.roles[0][1] if choice.roles else "assistant",
        "content": "".join(text for _, text in choice.content) if choice.content else None,
        "refusal": "".join(text for _, text in choice.refusal) if choice.refusal else None,
    }
    if choice.reasoning:
        message[_reasoning_field(stream, choice)] = "".join(text for _, text in choice.reasoning)
    if choice.calls:
        message["tool_calls"] = [_call(call) for call in choice.calls.values()]
    if choice.function_calls:
        message["function_call"] = _function(choice)
    audio = _audio(stream, choice)
    return {**message, "audio": audio} if audio else message


def _reasoning_field(stream: Stream[ChatView], choice: Choice) -> str:
    """The name under which the first reasoning came."""
    event, text = choice.reasoning[0]
    delta = delta_of(stream.events[event], choice.index)
    return next((name for name in REASONING_FIELDS if delta.get(name) == text), REASONING_FIELDS[0])


def _call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.joined}}


def _function(choice: Choice) -> dict[str, Any]:
    """The legacy `function_call`."""
    parts = [part for _, part in choice.function_calls]
    names = [part["name"] for part in parts if isinstance(part.get("name"), str)]
    arguments = [part["arguments"] for part in parts if isinstance(part.get("arguments"), str)]
    return {"name": names[0] if names else "", "arguments": "".join(arguments)}


def _logprobs(stream: Stream[ChatView], choice: Choice) -> dict[str, Any] | None:
    """The tokens of all chunks; None where there are none, and None for a member that brought none."""
    found: dict[str, list[dict[str, Any]]] = {}
    for _, member, token in tokens_of(stream, choice):
        found.setdefault(member, []).append(token)
    return {member: found.get(member) for member in MEMBERS} if found else None


def _audio(stream: Stream[ChatView], choice: Choice) -> dict[str, Any]:
    """Spoken answers: `data` and `transcript` joined, the rest as it came last. Empty where there is none."""
    if "audio" not in stream.view.delta_keys:
        return {}
    spoken: dict[str, Any] = {}
    for event in stream.events[choice.first : choice.last + 1]:
        part = delta_of(event, choice.index).get("audio")
        for key, value in part.items() if isinstance(part, dict) else ():
            joined = key in ("data", "transcript") and isinstance(value, str) and isinstance(spoken.get(key), str)
            spoken[key] = spoken[key] + value if joined else value
    return spoken


def _first(seen: dict[object, int]) -> object:
    """The first value that is neither missing nor empty."""
    return next((value for value in seen if value), None)


def _last(seen: dict[object, int]) -> object:
    """The last new value that is not null."""
    return next((value for value in reversed(seen) if value is not None), None)
