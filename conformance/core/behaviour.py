"""Behaviour: one row of a compatibility table, a trait or a rule, and the family that it is shown under.

Law: plain values. A rule names its family; a trait's stands in the table below, by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .finding import Family, Level

if TYPE_CHECKING:
    from .rule import Rule
    from .trait import Trait

_FAMILIES = {
    "http": Family.TRANSPORT,
    "sse": Family.FRAMING,
    "keep-alive": Family.FRAMING,
    "sequence": Family.ORDER,
    "lifecycle": Family.ORDER,
    "choices.order": Family.ORDER,
    "tool-calls": Family.TOOLS,
    "tools": Family.TOOLS,
    "reasoning": Family.REASONING,
    "usage": Family.USAGE,
    "done": Family.TERMINATION,
    "finish": Family.TERMINATION,
    "termination": Family.TERMINATION,
    "terminal": Family.TERMINATION,
    "error": Family.ERRORS,
    "errors": Family.ERRORS,
    "cancel": Family.CANCELLATION,
    "timing": Family.LATENCY,
    "gateway": Family.TRANSPARENCY,
}
"""The family of a trait, by its name or what stands before the first point; any other is about shape."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A row: a trait or a rule."""

    kind: str
    """`trait` or `rule`."""
    name: str
    family: Family
    title: str = ""
    level: Level | None = None
    """Of a rule."""
    url: str | None = None
    """Where the sentence of a rule stands."""
    needs: frozenset[str] = frozenset()
    """Evidence without which a stream says nothing of it."""


def of_rule(rule: Rule) -> Behaviour:
    """The row of a rule."""
    return Behaviour("rule", rule.id, rule.family, rule.title, rule.level, rule.cite[0].url, rule.needs)


def of_trait(trait: Trait) -> Behaviour:
    """The row of a trait."""
    family = _FAMILIES.get(trait.name) or _FAMILIES.get(trait.name.partition(".")[0], Family.SHAPE)
    return Behaviour("trait", trait.name, family, trait.doc.partition("\n\n")[0], None, None, trait.needs)
