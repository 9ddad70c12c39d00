"""Cancellations added up: what became of all that left at one stage in one way.

Law: pure; reads judged runs, decides nothing. Figures are milliseconds; a spread says of how many it is, since three
repeats have no 95th percentile worth its name but their slowest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from .finding import Run

STAGES = (
    "before-head", "after-head", "after-events", "in-reasoning", "in-tool-arguments", "after-finish", "after-terminal",
    "unstreamed",
)  # fmt: skip
"""Where in an answer a client can leave, in the order of an answer."""


WITHIN = 2_000.0
"""Milliseconds within which a cancellation is to be seen, where the evidence names no other limit (`within_ms`)."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Figures of several repeats."""

    count: int
    p50: float
    p95: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Of these values; None where there are none."""
        if not values:
            return None
        cuts = quantiles(values, n=100, method="inclusive") if len(values) > 1 else [values[0]] * 99
        return cls(len(values), round(cuts[49], 3), round(cuts[94], 3), round(max(values), 3))


@dataclass(frozen=True, slots=True)
class Cancellations:
    """All that left one target at one stage in one way."""

    target: str
    protocol: str
    stage: str
    how: str
    asked: int
    left: int
    """Of those asked: the others did not come to leave at the stage."""
    seen: int
    """Of those that left: what an observer saw arrive."""
    late: int
    """Of those seen: what arrived later than it was to."""
    never: int
    """What an observer looked for in vain."""
    propagated: Spread | None
    """Until it was seen."""
    resolution: float | None
    """By as much, at most, the cancellation may have arrived earlier than it was seen."""
    closed: Spread | None
    """Until the client's own side was closed."""
    after: Spread | None
    """Bytes that came after the client had left."""
    baseline: float | None
    next: Spread | None
    """Until the first event of the next answer."""
    usable: int
    """Of those that left by RST_STREAM: on how many connections another request was served behind it."""
    tried: int
    """Of those: on how many one was tried."""
    observers: tuple[str, ...]
    verdicts: Mapping[str, int]
    remarks: tuple[str, ...]
    """Why some did not leave, or were not seen; each once."""
    runs: tuple[Run, ...]

    @property
    def unobserved(self) -> int:
        """Of those that left: what nobody saw become of."""
        return self.left - self.seen - self.never


def cancellations(runs: Iterable[Run]) -> list[Cancellations]:
    """One for each target, protocol, stage and way, in the order of an answer; empty where nobody left."""
    groups: dict[tuple[str, str, str, str], list[Run]] = {}
    for run in runs:
        if "stage" in run.cancellation:
            told = run.cancellation
            key = (str(run.metadata.get("target", "")), run.protocol or "", str(told["stage"]), str(told.get("how")))
            groups.setdefault(key, []).append(run)
    return sorted((_added_up(key, found) for key, found in groups.items()), key=_place)


def _place(one: Cancellations) -> tuple[str, str, int]:
    return one.target, one.protocol, STAGES.index(one.stage) if one.stage in STAGES else len(STAGES)


def _added_up(key: tuple[str, str, str, str], runs: Sequence[Run]) -> Cancellations:
    left = [run.cancellation for run in runs if "missed" not in run.cancellation]
    verdicts = [run.verdict.value for run in runs]
    return Cancellations(
        *key,
        asked=len(runs),
        left=len(left),
        seen=len(_figures(left, "propagated_ms")),
        late=sum(map(_late, left)),
        never=sum(one.get("never") is True for one in left),
        propagated=Spread.of(_figures(left, "propagated_ms")),
        resolution=max(_figures(left, "resolution_ms"), default=None),
        closed=Spread.of(_figures(left, "closed_ms")),
        after=Spread.of(_figures(left, "after_bytes")),
        baseline=max(_figures(left, "baseline_ms"), default=None),
        next=Spread.of(_figures(left, "next_ms")),
        usable=sum(one.get("session_usable") is True for one in left),
        tried=sum("session_usable" in one for one in left),
        observers=_each(one.get("observer") for one in left),
        verdicts={verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)},
        remarks=_each(told.get("missed", told.get("unobserved")) for told in (run.cancellation for run in runs)),
        runs=tuple(runs),
    )  # fmt: skip


def _late(told: Mapping[str, object]) -> bool:
    """True where it was late at the last look that did not show it yet: see the rule cancel/propagated-late."""
    after, resolution, limit = (_figures([told], name) for name in ("propagated_ms", "resolution_ms", "within_ms"))
    return bool(after) and after[0] - sum(resolution) > (limit[0] if limit else WITHIN)


def _figures(told: Iterable[Mapping[str, object]], name: str) -> list[float]:
    found = (one.get(name) for one in told)
    return [float(value) for value in found if isinstance(value, int | float) and not isinstance(value, bool)]


def _each(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
