"""The message never says why it stopped.

The stop reason is null in message_start, and set by the last message_delta. Clients decide by it whether to run
tools, to go on or to end; null means none of these.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message_delta
from ..samples import TEXT, message_delta
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap(message_delta(), message_delta(None))


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("M26",),
    cite=Cite(
        "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/types/message.py",
        "In streaming mode, it is null in the `message_start` event and non-null otherwise.",
    ),
    complete=True,
    when=has_message_delta,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        if message.deltas and message.stop is not None and message.stop_reason is None:
            yield Fault("stop_reason is null when the message ends", message.deltas[-1][0], "/delta/stop_reason")
