"""Events come without an `event:` line.

Every event of the Responses API has its type in an `event:` line as well as in the data. OpenAI's SDKs read the type
from the data; a client that listens for named events (every `EventSource`, and those that dispatch by the line) hears
nothing at all. OpenRouter and `transformers serve` send no such line.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN
from conformance.protocols.openai_responses.samples import TEXT
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = TEXT.but(body="\n".join(line for line in str(TEXT.body).split("\n") if not line.startswith("event:")))


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("R01",),
    cite=Cite(OPEN, "The `event` field MUST match the `type` in the event body."),
    breaks=(Breaks("billion-context", "https://github.com/ranxianglei/billion-context/pull/550"),),
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    unnamed = [seen for (name, _), seen in stream.view.names.items() if not name]
    if unnamed:
        count, total = sum(seen.count for seen in unnamed), sum(seen.count for seen in stream.view.kinds.values())
        yield Fault(f"{count} of {total} events have no event: line", min(seen.first for seen in unnamed))
