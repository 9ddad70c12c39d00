"""The tokens in a choice's `logprobs`, as pairs with the event that brought them.

Law: reads only the events that the view noted; takes any shape, and judges none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.stream import Stream

from .view import ChatView, Choice, choice_of

MEMBERS = ("content", "refusal")


def tokens_of(stream: Stream[ChatView], choice: Choice) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(event, `content` or `refusal`, token) of every token, in their order."""
    for event in choice.logprobs:
        logprobs = choice_of(stream.events[event], choice.index).get("logprobs")
        for member in MEMBERS:
            tokens = logprobs.get(member) if isinstance(logprobs, dict) else None
            for token in tokens if isinstance(tokens, list) else ():
                if isinstance(token, dict):
                    yield event, member, token


def joined(stream: Stream[ChatView], choice: Choice, member: str) -> bytes:
    """The text that the tokens of one member add up to: by their bytes, or by their text where those are null."""
    parts = []
    for _, name, token in tokens_of(stream, choice):
        if name == member:
            raw, text = token.get("bytes"), token.get("token")
            try:
                parts.append(bytes(raw) if isinstance(raw, list) else str(text).encode("utf-8", "replace"))
            except (TypeError, ValueError):  # no bytes
                parts.append(str(text).encode("utf-8", "replace"))
    return b"".join(parts)
