"""Two sides -> a diff.

Law: pure. What the user ignores is counted, not forgotten; what a side cannot show is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .diff import By, Change, Diff, Figure, Group, Part, Sample, Side
from .diff_drift import order_changes, race_changes, shape_changes, trait_changes
from .diff_findings import finding_changes, verdict_changes
from .diff_latency import NOT_TESTED, Threshold, figures, latency_changes
from .diff_match import match, sampled
from .finding import Failure, Run

_PARTS = (verdict_changes, finding_changes, trait_changes, shape_changes, order_changes)


@dataclass(frozen=True)
class Read:
    """One side, judged."""

    name: str
    """As it was named on the command line."""
    runs: Sequence[tuple[Run, str]]
    """Each with its name on that side."""
    reports: bool = False
    """True where some come from a report, which holds no events."""
    failures: Sequence[Failure] = ()


@dataclass(frozen=True)
class Options:
    """What counts as a change."""

    ignore: tuple[str, ...] = ()
    """Patterns of rules, traits, fields (`KIND POINTER` or the pointer), transitions, figures, or `PART:NAME`."""
    threshold: Threshold = field(default_factory=Threshold)
    numpy: Any = None
    """The module, for the intervals of latency; None: they are not tested."""


def diff(old: Read, new: Read, options: Options) -> Diff:
    """What changed from `old` to `new`. `tool` of the result is empty: whoever knows it adds it."""
    groups, left_old, left_new = match(sampled(old.runs), sampled(new.runs))
    found = list(figures(groups, options.threshold, options.numpy))
    changes = [change for group in groups for part in _PARTS for change in part(group)]
    changes += [*race_changes(groups), *latency_changes(found)]
    kept = [change for change in changes if not ignored(change, options.ignore)]
    return Diff(
        tool={},
        old=_side(old, left_old),
        new=_side(new, left_new),
        groups=groups,
        changes=kept,
        figures=found,
        untold=tuple(_untold(old, new, groups, found)),
        failures=(*old.failures, *new.failures),
        ignored=len(changes) - len(kept),
    )


def _side(read: Read, left: Iterable[Sample]) -> Side:
    return Side(read.name, len(read.runs), tuple(sample.name or sample.run.source for sample in left))


def ignored(change: Change, patterns: Iterable[str]) -> bool:
    """True where one of the patterns names it."""
    name = change.name
    names = {name, f"{change.part.value}:{name}"}
    if change.part is Part.SHAPE and " " in name:
        names.add(name.partition(" ")[2])
    return any(fnmatchcase(one, pattern) or one == pattern for pattern in patterns for one in names)


def _untold(old: Read, new: Read, groups: Sequence[Group], found: Sequence[Figure]) -> Iterator[str]:
    """What was not compared, and why."""
    for side in (old, new):
        if side.reports:
            yield f"Shape and order of {side.name} are not compared: a report holds no events."
    by = Counter(group.by for group in groups)
    if by[By.PROVIDER]:
        count = "" if by[By.PROVIDER] == len(groups) else f" of {by[By.PROVIDER]} of {len(groups)} groups"
        yield f"Latency and verdicts{count} are not compared: the provider is the same, the requests are others."
    if groups and not found and by.total() > by[By.PROVIDER]:
        yield "Latency is not compared: no request has a whole stream with times on both sides."
    if any(figure.median.verdict == NOT_TESTED for figure in found):
        yield "Changes of latency are shown, not tested: pip install 'llm-stream-conformance[stats]' brings numpy."
