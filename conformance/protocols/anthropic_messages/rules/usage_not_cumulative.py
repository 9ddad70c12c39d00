"""The last count of output tokens is below the first.

The counts in message_delta are cumulative: the last one is the bill. A smaller one than message_start gave is a count
of something else. A refusal may take back what it had counted, and a compaction is counted apart (`iterations`): both
are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message_delta
from ..samples import REFUSAL, TEXT, message_start
from ..view import MessagesView

GOOD = (TEXT, REFUSAL)
BAD = TEXT.swap(message_start(), message_start({"input_tokens": 9, "output_tokens": 7}))


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=(
        "M32",
        "M33",
    ),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "The token counts shown in the `usage` field of the `message_delta` event are *cumulative*.",
    ),
    when=has_message_delta,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        usage = message.start.get("usage")
        counts = [usage.get("output_tokens") if isinstance(usage, dict) else None]
        counts += [counted.get("output_tokens") for _, _, counted in message.deltas]
        known = [count for count in counts if isinstance(count, int)]
        apart = message.stop_reason == "refusal" or any(block.type == "compaction" for block in message.blocks)
        if not apart and len(known) > 1 and known[-1] < max(known):
            event = message.deltas[-1][0]
            yield Fault(f"output_tokens ends at {known[-1]} after {max(known)}", event, "/usage/output_tokens")
