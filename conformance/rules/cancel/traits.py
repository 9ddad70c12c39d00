"""Neutral facts about a cancellation: who looked, and what they saw."""

from __future__ import annotations

from typing import Any

from conformance.core.stream import Stream
from conformance.core.trait import Value, trait
from conformance.rules.cancel.conditions import observed, observer_of
from conformance.rules.cancel.conditions import propagated as propagated_ms


@trait("cancel.observer", statements=("X03",))
def observer(stream: Stream[Any]) -> Value:
    """Who saw what became of the cancellation behind the server."""
    return None if observed(stream) else observer_of(stream)


@trait("cancel.propagated", statements=("X03",))
def propagated(stream: Stream[Any]) -> Value:
    """Whether the cancellation reached the observer; nothing where nobody looked."""
    return None if observed(stream) else propagated_ms(stream) is not None
