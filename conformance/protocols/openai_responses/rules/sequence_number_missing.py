"""Events have no `sequence_number`.

The number tells in which order events were sent, and where to take up a stream that broke off (`starting_after`). Typed
clients require it on every event, the `error` event and extensions too. A number below zero, or one that is no integer,
counts as missing. OpenAI's own streams had none before June 2025: a response that was created by then is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import NUMBER, NUMBER_GROWS
from conformance.protocols.openai_responses.conditions import has_numbers_yet
from conformance.protocols.openai_responses.samples import TEXT
from conformance.protocols.openai_responses.script import exchange, message, stream
from conformance.protocols.openai_responses.view import ResponsesView

_OLD = stream(*exchange(message("Hello"), created_at=1741476542, completed_at=None))
GOOD = (TEXT, _OLD.but(body=re.sub(rb'"sequence_number":\d+,', b"", _OLD.raw)))
BAD = (TEXT.swap('"sequence_number":4,', "", 1), TEXT.swap('"sequence_number":0,', '"sequence_number":-1,', 1))


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R05", "R43"),
    cite=(NUMBER, NUMBER_GROWS),
    when=has_numbers_yet,
    breaks=(Breaks("strict Responses clients", "https://github.com/lemonade-sdk/lemonade/issues/3607"),),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    missing = stream.view.unnumbered
    if missing is not None:
        total = sum(seen.count for seen in stream.view.kinds.values())
        message = f"{missing.count} of {total} events have no sequence_number that is an integer from 0 up"
        yield Fault(message, missing.first, "/sequence_number")
