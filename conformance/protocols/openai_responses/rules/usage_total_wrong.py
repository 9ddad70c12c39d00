"""The total of the usage is not the sum of its parts.

`total_tokens` is `input_tokens` plus `output_tokens`; reasoning counts as output, what came from the cache as input. A
client that bills by the total and one that adds up come to different sums.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import has_usage
from conformance.protocols.openai_responses.samples import REASONING, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, REASONING)
BAD = stream(*edit(TEXT_EVENTS, "completed", "response.usage.total_tokens", 15))


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("R30",),
    cite=Cite(OBJECT, "The total number of tokens used."),
    when=has_usage,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    event, usage = stream.view.usage or (0, {})
    spent, made, total = (usage.get(name) for name in ("input_tokens", "output_tokens", "total_tokens"))
    if type(spent) is int and type(made) is int and type(total) is int and spent + made != total:
        message = f"{spent} input and {made} output tokens, the total says {total}"
        yield Fault(message, event, "/response/usage/total_tokens")
