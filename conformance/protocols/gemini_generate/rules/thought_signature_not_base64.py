"""A thought signature is not base64.

The signature is opaque bytes, and bytes are base64 in JSON. Clients decode it when they read the part, and send it
back with the next turn; one that does not decode ends the stream or the conversation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_signatures
from ..samples import THINKING
from ..view import GeminiView

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}\Z")


def _is_base64(text: str) -> bool:
    """Standard or URL-safe, padded or not: the proto's JSON form accepts both."""
    return bool(_BASE64.match(text)) and len(text.rstrip("=")) % 4 != 1


GOOD = THINKING
BAD = THINKING.swap("c2lnbmVk", "not base64!")


@rule(
    level=Level.ERROR,
    family=Family.REASONING,
    statements=("G17",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/content.proto",
        "An opaque signature for the thought so it can be reused in subsequent requests.",
    ),
    when=has_signatures,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    for candidate in stream.view.candidates.values():
        for event, pointer, part in candidate.special:
            signature = part.get("thoughtSignature")
            if isinstance(signature, str) and not _is_base64(signature):
                yield Fault(f"the signature is not base64: {signature[:40]!r}", event, f"{pointer}/thoughtSignature")
