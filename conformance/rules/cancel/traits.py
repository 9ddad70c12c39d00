"""Neutral facts about a cancellation: where and how the client left, who looked, and what they saw."""

from __future__ import annotations

import re
from typing import Any

from conformance.core.recording import EndKind
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait
from conformance.rules.cancel.conditions import (
    HALF_CLOSE,
    UNSTREAMED,
    figure,
    left,
    never,
    observed,
    observer_of,
    seen,
    word,
)
from conformance.rules.cancel.conditions import propagated as propagated_ms


def _stayed(stream: Stream[Any]) -> str | None:
    """Nobody left, and nothing was looked for."""
    end = stream.recording.end
    return None if end.observed or end.kind is EndKind.CANCELLED else "nobody left the stream"


_USAGE = re.compile(rb'"usage(Metadata)?":\s*\{')


@trait("cancel.stage", statements=("X04",), eventless=True, when=_stayed)
def stage(stream: Stream[Any]) -> Value:
    """Where in the answer the client left, or why it did not leave where it was to."""
    missed = word(stream, "missed")
    return word(stream, "stage") if missed is None else f"not reached: {missed}"


@trait("cancel.how", statements=("X01",), eventless=True, when=_stayed)
def how(stream: Stream[Any]) -> Value:
    """How the client left: close, half-close, reset, rst-stream."""
    return None if left(stream) else word(stream, "how")


@trait("cancel.observer", statements=("X03", "X07", "X08", "X10", "X11", "X12", "X13"), eventless=True, when=_stayed)
def observer(stream: Stream[Any]) -> Value:
    """Who saw what became of the cancellation behind the server."""
    return None if seen(stream) else observer_of(stream)


@trait("cancel.propagated", statements=("X03",), eventless=True, when=_stayed)
def propagated(stream: Stream[Any]) -> Value:
    """Whether the cancellation reached the observer; nothing where nobody looked, or nobody was asked to stop."""
    return None if observed(stream) else propagated_ms(stream) is not None


@trait("cancel.half-close", statements=("X01",), eventless=True, when=_stayed)
def half_close(stream: Stream[Any]) -> Value:
    """What a server does when its client has sent FIN and reads on: ends the answer, or goes on with it."""
    if left(stream) or word(stream, "how") != HALF_CLOSE or stream.recording.end.observed.get("body_ended"):
        return None
    after = figure(stream, "after_bytes")
    return None if after is None else "goes on" if after else "ends"


@trait("cancel.unstreamed", statements=("X05",), eventless=True, when=_stayed)
def unstreamed(stream: Stream[Any]) -> Value:
    """Whether leaving an answer that does not stream reached the observer."""
    return None if word(stream, "stage") != UNSTREAMED or seen(stream) else not never(stream)


@trait("cancel.usage", statements=("X06",), eventless=True, when=_stayed)
def usage(stream: Stream[Any]) -> Value:
    """Whether tokens had been counted in what came before the client left: behind an abort nobody may expect it."""
    if left(stream) or word(stream, "stage") is None:
        return None
    return _USAGE.search(stream.recording.body) is not None
