"""Baselines: findings that are known and tolerated, each with its reason and its date.

Law: pure, and strict both ways. What is listed does not count, and is shown as known; an entry that nothing matches any
more is stale, which fails the run. Stale is only what could be seen: the rule judged a matching run, and was kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from .counted import verdict_of
from .finding import Finding, Level, Outcome, Run, Verdict
from .identity import file_of, scenario_of, target_of

UNREVIEWED = "TODO: not reviewed"
"""The reason that a new entry is given, until a person writes one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One known finding. `target`, `scenario` and `protocol` may be patterns (`*`); the rule is one id."""

    rule: str
    target: str
    scenario: str
    """The scenario, or the name of the file where the recording names none."""
    reason: str
    date: str
    """Since when it is known: `2026-11-21`."""
    protocol: str | None = None
    """None: any."""

    @property
    def reviewed(self) -> bool:
        """False where nobody has written a reason."""
        return not self.reason.strip().upper().startswith("TODO")

    def matches(self, run: Run) -> bool:
        """True where it speaks of this run."""
        told = ((run.protocol or "unknown", self.protocol), (target_of(run), self.target), (named(run), self.scenario))
        return all(pattern in (None, word) or fnmatchcase(word, str(pattern)) for word, pattern in told)


@dataclass(frozen=True)
class BaselineCheck:
    """What the runs of a report show of a baseline."""

    source: str
    """The file."""
    seen: tuple[Entry, ...] = ()
    """Their finding was there."""
    stale: tuple[Entry, ...] = ()
    """Their rule judged a matching run, and was kept by all."""
    unseen: tuple[Entry, ...] = ()
    """Their rule judged no matching run: nothing is said of them."""


def named(run: Run) -> str:
    """What an entry calls the stream: its scenario, else its file."""
    return scenario_of(run) or file_of(run)


def held(runs: Sequence[Run], entries: Sequence[Entry], source: str) -> tuple[list[Run], BaselineCheck]:
    """The runs with their known findings marked, and what they show of the entries."""
    by_rule: dict[str, list[Entry]] = {}
    for entry in entries:
        by_rule.setdefault(entry.rule, []).append(entry)
    seen: set[Entry] = set()
    kept: set[Entry] = set()
    marked = [_marked(run, by_rule, seen, kept) for run in runs]
    check = BaselineCheck(
        source,
        seen=tuple(entry for entry in entries if entry in seen),
        stale=tuple(entry for entry in entries if entry in kept - seen),
        unseen=tuple(entry for entry in entries if entry not in kept | seen),
    )
    return marked, check


def _marked(run: Run, by_rule: dict[str, list[Entry]], seen: set[Entry], kept: set[Entry]) -> Run:
    """`run` with what the entries say of it; they are added to `seen` and `kept`."""
    outcomes = list(run.outcomes)
    changed = False
    for number, outcome in enumerate(outcomes):
        matching = [entry for entry in by_rule.get(outcome.rule, ()) if entry.matches(run)]
        if outcome.findings:
            seen.update(matching)
        elif outcome.verdict is Verdict.PASS and run.inconclusive is None:
            kept.update(matching)
        if matching and outcome.verdict is Verdict.FAIL:
            outcomes[number], changed = _known(outcome, matching[0]), True
    if not changed:
        return run
    verdict = verdict_of(outcomes) if run.verdict is Verdict.FAIL else run.verdict
    return replace(run, outcomes=tuple(outcomes), verdict=verdict)


def _known(outcome: Outcome, entry: Entry) -> Outcome:
    why = f"{entry.reason} (since {entry.date})"
    return Outcome(outcome.rule, Verdict.KNOWN, tuple(replace(one, known=why) for one in outcome.findings))


# Updating


@dataclass(frozen=True)
class Update:
    """A baseline that was put right: what stays, what is new, what is gone."""

    kept: tuple[Entry, ...]
    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What the file is to hold."""
        return (*self.kept, *self.added)


def updated(runs: Iterable[Run], entries: Sequence[Entry], check: BaselineCheck, least: Level, today: str) -> Update:
    """`entries` without the stale ones, and with the findings of `runs` that count and are `least` or worse.

    `runs` and `check` are what `held` made of them.
    """
    kept = tuple(entry for entry in entries if entry not in check.stale)
    new = dict.fromkeys(
        _entry(run, finding, today)
        for run in runs
        for finding in run.findings
        if finding.excuse is None and finding.level >= least
    )
    return Update(kept, tuple(new), check.stale)


def _entry(run: Run, finding: Finding, today: str) -> Entry:
    own = finding.rule.partition("/")[0] == run.protocol
    return Entry(finding.rule, target_of(run), named(run), UNREVIEWED, today, None if own else run.protocol)
