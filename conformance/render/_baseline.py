"""What a report says of the baseline that it was held against.

Law: words alone. A stale entry comes with the next step; what nobody reviewed, and what could not be seen, is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..core.baseline import BaselineCheck, Entry
from ._text import plural, safe


def entry_words(entry: Entry) -> str:
    """`openai-chat/id-changes, target groq, scenario tools`."""
    protocol = f", protocol {entry.protocol}" if entry.protocol else ""
    return safe(f"{entry.rule}, target {entry.target}, scenario {entry.scenario}{protocol}")


def stale_words(entry: Entry) -> str:
    """Why an entry is stale."""
    return f"{entry_words(entry)}: the rule is kept now ({safe(entry.reason)}, since {safe(entry.date)})"


def next_step(check: BaselineCheck) -> str:
    """What to do about stale entries."""
    return f"Take them out of {safe(check.source)}, or run again with --update-baseline."


def remarks(check: BaselineCheck) -> Iterator[str]:
    """How many entries there are, by what became of them: whole sentences."""
    total = len(check.seen) + len(check.stale) + len(check.unseen)
    stale = f", {len(check.stale):,} stale" if check.stale else ""
    yield f"Baseline {safe(check.source)}: {plural(total, 'entry', 'entries')}, {len(check.seen):,} seen{stale}."
    if check.unseen:
        count = plural(len(check.unseen), "entry", "entries")
        yield f"{count} could not be seen: their rules judged no matching stream."
    bare = sum(not entry.reviewed for entry in (*check.seen, *check.unseen))
    if bare:
        yield f"{plural(bare, 'entry', 'entries')} not reviewed: give a reason."
