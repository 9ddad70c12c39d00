"""Keep-alives hide that nothing comes.

Comments and pings keep a connection open whose upstream has died: every timer that counts bytes starts anew, and the
client waits for ever. Here no event with payload came for five minutes while the stream went on to show signs of life.
Clients that count payload alone give up after that time.

Silences without any byte are reported by the rules about those.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.timing.samples import PLAIN, timed, token
from conformance.rules.timing.silence import fatal, longest

LIMIT = 300_000.0
"""Milliseconds."""


def _alive(stream: Stream[Any]) -> str | None:
    return "the stream was silent altogether: timing/silent-for-a-minute" if fatal(longest(stream)) else None


_PINGS = [(10_000.0 * n, ": ping\n\n") for n in range(1, 35)]

GOOD = (PLAIN, timed([(50.0, token(0)), *_PINGS[:20], (205_000.0, token(1))], 205_001.0))
BAD = timed([(50.0, token(0)), *_PINGS, (350_000.0, token(1))], 350_001.0)


@rule(
    level=Level.WARNING,
    family=Family.LATENCY,
    statements=("S18",),
    cite=(
        Cite(
            "https://github.com/aaif-goose/goose/pull/11816",
            "fix(providers): catch SSE keepalive-masked stream stalls with a data-line idle watchdog",
        ),
        Cite(
            "https://github.com/can1357/oh-my-pi/issues/9741",
            "DeepSeek streams silently stall mid-generation; omp only detects it after the 300s idle watchdog",
        ),
    ),
    breaks=(
        Breaks("goose", "https://github.com/aaif-goose/goose/pull/11816"),
        Breaks("hermes-agent", "https://github.com/NousResearch/hermes-agent/pull/78818"),
    ),
    needs=(Evidence.TIMING, Evidence.READS),
    when=_alive,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    silence = stream.latency.silence_payload
    if silence is not None and silence > LIMIT:
        yield Fault(f"no payload for {silence / 1000:.0f} s, while {_signs(stream)}")


def _signs(stream: Stream[Any]) -> str:
    comments, idle = len(stream.facts.comments), len(stream.marks.idle)
    return f"{comments} comments and {idle} events without payload came"
