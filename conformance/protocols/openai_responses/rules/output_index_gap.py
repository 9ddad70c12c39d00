"""The output indices do not count 0, 1, 2, ...

Items are added in the order in which they stand in `output`, each at the next index. Where one is left out or used
twice, an index means one item in the stream and another in the final response. A stream that takes up an earlier one
may begin at any index.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import HELPER, STREAMING
from conformance.protocols.openai_responses.conditions import first_missteps, has_items
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS, TWO_TOOLS, TWO_TOOLS_EVENTS
from conformance.protocols.openai_responses.script import stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, TWO_TOOLS)
BAD = (
    stream(*({**event, "output_index": 1} if "output_index" in event else event for event in TEXT_EVENTS)),
    stream(*({**event, "output_index": 0} if "output_index" in event else event for event in TWO_TOOLS_EVENTS)).but(
        also=tuple(
            f"openai-responses/{name}"
            for name in (
                "arguments-differ-from-deltas",
                "call-changes",
                "delta-after-done",
                "item-id-changes",
                "output-differs-from-items",
            )
        )
    ),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R14",),
    cite=(
        Cite(STREAMING, "The index of the output item that was added."),
        Cite(HELPER, "Duplicate response output index"),
    ),
    when=has_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    expected = 0
    for event, index in stream.view.added:
        if type(index) is not int:
            continue
        if index != expected and not stream.view.resumed:
            yield Fault(f"an item is added at output_index {index}, expected {expected}", event, "/output_index")
        expected = index + 1
    if stream.view.resumed:
        yield from first_missteps(stream, "output-index-gap")
