"""One JSON text is spread over several `data` lines.

Readers join the lines with a line feed, and the JSON is whole again. Many clients of LLM streams do not join: they take
each line for itself, or keep the last one, and fail on the piece. Written on one line the same JSON works everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import known_protocol
from conformance.rules.sse.odd import odd_events
from conformance.rules.sse.samples import CHAT

GOOD = CHAT
BAD = CHAT.swap('"object":', '\ndata: "object":', 1)


@rule(
    level=Level.WARNING,
    family=Family.FRAMING,
    statements=("S07", "S22"),
    cite=Cite(
        "https://github.com/open-metadata/OpenMetadata/pull/28945",
        "fix(sse): concatenate multi-line SSE data fields instead of overwriting",
    ),
    breaks=(
        Breaks("OpenMetadata", "https://github.com/open-metadata/OpenMetadata/pull/28945"),
        Breaks("durable-streams", "https://github.com/durable-streams/durable-streams/pull/77"),
    ),
    needs=(Evidence.FRAMING,),
    when=known_protocol,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    several = [event for event in odd_events(stream) if event.data_lines > 1 and event.parsed is not None]
    several = [event for event in several if event.flaw is None]
    if several:
        most = max(event.data_lines for event in several)
        yield Fault(
            f"{len(several)} of {len(stream.events)} events hold JSON over several data lines (up to {most})",
            several[0].index,
        )
