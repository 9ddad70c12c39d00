"""message_delta does not bring the usage.

The final count of output tokens stands in message_delta. The SDKs read it without asking, and raise.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message_delta
from ..samples import TEXT
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap(',"usage":{"output_tokens":5}', "")


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("M31",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "The token counts shown in the `usage` field of the `message_delta` event are *cumulative*.",
    ),
    when=has_message_delta,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.shape_faults("usage-missing")
