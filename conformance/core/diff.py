"""A diff: what changed between two recordings of the same requests, or two sets of them.

Law: values and counting only (`diff_match`, `diff_findings`, `diff_drift`, `diff_latency` fill them). A change says on
how many streams it stands, on both sides. What could not be compared is said; it is never "no change".

Which change is a regression, and how bad:

    finding   new where the rule was kept before: the finding's own level; where OLD could not show it: a note, and
              where only the provider is the same, unless most streams (three at least) break it
              more often than before: a note; gone, or less often: better; no longer judged: a note
    verdict   a stream no longer comes, or ends in an error event: an error; no stream of a request has a verdict any
              more: a warning where there are three or more on both sides, else a note: once is chance
    shape     a field that was in every stream, and a type that was not there before: a warning; else a note
    trait, order   always a note: they are neutral facts
    latency   the median is slower than the threshold, with its whole interval, and so is the fastest tenth (else it is
              load, not the server): a warning; the 95th percentile alone: a note
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .finding import Failure, Level, Run


class Part(StrEnum):
    """What a change is about."""

    VERDICT = "verdict"
    FINDING = "finding"
    TRAIT = "trait"
    SHAPE = "shape"
    ORDER = "order"
    LATENCY = "latency"


class By(StrEnum):
    """By what streams of both sides were brought together."""

    SCENARIO = "the same scenario, model and target"
    MODEL = "the same scenario and target; the model has another name"
    TARGET = "the same scenario; the target has another name"
    FILE = "the same file name"
    PROVIDER = "the same provider and protocol; the requests are others"


@dataclass(frozen=True, slots=True)
class Sample:
    """One judged stream of one side."""

    run: Run
    name: str
    """Its file, relative to what was named on the command line, and its interaction."""
    model: str
    """The model; of an answer that names none, that of the other answers to the same request."""

    @property
    def whole(self) -> bool:
        """False where this side ended the stream: how far it came is chance."""
        return self.run.shape is None or self.run.shape.complete

    @property
    def tells(self) -> bool:
        """True where it shows what was asked, to its end."""
        return self.run.inconclusive is None and self.run.events > 0 and self.whole

    @property
    def failed(self) -> bool:
        """True where the server tells in the stream that it failed."""
        if self.run.shape is None:
            return any(name in self.run.traits for name in _ERROR_TRAITS)
        return not _ERROR_KINDS.isdisjoint(self.run.shape.fields)


_ERROR_KINDS = frozenset({"error", "response.failed"})
_ERROR_TRAITS = ("error.form", "errors.form")
"""What tells of an error in a stream: the kind of its event, in all protocols; where no events are known, a trait."""
FEW = 3
"""Streams from which on what a model does is told from chance."""
ENOUGH = 10
"""Streams from which on what a busy machine does to times is."""


@dataclass(frozen=True)
class Group:
    """Streams of both sides that answer the same request, or (`By.PROVIDER`) come from the same provider."""

    label: str
    by: By
    old: tuple[Sample, ...]
    new: tuple[Sample, ...]

    @property
    def loose(self) -> bool:
        """True where the requests are others: then what is not seen any more may not have been asked for."""
        return self.by is By.PROVIDER


@dataclass(frozen=True, slots=True)
class Share:
    """In how many of how many streams."""

    seen: int
    of: int

    def __str__(self) -> str:
        return f"{self.seen}/{self.of}"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed in one group."""

    part: Part
    change: str
    """`new`, `gone`, `more`, `fewer`, `unseen`, `lost`, `regained`, `changed`, `appeared`, `vanished`, `retyped`,
    `slower`, `faster`."""
    name: str
    """The rule, the trait, `KIND POINTER`, `KIND -> KIND`, the figure."""
    level: Level | None
    """How bad a regression it is; a note: harmless; None: it got better, or says nothing."""
    group: str
    """The label of the group, or whose latency it is."""
    old: Share
    new: Share
    said: str = ""
    """What was seen: the message of the finding, the values, the types."""

    @property
    def extent(self) -> int:
        """On how many streams it stands."""
        return max(self.old.seen, self.new.seen)


@dataclass(frozen=True)
class Spread:
    """A distribution: milliseconds."""

    p10: float
    """So fast is the fastest tenth."""
    median: float
    p95: float


@dataclass(frozen=True)
class Shift:
    """How a quantile changed: new minus old in milliseconds, and the interval in which the change lies."""

    change: float
    low: float | None = None
    high: float | None = None
    verdict: str = ""
    """`slower`, `faster`, `no clear change`, `too few to tell (N of M pairs)`, `not tested`; why may stand behind."""


@dataclass(frozen=True)
class Figure:
    """One latency figure of one target, protocol and model, over pairs of streams that answer the same request."""

    who: str
    name: str
    pairs: int
    old: Spread
    new: Spread
    median: Shift
    p95: Shift


@dataclass(frozen=True)
class Side:
    """One side of the diff."""

    name: str
    """As it was named on the command line."""
    streams: int
    unmatched: tuple[str, ...] = ()
    """Streams without a counterpart."""


@dataclass(frozen=True)
class Diff:
    """All that changed. `tool` names version and ruleset; there is no clock in it."""

    tool: Mapping[str, str]
    old: Side
    new: Side
    groups: Sequence[Group] = ()
    changes: Sequence[Change] = ()
    figures: Sequence[Figure] = ()
    untold: Sequence[str] = ()
    """What was not compared, and why."""
    failures: Sequence[Failure] = field(default_factory=tuple)
    ignored: int = 0
    """Changes that a pattern of the user's takes out."""

    def worst(self) -> Level | None:
        """The level of the worst regression, or None."""
        return max((change.level for change in self.changes if change.level is not None), default=None)

    def exit_code(self, fail_on: Level | None = Level.ERROR) -> int:
        """0 no regression, 1 one at or above `fail_on` (None: never), 3 nothing compared, or some input unreadable."""
        worst = self.worst()
        if fail_on is not None and worst is not None and worst >= fail_on:
            return 1
        return 0 if self.groups and not self.failures else 3


@dataclass(frozen=True)
class Row:
    """The same change in several groups."""

    change: Change
    """Of the first group; its shares are the sums."""
    groups: tuple[str, ...]


def rows(changes: Sequence[Change]) -> list[Row]:
    """Changes that are alike brought together, worst first; those that are no regression come last."""
    found: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        found.setdefault((change.part, change.change, _alike(change), change.level), []).append(change)
    order = list(Part)
    merged = [Row(_merged(same), tuple(dict.fromkeys(change.group for change in same))) for same in found.values()]
    return sorted(
        merged,
        key=lambda row: (-(row.change.level or 0), order.index(row.change.part), -row.change.extent, row.change.name),
    )


def _alike(change: Change) -> object:
    """What changes of one row have in common: the name; of latency the moment, of a field its place and types."""
    if change.part is Part.LATENCY:
        return change.group, change.said
    _, space, pointer = change.name.partition(" ")
    return (pointer, change.said) if change.part is Part.SHAPE and space else change.name


def _merged(same: Sequence[Change]) -> Change:
    """One change for all: figures that moved alike; a field of several kinds, with the largest shares."""
    names = dict.fromkeys(change.name for change in same)
    if len(names) == 1:
        return _summed(same)
    if same[0].part is Part.LATENCY:
        return replace(same[0], name=", ".join(names))
    most = max((_summed([one for one in same if one.name == name]) for name in names), key=lambda change: change.extent)
    kinds = ", ".join(name.partition(" ")[0] for name in names)
    return replace(most, name=f"{most.name.partition(' ')[2]} ({kinds})")


def _summed(same: Sequence[Change]) -> Change:
    if same[0].part is Part.LATENCY:
        return same[0]
    old = Share(sum(one.old.seen for one in same), sum(one.old.of for one in same))
    new = Share(sum(one.new.seen for one in same), sum(one.new.of for one in same))
    return replace(same[0], old=old, new=new)
