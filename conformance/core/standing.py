"""Where a dialect stands: which of its promises and habits are kept, which deviations no longer occur.

Law: pure, and counts only. Runs must have been judged under the dialect. What no run shows is neither kept nor broken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .dialect import Dialect, Expectation
from .finding import Run, Verdict

JUDGES = {False: "dialect/promise-broken", True: "dialect/habit-changed"}
"""The rule that judges expectations: promised ones, and observed ones."""


class State(StrEnum):
    """What became of one declaration of a dialect."""

    KEPT = "kept"
    BROKEN = "broken"
    OCCURS = "occurs"
    STALE = "stale"
    RARE = "not seen"
    """A deviation that did not occur, in too few streams to say more, or that few streams show."""
    SILENT = "no evidence"


@dataclass(frozen=True, slots=True)
class Standing:
    """One declaration of a dialect, and what the runs show of it."""

    kind: str
    """`promise`, `expects`, `habit` or `waives`."""
    name: str
    """The rule or the trait."""
    says: str
    state: State
    kept: int
    """Streams that keep it; for a deviation, streams that keep the rule."""
    broken: int
    """Streams that do not; for a deviation, streams in which it occurs."""
    seen: str = ""
    """The values that broke it, with their counts."""
    statements: tuple[str, ...] = ()
    rare: bool = False
    """A deviation that few streams show."""


def standings(dialect: Dialect, runs: Iterable[Run], least: int) -> list[Standing]:
    """Every declaration of the dialect. `least` streams must keep a rule before its deviation counts as stale."""
    judged = list(runs)
    verdicts = _verdicts(judged)
    found = [_promise(item.rule, item.because, item.statements, verdicts) for item in dialect.promises]
    found += [_expectation(item, judged) for item in dialect.expectations]
    return [*found, *_deviations(dialect, verdicts, least)]


def _verdicts(runs: Sequence[Run]) -> dict[str, Counter[Verdict]]:
    found: dict[str, Counter[Verdict]] = {}
    for run in runs:
        for outcome in run.outcomes:
            found.setdefault(outcome.rule, Counter())[outcome.verdict] += 1
    return found


def _promise(rule: str, says: str, statements: tuple[str, ...], verdicts: dict[str, Counter[Verdict]]) -> Standing:
    counts = verdicts.get(rule, Counter())
    kept, broken = counts[Verdict.PASS], counts[Verdict.FAIL] + counts[Verdict.WAIVED]
    return Standing("promise", rule, says, _state(kept, broken), kept, broken, statements=statements)


def _expectation(item: Expectation, runs: Sequence[Run]) -> Standing:
    kept, broken = 0, Counter[str]()
    for run in runs:
        if (item.protocols and run.protocol not in item.protocols) or not _judged(run, item.observed):
            continue
        if not item.shown_by(run.traits):
            continue
        if item.kept_by(run.traits):
            kept += 1
        else:
            broken[str(run.traits[item.trait])] += 1
    seen = ", ".join(f"{value} in {count}" for value, count in broken.most_common(3))
    kind = "habit" if item.observed else "expects"
    state = _state(kept, broken.total())
    return Standing(kind, item.trait, item.because, state, kept, broken.total(), seen, item.statements)


def _judged(run: Run, observed: bool) -> bool:
    """False where the rule about expectations did not apply, as in a stream that broke off."""
    verdict = next((outcome.verdict for outcome in run.outcomes if outcome.rule == JUDGES[observed]), None)
    return verdict is not Verdict.NOT_APPLICABLE


def _state(kept: int, broken: int) -> State:
    return State.BROKEN if broken else State.KEPT if kept else State.SILENT


def _deviations(dialect: Dialect, verdicts: dict[str, Counter[Verdict]], least: int) -> Iterator[Standing]:
    for item in dialect.deviations:
        counts = verdicts.get(item.rule, Counter())
        kept, occurs = counts[Verdict.PASS], counts[Verdict.WAIVED]
        unseen = State.STALE if kept >= least and not item.rare else State.RARE
        state = State.OCCURS if occurs else unseen if kept else State.SILENT
        yield Standing("waives", item.rule, item.because, state, kept, occurs, "", item.statements, item.rare)
