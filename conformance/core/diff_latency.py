"""What changed in latency: two distributions per figure, and whether the change is more than noise.

Law: only streams that answer the same request, and came to their end without an error, are compared, pair by pair:
scenarios differ more than runs do, and a refusal is as fast as ever. A median has changed where the whole bootstrap
interval lies beyond the threshold, and that of the fastest tenth, too: a burst of load slows many streams of a run
down, but not all. Else it is noise, or too few to tell. The resampling is numpy's, with a fixed seed: the same input
gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .diff import ENOUGH, Change, Figure, Group, Part, Sample, Share, Shift, Spread
from .diff_match import who
from .finding import Level

if TYPE_CHECKING:
    from numpy import ndarray
    from numpy.random import Generator

LEAST_MEDIAN, LEAST_P95 = ENOUGH, 40
"""Pairs from which on a median, and a 95th percentile, are judged: of 40 values two lie beyond it."""
RESAMPLES = 2000
CONFIDENCE = 99.0
"""Percent. Many figures are looked at in one diff: at 95 every twentieth would be a false alarm."""
FLOOR = 5.0
"""Milliseconds that a change must exceed, whatever its share: below, it says more about the machine that recorded."""
COUNTS = frozenset({"reads", "events_per_read_mean", "events_per_read_max"})
"""Figures that are no time."""
NOT_TESTED = "not tested"
TOO_FEW = "too few to tell"
UNCLEAR = "no clear change"
AS_BEFORE = f"{UNCLEAR} (the fastest tenth is as before)"
QUANTILES = (10, 50, 95)
"""Percent: the fastest tenth, the median, the tail."""
_BLOCK = 1_000_000
"""Values that are resampled at once."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which change on a figure is slower: a share of the old value, and at least FLOOR milliseconds."""

    share: float = 0.2

    def of(self, value: float) -> float:
        """Milliseconds."""
        return max(self.share * value, FLOOR)


def figures(groups: Iterable[Group], threshold: Threshold, numpy: Any) -> Iterator[Figure]:
    """Every figure of every target, protocol and model. `numpy` is the module, or None: then nothing is tested."""
    pairs: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for group in groups:
        if group.loose:
            continue
        for old, new in zip(group.old, group.new, strict=False):
            if not (_came(old) and _came(new)):
                continue
            told = pairs.setdefault(who(new), {})
            for name, value in new.run.latency.items():
                before = old.run.latency.get(name)
                if name not in COUNTS and value is not None and before is not None:
                    told.setdefault(name, []).append((before, value))
    for owner, found in pairs.items():
        for name, values in found.items():
            yield _figure(owner, name, values, threshold, numpy)


def _came(sample: Sample) -> bool:
    return sample.tells and not sample.failed


def _figure(owner: str, name: str, pairs: Sequence[tuple[float, float]], threshold: Threshold, numpy: Any) -> Figure:
    old, new = _spread([before for before, _ in pairs]), _spread([after for _, after in pairs])
    intervals = _intervals(pairs, numpy) if numpy is not None and len(pairs) >= LEAST_MEDIAN else None
    fast, median, tail = (
        _shift(getattr(old, quantile), getattr(new, quantile), threshold, intervals[index] if intervals else None)
        for index, quantile in enumerate(("p10", "median", "p95"))
    )
    if median.verdict in ("slower", "faster") and fast.verdict != median.verdict:
        median = replace(median, verdict=AS_BEFORE)
    counted = (_enough(median, len(pairs), LEAST_MEDIAN), _enough(tail, len(pairs), LEAST_P95))
    return Figure(owner, name, len(pairs), old, new, *counted)


def _enough(shift: Shift, pairs: int, least: int) -> Shift:
    return shift if pairs >= least else Shift(shift.change, verdict=f"{TOO_FEW} ({pairs} of {least} pairs)")


def _spread(values: Sequence[float]) -> Spread:
    ordered = sorted(values)
    return Spread(*(round(_quantile(ordered, percent / 100), 3) for percent in QUANTILES))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The quantile between the two nearest values, as numpy's."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _shift(old: float, new: float, threshold: Threshold, interval: tuple[float, float] | None) -> Shift:
    change = round(new - old, 3)
    if interval is None:
        return Shift(change, verdict=NOT_TESTED)
    low, high = interval
    limit = threshold.of(old)
    verdict = "slower" if low > limit else "faster" if high < -limit else UNCLEAR
    return Shift(change, round(low, 3), round(high, 3), verdict)


def _intervals(pairs: Sequence[tuple[float, float]], numpy: Any) -> list[tuple[float, float]]:
    """For each of the QUANTILES the interval in which its change lies: pairs are drawn again, with repetition."""
    values = numpy.asarray(pairs, dtype=float)
    random = numpy.random.default_rng(0)
    at_once = max(1, _BLOCK // len(pairs))
    blocks = [
        _changes(values, min(at_once, RESAMPLES - start), random, numpy) for start in range(0, RESAMPLES, at_once)
    ]
    tail = (100 - CONFIDENCE) / 2
    ends = numpy.percentile(numpy.concatenate(blocks, axis=1), [tail, 100 - tail], axis=1)
    return [(float(low), float(high)) for low, high in ends.T]


def _changes(values: ndarray[Any, Any], count: int, random: Generator, numpy: Any) -> ndarray[Any, Any]:
    """How the QUANTILES change in `count` resamples: a row each."""
    drawn = values[random.integers(0, len(values), (count, len(values)))]
    quantiles = numpy.percentile(drawn, QUANTILES, axis=1)
    changed: ndarray[Any, Any] = quantiles[:, :, 1] - quantiles[:, :, 0]
    return changed


def latency_changes(found: Iterable[Figure]) -> Iterator[Change]:
    """Figures whose median is slower (a warning), or whose tail alone is (a note); those that are faster."""
    for figure in found:
        shifts = {"median": (figure.median, Level.WARNING), "p95": (figure.p95, Level.NOTE)}
        clear = ((name, *told) for name, told in shifts.items() if told[0].verdict in ("slower", "faster"))
        quantile, shift, level = next(clear, ("", None, None))
        if shift is not None:
            old, new = (getattr(side, quantile) for side in (figure.old, figure.new))
            said = f"{quantile} {old:,.1f} -> {new:,.1f} ms"
            share = Share(figure.pairs, figure.pairs)
            worse = level if shift.verdict == "slower" else None
            yield Change(Part.LATENCY, shift.verdict, figure.name, worse, figure.who, share, share, said)
