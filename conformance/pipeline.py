"""check(): decode -> interpret -> judge -> Run. Pure, and all of it: the file to open first.

bytes on the wire     SSE events          protocol events      findings         report
Read ---------------> ServerSentEvent --> StreamEvent -------> Finding -------> table, Markdown, JSON, ...
       core/sse.py      core/stream.py      rules, protocols      render/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .core.counted import frozen, verdict_of
from .core.dialect import Dialect
from .core.finding import Outcome, Run
from .core.judge import judge
from .core.protocol import Protocol
from .core.recording import Recording
from .core.reproduce import reproduce
from .core.rule import Rule
from .core.sandwich import sandwich_of
from .core.stream import Stream


def check(
    recording: Recording,
    protocol: Protocol[Any],
    rules: Sequence[Rule],
    dialect: Dialect,
    ruleset: str | None = None,
) -> Run:
    """Judges one recording. Rules newer than `ruleset` judge, and do not count; None: all count."""
    return judged(Stream(recording, protocol, dialect), rules, ruleset)


def judged(stream: Stream[Any], rules: Sequence[Rule], ruleset: str | None = None) -> Run:
    """The same for a recording that is decoded already."""
    recording, dialect = stream.recording, stream.dialect
    outcomes = _own(stream, judge(stream, rules, dialect), rules)
    if ruleset is not None:
        outcomes = frozen(outcomes, rules, ruleset)
    return Run(
        source=recording.source,
        interaction=recording.interaction,
        protocol=stream.protocol.name,
        dialect=dialect.name,
        model=_model(stream),
        verdict=verdict_of(outcomes),
        outcomes=outcomes,
        traits=stream.traits,
        latency=_figures(stream),
        reproduce=reproduce(recording, dialect),
        metadata=recording.metadata,
        events=len(stream.events),
        bytes=len(recording.body),
        missing=tuple(sorted(recording.missing)),
        cancellation=recording.end.observed,
    )


def _own(stream: Stream[Any], outcomes: tuple[Outcome, ...], rules: Sequence[Rule]) -> tuple[Outcome, ...]:
    """The outcomes; of a gateway's client side, what its upstream broke in the same protocol is not the gateway's."""
    sandwich = sandwich_of(stream)
    answer = sandwich.answer if sandwich is not None else None
    if answer is None or answer.protocol not in (None, stream.protocol):
        return outcomes
    from .core.inherited import inherited

    return inherited(outcomes, judge(Stream(answer.recording, stream.protocol, stream.dialect), rules, stream.dialect))


def _figures(stream: Stream[Any]) -> Mapping[str, float | int | None]:
    """The latency figures, and of a gateway's two sides what it adds to them."""
    figures = stream.latency.figures()
    if sandwich_of(stream) is None:
        return figures
    from .core.transparency_timing import added

    return {**figures, **added(stream)}


def _model(stream: Stream[Any]) -> str | None:
    asked = stream.asked.get("model")
    return stream.protocol.model_of(stream) or (asked if isinstance(asked, str) else None)
