"""Lines end in different ways within one stream.

CRLF, LF and CR may be mixed, and a conforming reader takes them all. Readers that wait for a pair of equal line ends
(`\\n\\n`, `\\r\\n\\r\\n`, `\\r\\r`) hold an event back until the next one that ends in their way, or until the
connection closes. A mixture is the mark of something on the way that writes lines of its own into a stream of others.

A stream that uses one kind throughout, be it CRLF, is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.sse.samples import PLAIN

GOOD = (PLAIN, PLAIN.swap("\n", "\r\n"))
BAD = PLAIN.swap("\n\n", "\n\r\n", 2)


@rule(
    level=Level.NOTE,
    family=Family.FRAMING,
    statements=("S04",),
    cite=Cite("https://github.com/openai/openai-node/pull/2309", "fix(streaming): handle mixed SSE line endings"),
    breaks=(
        Breaks("openai-node", "https://github.com/openai/openai-node/pull/2309"),
        Breaks("anthropic-sdk-typescript", "https://github.com/anthropics/anthropic-sdk-typescript/pull/1049"),
    ),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    facts = stream.facts
    counts = {"LF": facts.lf, "CRLF": facts.crlf, "CR": facts.cr}
    used = [f"{count} end with {name}" for name, count in counts.items() if count]
    if len(used) > 1:
        yield Fault(f"of {sum(counts.values())} lines {', '.join(used)}")
