"""The stream opens with a byte order mark.

The standard allows one and has readers take it off, but most readers written for LLM streams do not: for them the first
field is named `\\ufeffdata`, which is unknown, and the first event is lost without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.sse.samples import PLAIN

GOOD = PLAIN
BAD = PLAIN.but(body=b"\xef\xbb\xbf" + PLAIN.raw)


@rule(
    level=Level.WARNING,
    family=Family.FRAMING,
    statements=("S03",),
    cite=(
        Cite(
            "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation",
            "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any.",
        ),
        Cite("https://github.com/openai/openai-python/pull/3819", "fix(streaming): preserve first SSE event after BOM"),
    ),
    breaks=(
        Breaks("openai-python", "https://github.com/openai/openai-python/pull/3819"),
        Breaks("assistant-stream", "https://github.com/assistant-ui/assistant-ui/pull/6954"),
        Breaks("a2a-python", "https://github.com/a2aproject/a2a-python/pull/1259"),
    ),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    if stream.facts.bom:
        yield Fault("the body begins with EF BB BF: readers that keep it lose the first event", offset=0)
