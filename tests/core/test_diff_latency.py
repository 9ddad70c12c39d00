"""Latency: noise is no regression, a shift of all streams is one, and few pairs tell nothing."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from conformance.core.diff import By, Figure, Group, Sample
from conformance.core.diff_latency import NOT_TESTED, Threshold, figures, latency_changes
from conformance.core.finding import Level
from tests.core.diffs import sample

Random = numpy.random.default_rng


def measured(value: float, **more: Any) -> Sample:
    return sample(latency={"ttfb": value, "reads": 7, "total": None}, **more)


def compared(old: list[float], new: list[float], module: Any = numpy, by: By = By.SCENARIO) -> Figure | None:
    groups = [
        Group(f"g{number}", by, (measured(before),), (measured(after),))
        for number, (before, after) in enumerate(zip(old, new, strict=True))
    ]
    return next(figures(groups, Threshold(0.2), module), None)


def noise(seed: int, size: int = 30) -> list[float]:
    """Times as a network makes them: scenarios differ, and most are near their best."""
    base = Random(1).uniform(80, 400, size)
    return list(base + Random(seed).exponential(40, size))


def levels(figure: Figure | None) -> list[tuple[str, Level | None]]:
    return [(one.change, one.level) for one in latency_changes([figure] if figure else [])]


@pytest.mark.parametrize("seed", range(2, 12))
def test_noise_is_no_regression(seed: int) -> None:
    figure = compared(noise(seed), noise(seed + 100))
    assert figure is not None and figure.median.verdict.startswith("no clear change")
    assert levels(figure) == []


def test_all_streams_slower_is_a_warning_and_faster_is_better() -> None:
    old = noise(2)
    slow = compared(old, [value * 1.6 for value in noise(3)])
    assert levels(slow) == [("slower", Level.WARNING)]
    assert slow is not None and slow.median.low is not None and slow.median.high is not None
    assert 0 < slow.median.low < slow.median.change < slow.median.high
    assert levels(compared([value * 3 for value in noise(3)], old)) == [("faster", None)]


def test_a_burst_of_load_that_spares_the_fastest_is_no_regression() -> None:
    old = [100.0 + number for number in range(30)]
    new = [value if number < 6 else value * 3 for number, value in enumerate(old)]
    figure = compared(old, new)
    assert figure is not None and figure.median.verdict == "no clear change (the fastest tenth is as before)"


def test_the_tail_alone_is_a_note() -> None:
    old = [100.0 + number % 7 for number in range(100)]
    new = [value * (8 if number % 8 == 0 else 1) for number, value in enumerate(old)]
    assert levels(compared(old, new)) == [("slower", Level.NOTE)]


def test_a_change_below_the_threshold_or_the_floor_is_none() -> None:
    assert levels(compared([100.0] * 20, [115.0] * 20)) == []
    assert levels(compared([2.0] * 20, [6.0] * 20)) == [], "four milliseconds say more of the machine"
    assert levels(compared([100.0] * 20, [130.0] * 20)) == [("slower", Level.WARNING)]


def test_few_pairs_tell_nothing() -> None:
    figure = compared([100.0] * 9, [500.0] * 9)
    assert figure is not None and figure.median.verdict == "too few to tell (9 of 10 pairs)"
    assert (figure.median.change, figure.median.low, levels(figure)) == (400.0, None, [])
    figure = compared([100.0] * 39, [100.0] * 39)
    assert figure is not None and figure.p95.verdict == "too few to tell (39 of 40 pairs)"


def test_without_numpy_nothing_is_called_a_change() -> None:
    figure = compared([100.0] * 20, [500.0] * 20, None)
    assert figure is not None and figure.median.verdict == NOT_TESTED and levels(figure) == []
    assert (figure.old.median, figure.new.median, figure.median.change) == (100.0, 500.0, 400.0)


def test_quantiles_are_numpys() -> None:
    values = noise(5, 23)
    figure = compared(values, values)
    assert figure is not None
    assert (figure.old.p10, figure.old.median, figure.old.p95) == pytest.approx(
        numpy.percentile(values, [10, 50, 95]), abs=0.001
    )


def test_other_requests_and_counts_are_not_compared() -> None:
    assert compared([100.0] * 20, [500.0] * 20, by=By.PROVIDER) is None
    figure = compared([100.0], [100.0])
    assert figure is not None and figure.name == "ttfb"


def test_many_pairs_are_resampled_in_blocks_to_the_same_effect() -> None:
    figure = compared([100.0] * 1500, [140.0] * 1500)
    assert figure is not None and (figure.median.low, figure.median.high) == (40.0, 40.0)
