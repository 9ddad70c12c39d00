"""What changed in verdicts and findings.

Law: a finding is a regression where the same rule was kept before: what OLD could not show is no regression, it is seen
for the first time. What NEW cannot show is not mended, it is unseen.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from .diff import FEW, Change, Group, Part, Sample, Share
from .finding import JUDGED, Level, Outcome, Run, Verdict


@dataclass(frozen=True)
class _Rule:
    """What the streams of one side show of one rule."""

    broken: int
    judged: int
    idle: int
    """Streams to which the rule did not apply."""
    places: int
    of: int
    worst: Level | None
    """The level of the worst finding that counts."""
    message: str

    @property
    def share(self) -> Share:
        return Share(self.broken, self.of)


def verdict_changes(group: Group) -> Iterator[Change]:
    """Streams that no longer come, and verdicts that are lost or regained. Other requests say nothing of that."""
    if group.loose:
        return
    old, new = [sample.run for sample in group.old], [sample.run for sample in group.new]
    came, comes = (Share(sum(map(_came, side)), len(side)) for side in (group.old, group.new))
    told, tells = Share(_judged(old), len(old)), Share(_judged(new), len(new))
    if came.seen == came.of and (broken := _broken(group.new)):
        yield Change(Part.VERDICT, "lost", "stream", Level.ERROR, group.label, came, comes, broken)
    elif comes.seen == comes.of and (broken := _broken(group.old)):
        yield Change(Part.VERDICT, "regained", "stream", None, group.label, came, comes, broken)
    elif told.seen and not tells.seen:
        level = Level.WARNING if min(len(old), len(new)) >= FEW else Level.NOTE
        yield Change(Part.VERDICT, "lost", "verdict", level, group.label, told, tells, _why(new[0]))
    elif tells.seen and not told.seen:
        yield Change(Part.VERDICT, "regained", "verdict", None, group.label, told, tells, _why(old[0]))


def _came(sample: Sample) -> bool:
    """True where there was a stream, and no error in it."""
    return sample.run.events > 0 and not sample.failed


def _broken(samples: Sequence[Sample]) -> str:
    """Why a stream did not come; empty where all did, or this side left."""
    silent = next((one for one in samples if one.whole and not _came(one) and _is_odd(one.run)), None)
    if silent is None:
        return ""
    return "an error event is in the stream" if silent.failed else _why(silent.run)


def _is_odd(run: Run) -> bool:
    """False for an empty answer that keeps what was asked of it, as one that we left at once."""
    return run.events > 0 or run.shape is not None or run.verdict is not Verdict.PASS


def _judged(runs: Sequence[Run]) -> int:
    return sum(run.verdict in JUDGED for run in runs)


def _why(run: Run) -> str:
    """Why there is no verdict."""
    reason = run.inconclusive or next((outcome.reason for outcome in run.outcomes if outcome.reason), None)
    return reason or "the answer holds no event"


def finding_changes(group: Group) -> Iterator[Change]:
    """Rules that are newly broken, no longer broken, or broken more or less often."""
    broken = dict.fromkeys(
        outcome.rule for sample in (*group.new, *group.old) for outcome in sample.run.outcomes if outcome.findings
    )
    old, new = _outcomes(group.old, broken), _outcomes(group.new, broken)
    for rule in broken:
        before, after = _seen(old.get(rule, ()), len(group.old)), _seen(new.get(rule, ()), len(group.new))
        change, level = _compared(before, after, group.loose)
        if change:
            said = after.message or before.message
            yield Change(Part.FINDING, change, rule, level, group.label, before.share, after.share, said)


def _outcomes(samples: Sequence[Sample], rules: Container[str]) -> dict[str, list[tuple[Run, Outcome]]]:
    found: dict[str, list[tuple[Run, Outcome]]] = {}
    for sample in samples:
        for outcome in sample.run.outcomes:
            if outcome.rule in rules:
                found.setdefault(outcome.rule, []).append((sample.run, outcome))
    return found


def _seen(outcomes: Sequence[tuple[Run, Outcome]], of: int) -> _Rule:
    broken = [outcome for _, outcome in outcomes if outcome.findings]
    kept = sum(outcome.verdict is Verdict.PASS and run.inconclusive is None for run, outcome in outcomes)
    findings = [finding for outcome in broken for finding in outcome.findings]
    return _Rule(
        broken=len(broken),
        judged=len(broken) + kept,
        idle=sum(outcome.verdict is Verdict.NOT_APPLICABLE for _, outcome in outcomes),
        places=sum(finding.count for finding in findings),
        of=of,
        worst=max((finding.level for finding in findings if finding.excuse is None), default=None),
        message=findings[0].message if findings else "",
    )


def _compared(before: _Rule, after: _Rule, loose: bool) -> tuple[str, Level | None]:
    """What changed, in a word, and how bad it is; no word where nothing did."""
    if not before.broken:
        return "new", _level(before, after, loose)
    if not after.broken:
        return ("gone", None) if after.judged else ("unseen", Level.NOTE)
    old, new = before.broken / before.of, after.broken / after.of
    if old == new:
        old, new = before.places / before.broken, after.places / after.broken
    if old == new or loose:  # other requests break a rule in other places
        return "", None
    return ("more", Level.NOTE) if new > old else ("fewer", None)


def _level(before: _Rule, after: _Rule, loose: bool) -> Level:
    """The finding's own level, where OLD shows that the rule was kept, or that it did not apply to the same request.

    Where the requests are others, most streams must break it: one may have asked for what none asked for before.
    """
    if loose:
        seen = before.judged > 0 and after.broken >= FEW and 2 * after.broken > after.judged
    else:
        seen = before.judged + before.idle > 0
    return after.worst if seen and after.worst is not None else Level.NOTE
