"""The client is told another reason why the answer ended.

A loop goes on at `tool_calls` and ends at `stop`; `length` says that text is missing. Between protocols the words
differ and the classes do not: `end_turn` and `stop`, `tool_use` and `tool_calls`, `max_tokens` and `length` mean the
same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import heard, sides, when
from conformance.rules.gateway.samples import SAME, TEXT, through

GOOD = SAME
BAD = through(TEXT.swap('"stop"', '"length"').asking(max_tokens=2), TEXT.asking(max_tokens=2))


def _both_end(found: Comparison) -> str | None:
    return None if all(side.ending for side in found.said) else "one of the two sides tells no reason for its end"


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    cite=Cite(
        "https://github.com/googleapis/python-genai/issues/2868",
        'OpenAI compatibility layer: streaming returns finish_reason "stop" for tool calls',
    ),
    on=On.RESPONSE,
    when=when(heard, _both_end),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    ours, theirs = found.said
    pair = (ours.ending, theirs.ending) if found.translated else (", ".join(ours.finish), ", ".join(theirs.finish))
    if pair[0] != pair[1]:
        yield Fault(f"the answer ended with {pair[0]}, and the client is told {pair[1]}")
