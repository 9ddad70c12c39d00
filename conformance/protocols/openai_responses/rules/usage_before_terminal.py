"""Usage comes before the response has ended.

Nobody knows what a response costs before it has ended: until then `usage` is null. A client that adds up what it sees
counts it twice, and one that takes the first bills a wrong amount (mostly 0).
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import has_snapshot
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import USAGE, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView
from conformance.protocols.openai_responses.wire import TERMINALS

GOOD = TEXT
BAD = stream(*edit(TEXT_EVENTS, "in_progress", "response.usage", USAGE))


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("R32", "R11"),
    cite=Cite(
        OBJECT,
        "Represents token usage details including input tokens, output tokens, a breakdown of output tokens, and the "
        "total tokens used.",
    ),
    when=has_snapshot,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for event, step, response in stream.view.snapshots:
        if step not in TERMINALS and response.get("usage"):
            yield Fault(f"response.{step} already shows a usage", event, "/response/usage")
