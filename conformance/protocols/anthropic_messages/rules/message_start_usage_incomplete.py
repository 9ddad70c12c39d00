"""message_start does not bring the usage.

`input_tokens` and `output_tokens` stand in message_start; the SDKs read them there without asking, and fail on a
message without.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message
from ..samples import TEXT
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap('"input_tokens":9,', "")


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("M04",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "`message_start`: contains a `Message` object with empty `content`.",
    ),
    when=has_message,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.shape_faults("message-start-usage-incomplete")
