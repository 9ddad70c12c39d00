"""The annotations of a text do not count 0, 1, 2, ...

`annotation_index` is the place of the annotation in the list of its content part. Where one is left out or used twice
citations are lost, or point to another source.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import has_annotations
from conformance.protocols.openai_responses.samples import WEB_SEARCH, WEB_SEARCH_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = WEB_SEARCH
BAD = stream(*edit(WEB_SEARCH_EVENTS, "output_text.annotation.added", "annotation_index", 0, which=1))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R33",),
    cite=Cite(STREAMING, "The index of the annotation within the content part."),
    when=has_annotations,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item in stream.view.items.values():
        expected: dict[object, int] = {}
        for event, data in item.annotations:
            place, index = str(data.get("content_index")), data.get("annotation_index")
            if type(index) is int:
                if index != expected.get(place, 0):
                    message = f"{item.name}: annotation_index {index}, expected {expected.get(place, 0)}"
                    yield Fault(message, event, "/annotation_index")
                expected[place] = index + 1
