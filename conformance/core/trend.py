"""A target over time: what became of its streams in each run, how fast they were, and what changed from run to run.

Law: pure. A run is compared with the run before it in which the same scenario was asked; what one of them cannot tell
is no change. Figures are told, never judged: latency that varies is no regression (`conformance diff` tests that).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median

from .finding import JUDGED, LETTERS, Verdict

FIGURES = {
    "ttfb": "first byte",
    "first_text": "first text",
    "gap_p95": "gap p95",
    "total": "total",
}
"""The figures that a trend shows -> what they are called. Milliseconds."""
_WORST = (Verdict.FAIL, Verdict.KNOWN, Verdict.WAIVED, Verdict.INCONCLUSIVE, Verdict.PASS)
"""Of several streams of one scenario the first of these is the verdict; else it could not be told."""
_TIMED = ("timing.", "http.month")
"""Traits that vary with the clock and the network alone: they are no change."""
_VERDICTS = {letter: verdict for verdict, letter in LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Sample:
    """One judged stream, as a history keeps it."""

    run: int
    """Number of its run, rising with time."""
    at: str
    """When the run was kept: UTC, ISO 8601."""
    ruleset: str
    target: str
    protocol: str
    scenario: str
    """The scenario, or the name of the file where the recording names none."""
    model: str | None
    verdict: Verdict
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """Rule -> the letter of its verdict."""
    traits: Mapping[str, object] = field(default_factory=dict)
    latency: Mapping[str, float | int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a target: its verdicts counted, its figures as medians over the streams."""

    run: int
    at: str
    verdicts: Mapping[str, int]
    figures: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One scenario over all runs."""

    scenario: str
    verdicts: tuple[Verdict | None, ...]
    """One for each run; None where it was not asked."""
    shares: tuple[str, ...]
    """`fail 1/3`, one for each run; empty where it was not asked."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from the run before."""

    run: int
    at: str
    scenario: str
    kind: str
    """`verdict`, `rule`, `trait`, `model` or `ruleset`."""
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Course:
    """One protocol of a target over all runs."""

    protocol: str
    points: tuple[Point, ...]
    lines: tuple[Line, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """A target over time, by protocol."""

    target: str
    courses: tuple[Course, ...] = ()


def trend(target: str, samples: Iterable[Sample]) -> Trend:
    """The trend of samples in the order of their runs."""
    ranked = sorted(samples, key=lambda one: (one.protocol, one.run, one.scenario))
    return Trend(target, tuple(_course(name, list(own)) for name, own in groupby(ranked, key=lambda one: one.protocol)))


def _course(protocol: str, samples: Sequence[Sample]) -> Course:
    runs = [list(own) for _, own in groupby(samples, key=lambda one: one.run)]
    names = list(dict.fromkeys(one.scenario for one in samples))
    by_name = {name: [[one for one in run if one.scenario == name] for run in runs] for name in names}
    changes = [change for name in names for change in _changes(name, by_name[name])]
    return Course(
        protocol,
        tuple(map(_point, runs)),
        tuple(_line(name, by_name[name]) for name in names),
        tuple(sorted([*_rulesets(runs), *changes], key=lambda change: (change.run, change.scenario))),
    )


def _point(run: Sequence[Sample]) -> Point:
    verdicts = {verdict.value: sum(one.verdict is verdict for one in run) for verdict in Verdict}
    counted = {name: count for name, count in verdicts.items() if count}
    return Point(run[0].run, run[0].at, counted, {name: _median(run, name) for name in FIGURES})


def _median(run: Iterable[Sample], figure: str) -> float | None:
    known = [value for one in run if isinstance(value := one.latency.get(figure), int | float)]
    return median(known) if known else None


def _line(name: str, runs: Sequence[Sequence[Sample]]) -> Line:
    return Line(name, tuple(map(_verdict, runs)), tuple(map(_share, runs)))


def _verdict(same: Sequence[Sample]) -> Verdict | None:
    """The worst verdict of one scenario in one run; None where it was not asked."""
    seen = {one.verdict for one in same}
    return next((verdict for verdict in _WORST if verdict in seen), same[0].verdict) if same else None


def _share(same: Sequence[Sample]) -> str:
    verdict = _verdict(same)
    if verdict is None:
        return ""
    return verdict.value if len(same) == 1 else f"{verdict.value} {sum(s.verdict is verdict for s in same)}/{len(same)}"


# What changed


def _rulesets(runs: Sequence[Sequence[Sample]]) -> Iterator[Change]:
    for before, after in pairwise(runs):
        if before[0].ruleset != after[0].ruleset:
            first = after[0]
            yield Change(first.run, first.at, "", "ruleset", "", before[0].ruleset, first.ruleset)


def _changes(name: str, runs: Sequence[Sequence[Sample]]) -> Iterator[Change]:
    """What changed in one scenario between the runs in which it was asked."""
    for before, after in pairwise(run for run in runs if run):
        told = [("verdict", "", *_flip(before, after)), ("model", "", *_models(before, after))]
        told += [("rule", rule, *_letters(before, after, rule)) for rule in _named(before, after, "outcomes")]
        traits = [name for name in _named(before, after, "traits") if not name.startswith(_TIMED)]
        told += [("trait", trait, *_shown(before, after, trait)) for trait in traits]
        for kind, what, old, new in told:
            if old and new and old != new:
                yield Change(after[0].run, after[0].at, name, kind, what, old, new)


def _flip(before: Sequence[Sample], after: Sequence[Sample]) -> tuple[str, str]:
    """Both verdicts with their shares, where they differ."""
    return (_share(before), _share(after)) if _verdict(before) is not _verdict(after) else ("", "")


def _models(before: Sequence[Sample], after: Sequence[Sample]) -> tuple[str, str]:
    old, new = (", ".join(sorted({one.model for one in run if one.model})) for run in (before, after))
    return old, new


def _named(before: Sequence[Sample], after: Sequence[Sample], member: str) -> list[str]:
    """The rules, or the traits, that both runs tell something of."""
    old, new = ({name for one in run for name in getattr(one, member)} for run in (before, after))
    return sorted(old & new)


def _letters(before: Sequence[Sample], after: Sequence[Sample], rule: str) -> tuple[str, str]:
    """The verdicts of one rule, where it judged in both runs."""
    old, new = (_judged(run, rule) for run in (before, after))
    return old, new


def _judged(run: Sequence[Sample], rule: str) -> str:
    seen = {_VERDICTS.get(one.outcomes.get(rule, "")) for one in run}
    return next((verdict.value for verdict in _WORST if verdict in seen and verdict in JUDGED), "")


def _shown(before: Sequence[Sample], after: Sequence[Sample], trait: str) -> tuple[str, str]:
    """The values of one trait, where both runs show some."""
    old, new = (_values(run, trait) for run in (before, after))
    return old, new


def _values(run: Sequence[Sample], trait: str) -> str:
    seen = {_said(one.traits[trait]) for one in run if one.traits.get(trait) is not None}
    return " or ".join(sorted(seen))


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)
