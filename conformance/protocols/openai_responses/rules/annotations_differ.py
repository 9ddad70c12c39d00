"""The annotations of a text are others than those that were streamed.

What the `response.output_text.annotation.added` events bring is the list `annotations` of the part when the item is
done. A client that collects the citations on the way shows others than the one that reads the finished message.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT, STREAMING
from conformance.protocols.openai_responses.conditions import has_annotations
from conformance.protocols.openai_responses.samples import WEB_SEARCH, WEB_SEARCH_EVENTS
from conformance.protocols.openai_responses.script import drop, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = WEB_SEARCH
BAD = (
    stream(*drop(WEB_SEARCH_EVENTS, "output_text.annotation.added", which=1)),
    stream(*edit(WEB_SEARCH_EVENTS, "output_text.annotation.added", "annotation.url", "https://example.org/")),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R33",),
    cite=(
        Cite(STREAMING, "Emitted when an annotation is added to output text content."),
        Cite(OBJECT, "The annotations of the text output."),
    ),
    when=has_annotations,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item in stream.view.items.values():
        streamed: dict[int, list[object]] = {}
        for _, data in item.annotations:
            place = data.get("content_index")
            streamed.setdefault(place if type(place) is int else 0, []).append(data.get("annotation"))
        content = item.final.get("content") if item.final else None
        for place, cited in streamed.items():
            part = content[place] if isinstance(content, list) and 0 <= place < len(content) else None
            held = part.get("annotations") if isinstance(part, dict) else None
            if item.done and held != cited:
                count = len(held) if isinstance(held, list) else 0
                differ = "others" if count == len(cited) else f"{count}"
                message = f"{item.name}: {len(cited)} annotations were streamed, the finished item holds {differ}"
                yield Fault(message, item.done[-1][0], f"/item/content/{place}/annotations")
