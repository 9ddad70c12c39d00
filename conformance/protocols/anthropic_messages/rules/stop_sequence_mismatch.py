"""The stop sequence and the stop reason do not agree.

`stop_sequence` holds the sequence that ended the message, when one did, and it is one of those that the request gave.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message_delta
from ..samples import STOP_SEQUENCE, TEXT
from ..view import MessagesView

GOOD = (STOP_SEQUENCE, TEXT)
BAD = STOP_SEQUENCE.swap('"stop_sequence":"END"', '"stop_sequence":null')


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("M28",),
    cite=Cite(
        "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/types/message.py",
        "Which custom stop sequence was generated, if any.",
    ),
    when=has_message_delta,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    asked = stream.asked.get("stop_sequences")
    for message in stream.view.messages:
        for event, delta, _ in message.deltas:
            reason, sequence = delta.get("stop_reason"), delta.get("stop_sequence")
            if (reason == "stop_sequence") != (sequence is not None):
                yield Fault(f"stop_reason {reason!r} with stop_sequence {sequence!r}", event, "/delta/stop_sequence")
            elif sequence is not None and isinstance(asked, list) and sequence not in asked:
                yield Fault(f"stop_sequence {sequence!r} was not asked for", event, "/delta/stop_sequence")
