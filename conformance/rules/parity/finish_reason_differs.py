"""The stream ends for another reason than the same answer not streamed.

Both call a tool, or both are text, and yet one says `tool_calls` and the other `stop`. A loop that looks at the finish
reason goes on in one mode and ends in the other. Gemini's OpenAI endpoint did so, and LiteLLM in front of several
models.

Where one answer was cut off by its length, or one called a tool and the other did not, the model is as likely the
cause: that is inconclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.answers import follow
from conformance.core.compare import DEPENDS
from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.parity.conditions import Messages, messages, same_kind, when
from conformance.rules.parity.samples import CALL, TEXT

GOOD = (TEXT, CALL)
BAD = CALL.but(twin=str(CALL.twin).replace('"finish_reason":"tool_calls"', '"finish_reason":"stop"'))

_CUT_OFF = frozenset({"length", "max_tokens", "MAX_TOKENS", "incomplete", "content_filter", "refusal", "SAFETY"})
"""Reasons that depend on how much the model said, or on what."""


def _reasons(found: Messages) -> list[set[str]]:
    return [{str(reason) for reason in follow(message, found[0].finish)} for message in found[1:]]


def _comparable(found: Messages) -> str | None:
    streamed, whole = _reasons(found)
    if not streamed or not whole:
        return "one of the two answers tells no finish reason"
    if streamed != whole and _CUT_OFF & (streamed | whole):
        return f"{DEPENDS}the stream ends with {_told(streamed)}, the unstreamed answer with {_told(whole)}"
    return same_kind(found)


def _told(reasons: set[str]) -> str:
    return ", ".join(sorted(reasons))


@rule(
    level=Level.WARNING,
    family=Family.TERMINATION,
    cite=Cite(
        "https://github.com/googleapis/python-genai/issues/2868",
        'OpenAI compatibility layer: streaming returns finish_reason "stop" for tool calls; non-streaming returns '
        '"tool_calls" for the identical request',
    ),
    when=when(_comparable),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    streamed, whole = _reasons(messages(stream))
    if streamed != whole:
        yield Fault(f"the stream ends with {_told(streamed)}, the unstreamed answer with {_told(whole)}")
