"""A completed response has no usage.

The terminal event brings the tokens that the response cost. There is no other place for them: without it nobody can
bill, and limits are guessed.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import ended
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import DELETED, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = (
    stream(*edit(TEXT_EVENTS, "completed", "response.usage", None)),
    stream(*edit(TEXT_EVENTS, "completed", "response.usage", DELETED)),
)


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("R30",),
    cite=Cite(
        OBJECT,
        "Represents token usage details including input tokens, output tokens, a breakdown of output tokens, and the "
        "total tokens used.",
    ),
    breaks=(Breaks("Codex CLI", "https://github.com/diegosouzapw/OmniRoute/issues/6906"),),
    when=ended("completed"),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    final = stream.view.terminal
    if final is not None and final.response.get("usage") is None:
        yield Fault("the completed response has no usage", final.event, "/response/usage")
