"""Cancelled streams from which the rules of this folder make their good and bad examples."""

from __future__ import annotations

from conformance.core.example import Example
from conformance.core.recording import End, EndKind


def cancelled(**observed: object) -> Example:
    """A stream that the client cancelled after two events, and what an observer saw of it."""
    end = End(EndKind.CANCELLED, by="client", detail="after 2 events", observed=observed)
    return Example('data: {"text":"Hel"}\n\ndata: {"text":"lo"}\n\n', end=end).paced()
