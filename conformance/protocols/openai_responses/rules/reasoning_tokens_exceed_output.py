"""More tokens went into reasoning than into all of the output.

Reasoning is part of the output: its tokens are counted in `output_tokens`. Where there are more of them the server
counts them beside it, and whoever adds up the price leaves them out.
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

GOOD = (REASONING, TEXT)
BAD = stream(*edit(TEXT_EVENTS, "completed", "response.usage.output_tokens_details.reasoning_tokens", 9))


@rule(
    level=Level.WARNING,
    family=Family.USAGE,
    statements=("R64",),
    cite=(Cite(OBJECT, "The number of reasoning tokens."), Cite(OBJECT, "A detailed breakdown of the output tokens.")),
    when=has_usage,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    event, usage = stream.view.usage or (0, {})
    details, output = usage.get("output_tokens_details"), usage.get("output_tokens")
    reasoning = details.get("reasoning_tokens") if isinstance(details, dict) else None
    if type(reasoning) is int and type(output) is int and reasoning > output:
        message = f"{reasoning} tokens of reasoning in {output} tokens of output"
        yield Fault(message, event, "/response/usage/output_tokens_details/reasoning_tokens")
