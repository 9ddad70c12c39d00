"""The stop reason is in no published list.

The API may add values, as its page on versions says, so one that nobody lists is a warning. Values of other APIs are
errors of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_stop_reason
from ..samples import TEXT
from ..view import FOREIGN_REASONS, MessagesView

_KNOWN = frozenset(
    {
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "tool_use",
        "pause_turn",
        "refusal",
        "model_context_window_exceeded",
        "compaction",  # beta
    }
)

GOOD = TEXT
BAD = TEXT.swap("end_turn", "tired")


@rule(
    level=Level.WARNING,
    family=Family.TERMINATION,
    statements=("M27",),
    cite=(
        Cite(
            "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/types/stop_reason.py",
            '"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", '
            '"model_context_window_exceeded"',
        ),
        Cite(
            "https://platform.claude.com/docs/en/api/versioning",
            "Add new variants to enum-like output values",
        ),
    ),
    when=has_stop_reason,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        for event, pointer, reason in message.reasons:
            if isinstance(reason, str) and reason.islower() and reason not in _KNOWN and reason not in FOREIGN_REASONS:
                yield Fault(f"stop_reason {reason!r} is in no published list", event, pointer)
