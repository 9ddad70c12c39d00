"""A finish reason is not written as the API writes them.

The API's values are upper-case names (`STOP`, `MAX_TOKENS`). Gateways that translate send `stop` or `length`; typed
clients fail to parse it, others do not see that the answer was cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_candidates
from ..samples import TEXT
from ..view import GeminiView

_NAME = re.compile(r"[A-Z][A-Z0-9_]*\Z")

GOOD = TEXT
BAD = TEXT.swap('"STOP"', '"stop"')


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("G12",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "Defines the reason why the model stopped generating tokens.",
    ),
    when=has_candidates,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    for candidate in stream.view.candidates.values():
        for event, value in candidate.finishes:
            if not (isinstance(value, str) and _NAME.match(value)):
                yield Fault(f"finishReason is {value!r}, expected an upper-case name such as 'STOP'", event)
