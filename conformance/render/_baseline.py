"""What a report says of the baseline that it was held against.

Law: words alone. A stale entry comes with the next step; what nobody reviewed, and what could not be seen, is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..core.baseline import BaselineCheck, Entry
from ._text import plural, safe, some


def together(entries: Iterable[Entry]) -> list[tuple[Entry, ...]]:
    """Entries that differ in the scenario alone, side by side: one rule often fails in all of them."""
    found: dict[Entry, list[Entry]] = {}
    for entry in entries:
        found.setdefault(replace(entry, scenario=""), []).append(entry)
    return [tuple(alike) for alike in found.values()]


def entry_words(*alike: Entry) -> str:
    """`openai-chat/id-changes, target groq, scenario tools`; of several `3 scenarios (text, tools and usage)`."""
    first = alike[0]
    protocol = f", protocol {first.protocol}" if first.protocol else ""
    names = [entry.scenario for entry in alike]
    where = f"scenario {names[0]}" if len(names) == 1 else f"{len(names):,} scenarios ({some(names)})"
    return safe(f"{first.rule}, target {first.target}, {where}{protocol}")


def stale_words(*alike: Entry) -> str:
    """Why an entry, or several that are alike, is stale."""
    first = alike[0]
    return f"{entry_words(*alike)}: the rule is kept now ({safe(first.reason)}, since {safe(first.date)})"


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
