"""Behaviour: one row of a compatibility table, a trait, a rule or a figure, and the family that it is shown under.

Law: plain values. A rule names its family; a trait's stands in the table below, by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
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


FIGURES: Mapping[str, str] = {
    "headers": "Until the head of the response",
    "ttfb": "Until the first byte of the body",
    "first_event": "Until the first event",
    "first_reasoning": "Until the first reasoning",
    "first_text": "Until the first text",
    "first_tool_argument": "Until the first argument of a tool call",
    "gap_p50": "Median gap between events with payload",
    "gap_p95": "95th percentile of the gaps between events with payload",
    "gap_max": "Longest gap between events with payload",
    "total": "Until the end of the body",
    "events_per_read_mean": "Events per read",
    "gateway_request": "From the client's request to the gateway's own",
    "gateway_head": "Added to the head of the response",
    "gateway_first_byte": "Added to the first byte",
    "gateway_event_p50": "Added to an event, median of a stream",
    "gateway_event_p95": "Added to an event, 95th percentile of a stream",
    "gateway_event_max": "Added to an event at most",
    "gateway_events_per_write": "Events per write of the upstream",
    "gateway_events_per_read": "Events per read of the client",
    "gateway_burst_share": "Share of the events written apart that arrive together",
    "gateway_spread": "Time of arriving as a part of the time of writing",
    "gateway_abort": "From the client's abort until the upstream sees it",
    "gateway_pulled_events": "Events that the gateway still pulled after the abort",
    "gateway_pulled_bytes": "Bytes that the gateway still pulled after the abort",
}
"""Latency figures that a table shows -> what they say; in milliseconds, but for shares and counts."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A row: a trait, a rule, or a figure, of which a cell holds the median of the streams."""

    kind: str
    """`trait`, `rule` or `figure`."""
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


def of_figure(name: str) -> Behaviour:
    """The row of a latency figure."""
    family = Family.TRANSPARENCY if name.startswith("gateway_") else Family.LATENCY
    return Behaviour("figure", name, family, f"{FIGURES[name]}; median of the streams.", needs=frozenset({"timing"}))
