"""A value in an event is another one at the client.

Neither text nor ids, which have rules of their own, but the rest: a count, an index, a flag, a signature. A thinking
block whose signature was touched is refused in the next turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency_change import Kind
from conformance.rules.gateway.conditions import compared, sides, when
from conformance.rules.gateway.identity_rewritten import IDENTITY
from conformance.rules.gateway.samples import SAME, TEXT, through
from conformance.rules.gateway.words import became

GOOD = (SAME, through(TEXT.swap('"model":"gpt-x"', '"model":"gpt-x","service_tier":"default"')))
BAD = through(
    TEXT.swap('"model":"gpt-x"', '"model":"gpt-x","service_tier":"flex"'),
    TEXT.swap('"model":"gpt-x"', '"model":"gpt-x","service_tier":"default"'),
)


ELSEWHERE = frozenset({
    "content", "text", "delta", "arguments", "thinking", "partial_json", "reasoning_content", "reasoning",
    "finish_reason", "finishReason", "stop_reason", "prompt_tokens", "completion_tokens", "total_tokens",
    "input_tokens", "output_tokens", "promptTokenCount", "candidatesTokenCount", "totalTokenCount", "name", "message",
    "code", "type", "status",
})  # fmt: skip
"""Members whose values other rules compare: what the stream says, how it ended, what it used, what went wrong."""


@rule(
    level=Level.WARNING,
    family=Family.TRANSPARENCY,
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9110#section-7.7",
        "A proxy that transforms the content of a 200 (OK) response can inform downstream recipients",
    ),
    on=On.RESPONSE,
    when=when(compared),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for change in sides(stream).changes:
        name = change.path.rpartition("/")[2]
        if change.kind is Kind.CHANGED and name not in ELSEWHERE and name not in IDENTITY:
            yield Fault(f"{change.path}: {became(change)}", change.event)
