"""A target over time: what became of its streams in each run, how fast they were, and what changed from run to run.

Law: pure. What a scenario shows in a run is compared with the last run before it that told of it: "we could not tell"
is no change. Figures are told, never judged: latency that varies is no regression (`conformance diff` tests that).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median

from .dialect import MONTH
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
_PASSING = ("timing.", MONTH)
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

    @property
    def worst(self) -> str:
        """The verdict that says most of the run: `fail` where one stream fails."""
        return next((verdict.value for verdict in _WORST if verdict.value in self.verdicts), next(iter(self.verdicts)))


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
    """What is told otherwise than the last time."""

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
    grouped = [_by_scenario(run) for run in runs]
    by_name = {name: [run.get(name, []) for run in grouped] for name in names}
    changes = [change for name in names for change in _changes(name, by_name[name])]
    return Course(
        protocol,
        tuple(map(_point, runs)),
        tuple(_line(name, by_name[name]) for name in names),
        tuple(sorted([*_rulesets(runs), *changes], key=lambda change: (change.run, change.scenario))),
    )


def _by_scenario(run: Iterable[Sample]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for one in run:
        found.setdefault(one.scenario, []).append(one)
    return found


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
    """What is told otherwise in a run than in the last one before it that told of it."""
    last: dict[tuple[str, str], tuple[str, str]] = {}
    before: Sequence[Sample] = ()
    for run in runs:
        for (kind, what), (value, words) in _told(run, before):
            known = last.get((kind, what), (value, words))
            if known[0] != value:
                yield Change(run[0].run, run[0].at, name, kind, what, known[1], words)
            last[kind, what] = value, words
        before = run or before


Told = tuple[tuple[str, str], tuple[str, str]]
"""(kind, name), (what is compared, what is shown)."""


def _told(same: Sequence[Sample], before: Sequence[Sample]) -> Iterator[Told]:
    """What one scenario tells in one run, without the rules and traits that tell the same in all of both runs."""
    verdict = _verdict(same)
    if verdict in JUDGED and verdict:
        yield ("verdict", ""), (verdict.value, _share(same))
    plain = [("model", "", " or ".join(sorted({one.model for one in same if one.model})))]
    plain += [("rule", rule, _judged(same, rule)) for rule in _varying(same, before, _outcomes)]
    traits = _varying(same, before, _traits)
    plain += [("trait", trait, _values(same, trait)) for trait in traits if not trait.startswith(_PASSING)]
    for kind, name, value in plain:
        if value:
            yield (kind, name), (value, value)


def _outcomes(sample: Sample) -> Mapping[str, object]:
    return sample.outcomes


def _traits(sample: Sample) -> Mapping[str, object]:
    return sample.traits


def _varying(
    same: Sequence[Sample], before: Sequence[Sample], of: Callable[[Sample], Mapping[str, object]]
) -> list[str]:
    """Names under which not all of these samples say the same; with none before, all names."""
    told = [of(sample) for sample in (*before, *same)]
    if not before:
        return sorted({name for one in told for name in one})
    first, names = told[0], set[str]()
    for one in told[1:]:
        if one is not first and one != first:
            names.update(name for name in one.keys() | first.keys() if one.get(name) != first.get(name))
    return sorted(names)


def _judged(run: Sequence[Sample], rule: str) -> str:
    """The worst verdict of one rule; empty where it judged no stream."""
    seen = {_VERDICTS.get(one.outcomes.get(rule, "")) for one in run}
    return next((verdict.value for verdict in _WORST if verdict in seen and verdict in JUDGED), "")


def _values(run: Sequence[Sample], trait: str) -> str:
    """The values of one trait; empty where no stream shows any."""
    seen = {_said(one.traits[trait]) for one in run if one.traits.get(trait) is not None}
    return " or ".join(sorted(seen))


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)
