"""What a scenario asks of an answer, and whether a judged recording shows it.

Law: pure. An answer that shows something else (a refusal, text instead of a tool call) is inconclusive: what it keeps
is no pass, and what it does not show is no failure. What it breaks stays broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from .dialect import Expectation
from .finding import Run, Verdict
from .recording import EndKind

_STOPPED = (EndKind.CANCELLED.value, EndKind.TIMEOUT.value)
"""Ends that this side made: what is missing then says nothing of the server."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of one answer: as the scenario's file says, or the manifest of a run."""

    statuses: tuple[int, ...] = (200,)
    needs: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    """Rules that must apply."""
    traits: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    """Traits that must be shown, with one of the values; with none, any."""
    cancelled: bool = False


def doubt(asked: Asked, run: Run, status: int, end: str, detail: str | None = None) -> str | None:
    """Why this answer does not show what is asked of it, or None where it does. `end` and `detail` as in `End`."""
    if status not in asked.statuses:
        return _other_status(asked, status)
    if asked.cancelled and end != EndKind.CANCELLED.value:
        return "the stream ended before it was to be cancelled" + (f": {detail}" if detail else "")
    if end in _STOPPED and not asked.cancelled:
        return f"not read to its end: {detail or end}"
    return next(_lacking(asked, run), None) if status < 400 or asked.cancelled else None


def _other_status(asked: Asked, status: int) -> str:
    wanted = " or ".join(map(str, sorted(asked.statuses)))
    if 400 <= status < 500 and max(asked.statuses) < 400:
        needs = f"; it needs {', '.join(asked.needs)}" if asked.needs else ""
        return f"refused with status {status}{needs}"
    return f"answered with status {status}, expected {wanted}"


def _lacking(asked: Asked, run: Run) -> Iterator[str]:
    """What the stream does not show, in words."""
    outcomes = {outcome.rule: outcome for outcome in run.outcomes}
    for rule in asked.rules:
        outcome = outcomes.get(rule)
        if outcome is not None and outcome.verdict is Verdict.NOT_APPLICABLE:
            yield str(outcome.reason)
    for trait, values in asked.traits.items():
        wanted = Expectation(trait, values, "", "")
        if not wanted.shown_by(run.traits):
            yield f"the stream shows nothing of {trait}"
        elif not wanted.kept_by(run.traits):
            yield f"{trait} is {run.traits[trait]!r}, to be shown was {wanted.wanted}"


def settled(run: Run, reason: str | None) -> Run:
    """`run`, inconclusive for this reason unless something in it failed."""
    if reason is None or run.verdict is Verdict.FAIL:
        return run
    return replace(run, verdict=Verdict.INCONCLUSIVE, inconclusive=reason)
