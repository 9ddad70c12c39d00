"""Rules as a list, by room: level, name, family, title.

Law: one line per rule, at any width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from ..core.finding import Level
from ..core.rule import Rule
from ._text import Paint, clip, listed, pad, plural

_WIDE = 100


def rule_list(rules: Sequence[Rule], title_of: Callable[[str], str], columns: int, paint: Paint) -> Iterator[str]:
    """The list, grouped by the first part of the id, with totals."""
    longest = max((len(rule.name) for rule in rules), default=0)
    families = max((len(rule.family) for rule in rules), default=0) + 2 if columns >= _WIDE else 0
    for room, members in groupby(rules, key=lambda rule: rule.id.partition("/")[0]):
        yield f"{paint(room, 'bold')}  {paint(clip(title_of(room), columns - len(room) - 2), 'dim')}"
        for rule in members:
            head = f"  {paint(pad(rule.level.label, 7), rule.level.label)}  {pad(rule.name, longest)}  "
            family = paint(pad(rule.family.value, families), "dim") if families else ""
            title = clip(rule.title, columns - 13 - longest - families)
            yield f"{head}{family}{title}"
        yield ""
    counts = [(level, sum(rule.level is level for rule in rules)) for level in reversed(Level)]
    yield f"{plural(len(rules), 'rule')}: {listed(plural(count, level.label) for level, count in counts if count)}."


def rule_data(rule: Rule) -> dict[str, Any]:
    """One rule as plain values."""
    return {
        "id": rule.id,
        "level": rule.level.label,
        "family": rule.family.value,
        "title": rule.title,
        "since": rule.since,
        "cite": [{"url": cite.url, "quote": cite.quote} for cite in rule.cite],
        "breaks": [{"client": item.client, "url": item.url} for item in rule.breaks],
        "statements": list(rule.statements),
        "needs": sorted(evidence.value for evidence in rule.needs),
        "page": rule.page.strip(),
    }
