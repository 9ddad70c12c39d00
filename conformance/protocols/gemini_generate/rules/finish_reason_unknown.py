"""A finish reason is in no published list.

The values are those of the proto, and the ones that the official SDK knows beyond it. Google adds values before it
publishes them, so a well-formed one that nobody lists is a warning, not an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_candidates
from ..samples import TEXT
from ..view import GeminiView

_PROTO = (
    "STOP MAX_TOKENS SAFETY RECITATION LANGUAGE OTHER BLOCKLIST PROHIBITED_CONTENT SPII MALFORMED_FUNCTION_CALL "
    "IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT IMAGE_OTHER NO_IMAGE IMAGE_RECITATION UNEXPECTED_TOOL_CALL "
    "TOO_MANY_TOOL_CALLS"
)
_SDK = "MISSING_THOUGHT_SIGNATURE MALFORMED_RESPONSE ESCALATION PUP_LIMITED_DISABLED CONTINUATION MODEL_ARMOR"
"""Beyond the proto in google-genai 3.3.0."""
_KNOWN = frozenset(_PROTO.split()) | frozenset(_SDK.split())

GOOD = TEXT
BAD = TEXT.swap('"STOP"', '"FINISHED"')


@rule(
    level=Level.WARNING,
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
            if isinstance(value, str) and value.isupper() and value not in _KNOWN:
                yield Fault(f"finishReason {value!r} is in no published list", event)
