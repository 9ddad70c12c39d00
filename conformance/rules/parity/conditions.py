"""When two answers can be compared.

Law: a condition says why a rule does not apply, or None where it does. What differs because the model chose to answer
otherwise begins with DEPENDS: it is inconclusive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.core.answers import PLACES, Places, calls_of, texts_of, usage_of
from conformance.core.compare import DEPENDS, both, twin_of
from conformance.core.rule import Condition
from conformance.core.stream import Stream

Messages = tuple[Places, dict[str, Any], dict[str, Any]]


def messages(stream: Stream[Any]) -> Messages:
    """Where this API keeps things, the message that the stream adds up to, and the one that came at once."""
    return (PLACES[stream.protocol.name], *both(stream))


def paired(stream: Stream[Any]) -> str | None:
    """There is an unstreamed answer to the same request, and both are whole."""
    twin = twin_of(stream)
    if twin is None:
        return "no unstreamed answer to the same request is at hand"
    if stream.protocol.name not in PLACES:
        return "the protocol is not known"
    if not 200 <= twin.status < 300:
        return f"the unstreamed answer is an error ({twin.status})"
    if stream.incomplete or stream.cut:
        return stream.incomplete or f"the transport broke off ({stream.cut})"
    if not all(both(stream)):
        return "one of the two answers holds no message"
    return None


def when(condition: Callable[[Messages], str | None]) -> Condition:
    """Both answers are there, and `condition` finds no reason against comparing them."""

    def asked(stream: Stream[Any]) -> str | None:
        return paired(stream) or condition(messages(stream))

    return asked


def same_kind(found: Messages) -> str | None:
    """Both call tools, or both do not."""
    kinds = ["calls a tool" if calls_of(found[0], message) else "is text" for message in found[1:]]
    if kinds[0] != kinds[1]:
        return f"{DEPENDS}the stream {kinds[0]}, the unstreamed answer {kinds[1]}"
    return None


def both_call(found: Messages) -> str | None:
    """Both call tools."""
    if not any(calls_of(found[0], message) for message in found[1:]):
        return "no tool is called"
    return same_kind(found)


def both_say(found: Messages) -> str | None:
    """Both hold text."""
    if not all(texts_of(found[0], message) for message in found[1:]):
        return "one of the two answers holds no text"
    return None


def both_count(found: Messages) -> str | None:
    """Both hold usage."""
    if not all(usage_of(found[0], message) for message in found[1:]):
        return "one of the two answers tells no usage"
    return None
