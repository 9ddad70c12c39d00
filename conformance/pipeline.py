"""check(): decode -> interpret -> judge -> Run. Pure, and all of it: the file to open first.

bytes on the wire     SSE events          protocol events      findings         report
Read ---------------> ServerSentEvent --> StreamEvent -------> Finding -------> table, Markdown, JSON, ...
       core/sse.py      core/stream.py      rules, protocols      render/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .core.dialect import Dialect
from .core.finding import Run
from .core.judge import judge, overall
from .core.protocol import Protocol
from .core.recording import Recording
from .core.reproduce import reproduce
from .core.rule import Rule
from .core.stream import Stream


def check(recording: Recording, protocol: Protocol[Any], rules: Iterable[Rule], dialect: Dialect) -> Run:
    """Judges one recording."""
    stream = Stream(recording, protocol, dialect)
    outcomes = judge(stream, rules, dialect)
    return Run(
        source=recording.source,
        interaction=recording.interaction,
        protocol=protocol.name,
        dialect=dialect.name,
        model=_model(stream),
        verdict=overall(outcomes),
        outcomes=outcomes,
        traits=stream.traits,
        latency=stream.latency.figures(),
        reproduce=reproduce(recording, dialect),
        metadata=recording.metadata,
        events=len(stream.events),
        bytes=len(recording.body),
        missing=tuple(sorted(recording.missing)),
    )


def _model(stream: Stream[Any]) -> str | None:
    asked = stream.asked.get("model")
    return stream.protocol.model_of(stream) or (asked if isinstance(asked, str) else None)
