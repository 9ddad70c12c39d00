"""What the dialect expects of a stream's traits, and where a stream disagrees.

Law: an expectation is judged only where the stream shows its trait. What a broken-off stream does not show is not held
against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.core.dialect import Expectation
from conformance.core.rule import Condition, Fault
from conformance.core.stream import Stream
from conformance.core.trait import Value


def expected(stream: Stream[Any], habits: bool) -> list[Expectation]:
    """What the dialect promises of this protocol (or, with `habits`, is known to do)."""
    name = stream.protocol.name
    return [
        item
        for item in stream.dialect.expectations
        if item.observed is habits and (not item.protocols or name in item.protocols)
    ]


def shown(habits: bool) -> Condition:
    """The dialect expects something that this stream shows."""
    what = "habit" if habits else "promise"

    def when(stream: Stream[Any]) -> str | None:
        if not stream.dialect.expectations:
            return f"the dialect {stream.dialect.name!r} expects nothing of its own"
        items = expected(stream, habits)
        if not items:
            return f"the dialect {stream.dialect.name!r} has no {what} for this protocol"
        if stream.cut:
            return f"the transport broke off ({stream.cut})"
        if not any(item.shown_by(stream.traits) for item in items):
            return f"the recording shows nothing of {', '.join(sorted({item.trait for item in items}))}"
        return None

    return when


def disagreements(stream: Stream[Any], habits: bool, word: Callable[[Expectation, Value], str]) -> Iterator[Fault]:
    """A fault, in the words of `word`, for every trait whose value is none of those expected."""
    traits = stream.traits
    for item in expected(stream, habits):
        if item.shown_by(traits) and not item.kept_by(traits):
            yield Fault(word(item, traits[item.trait]))


def promised(rule: str) -> Condition:
    """The dialect promises to keep this rule, which judges nobody else."""

    def when(stream: Stream[Any]) -> str | None:
        if stream.dialect.promise(rule) is None:
            return f"the dialect {stream.dialect.name!r} does not promise it"
        return None

    return when
