"""The parts of an item do not count 0, 1, 2, ...

Content parts (and the parts of a reasoning summary) are added in the order in which they stand in the item, each at the
next index. Where one is left out or added twice, text ends up in the wrong part, or replaces another.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import first_missteps, has_parts
from conformance.protocols.openai_responses.samples import REASONING, REASONING_EVENTS, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import double, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, REASONING)
BAD = (
    stream(*({**event, "content_index": 1} if "content_index" in event else event for event in TEXT_EVENTS)).but(
        also=("openai-responses/text-differs-from-deltas",)
    ),
    stream(*({**event, "summary_index": 2} if "summary_index" in event else event for event in REASONING_EVENTS)).but(
        also=("openai-responses/reasoning-differs-from-deltas",)
    ),
    stream(*double(TEXT_EVENTS, "content_part.added")),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R15", "R37"),
    cite=(
        Cite(STREAMING, "The index of the content part that was added."),
        Cite(STREAMING, "The index of the summary part within the reasoning summary."),
    ),
    when=has_parts,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item in stream.view.items.values():
        for sub in ("content_index", "summary_index"):
            parts = [part for part in item.parts.values() if part.sub == sub and part.added]
            for expected, part in enumerate(parts):
                if part.index != expected:
                    message = f"{item.name}: a part is added at {sub} {part.index}, expected {expected}"
                    yield Fault(message, part.added[0][0], f"/{sub}")
                    break
    for fault in first_missteps(stream, "part-index-gap"):
        yield Fault(f"{fault.message.partition(':')[0]} is added twice", fault.event)
