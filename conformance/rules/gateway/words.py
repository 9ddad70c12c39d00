"""Words that the rules of this folder share: what differs between two texts, and which members were touched.

Law: short, with the values seen; a list that is long says how long.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from conformance.core.transparency_change import Change

_MOST = 6
_LONG = 40


def quoted(value: object) -> str:
    """A value, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def counted(number: int, what: str) -> str:
    """`1 event`, `2 events`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def became(change: Change) -> str:
    """`'a' became 'b' (21 events)`."""
    return f"{quoted(change.before)} became {quoted(change.after)} ({counted(change.count, 'event')})"


def difference(sent: str, got: str, what: str) -> str:
    """How what arrived differs from what was sent; `what` names it (`text`)."""
    if not got:
        return f"the upstream sent {counted(len(sent), 'character')} of {what}, and none arrived"
    if sent.startswith(got):
        return f"of {counted(len(sent), 'character')} of {what} only the first {len(got):,} arrived"
    if got.startswith(sent):
        return f"behind the upstream's {what} the gateway added {quoted(got[len(sent) :])}"
    place = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(sent, got, strict=False)))
    return f"from character {place:,} on the {what} is {quoted(got[place:])} instead of {quoted(sent[place:])}"


def paths_of(changes: Sequence[Change]) -> str:
    """The members that changes touch, and in how many events at most: `/model, /created (21 events)`."""
    named = ", ".join(change.path or "the data" for change in changes[:_MOST])
    more = f" and {len(changes) - _MOST} more" if len(changes) > _MOST else ""
    return f"{named}{more} ({counted(max(change.count for change in changes), 'event')})"
