"""`data:` is not followed by a space.

The space is optional, and a conforming reader takes off one where it stands. Clients that look for the six characters
`data: ` read nothing of a stream without it, and say nothing. Every provider that was recorded sends the space.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import known_protocol
from conformance.rules.sse.samples import CHAT

GOOD = CHAT
BAD = CHAT.swap("data: ", "data:")


@rule(
    level=Level.WARNING,
    family=Family.FRAMING,
    statements=("S08", "S08b"),
    cite=(
        Cite(
            "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation",
            "If value starts with a U+0020 SPACE character, remove it from value.",
        ),
        Cite(
            "https://github.com/huggingface/huggingface_hub/issues/4536",
            'Streaming crashes with JSONDecodeError on "data:[DONE]" (no space after colon)',
        ),
    ),
    breaks=(
        Breaks("python-genai", "https://github.com/googleapis/python-genai/pull/2584"),
        Breaks("huggingface_hub", "https://github.com/huggingface/huggingface_hub/issues/4536"),
        Breaks("genai-bench", "https://github.com/sgl-project/genai-bench/issues/159"),
    ),
    on=On.STREAM,
    needs=(Evidence.FRAMING,),
    when=known_protocol,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    facts = stream.facts
    if facts.no_space:
        yield Fault(f"{facts.no_space} data lines without a space behind the colon", offset=facts.no_space_at)
