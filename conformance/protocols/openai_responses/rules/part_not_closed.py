"""A content part is never closed.

`response.content_part.done` (`response.reasoning_summary_part.done`) closes every part that was added, before its item
is done. Clients end the block there. Lists of the "most important events" leave it out, and so do servers that are
written after them.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import PART_DONE
from conformance.protocols.openai_responses.conditions import all_of, has_finished_items, has_parts
from conformance.protocols.openai_responses.samples import REASONING, REASONING_EVENTS, REFUSAL, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import drop, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, REASONING, REFUSAL)
BAD = (
    stream(*drop(TEXT_EVENTS, "content_part.done")),
    stream(*drop(REASONING_EVENTS, "reasoning_summary_part.done")),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R15", "R37", "R66"),
    cite=PART_DONE,
    when=all_of(has_parts, has_finished_items),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item in stream.view.items.values():
        for part in item.parts.values():
            if part.added and not part.done and item.finished:
                yield Fault(f"{item.name}: {part.name} was added, but never done", part.added[0][0])
