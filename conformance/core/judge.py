"""judge(stream, rules, dialect) -> outcomes: the only loop over rules.

Law: a rule without its evidence is not-recorded, one that does not apply is not-applicable with the reason; neither is
ever a pass. Faults with the same words are folded into one finding with a count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from .dialect import Dialect
from .finding import Finding, Level, Outcome, Verdict
from .recording import Evidence
from .rule import Check, Condition, Fault, On, Rule
from .stream import Stream

MAX_FINDINGS = 25
"""Findings that one rule may report on one stream; what is beyond is counted in the last."""


def judge(stream: Stream[Any], rules: Iterable[Rule], dialect: Dialect) -> tuple[Outcome, ...]:
    """The outcome of every rule on this stream, in the order of the rules."""
    gates = Gates(_no_events(stream), _not_a_stream(stream), stream.incomplete, stream.recording.missing)
    conditions, agenda = _conditions(tuple(rules), gates)
    standing, todo = agenda(tuple([condition(stream) for condition in conditions]))
    outcomes = standing.copy()
    for place, rule, check in todo:
        faults = list(check(stream))
        if faults:
            outcomes[place] = _outcome(rule, stream, faults, dialect)
    return tuple(outcomes)


# What a stream is spares most rules the asking, and streams are alike: for each sort of stream it is worked out once
# which conditions are to be asked, and for each set of answers which rules are left to look at it.


class Gates(NamedTuple):
    """Why rules on events, rules on streams, and rules on whole streams do not apply (None: they do), and what evidence
    is missing."""

    events: str | None
    stream: str | None
    whole: str | None
    missing: frozenset[Evidence]

    def closed(self, rule: Rule) -> str | None:
        """Why a rule does not apply, whatever its condition says; None where it may."""
        reason = self.events if rule.on is On.EVENTS else self.stream if rule.on is On.STREAM else None
        return self.whole if reason is None and rule.complete else reason


Todo = tuple[int, Rule, Check]
Agenda = Callable[[tuple[str | None, ...]], tuple[list[Outcome], list[Todo]]]


@lru_cache(256)
def _conditions(rules: tuple[Rule, ...], gates: Gates) -> tuple[tuple[Condition, ...], Agenda]:
    """The conditions to ask of such a stream, each once, though many rules share one; and what follows from the
    answers: the outcome of every rule, which is a pass for those that are left to look."""
    settled = [_settled(rule, gates) for rule in rules]
    asking = [rule for rule, outcome in zip(rules, settled, strict=True) if outcome is None]
    conditions = tuple(dict.fromkeys(rule.when for rule in asking if rule.when is not None))
    passes = {rule: Outcome(rule.id, Verdict.PASS) for rule in asking}

    @lru_cache(1024)
    def agenda(answers: tuple[str | None, ...]) -> tuple[list[Outcome], list[Todo]]:
        said: dict[Condition | None, str | None] = dict(zip(conditions, answers, strict=True))
        outcomes: list[Outcome] = []
        todo: list[Todo] = []
        for rule, outcome in zip(rules, settled, strict=True):
            reason = said.get(rule.when) if outcome is None else None
            if outcome is None and reason is None:
                todo.append((len(outcomes), rule, rule.check))
            outcomes.append(outcome or (passes[rule] if reason is None else _idle(rule.id, reason)))
        return outcomes, todo

    return conditions, agenda


def _settled(rule: Rule, gates: Gates) -> Outcome | None:
    """The outcome of a rule that such a stream decides before anything is asked."""
    reason = gates.closed(rule)
    if reason is not None:
        return _idle(rule.id, reason)
    lacking = rule.needs & gates.missing
    return (
        Outcome(rule.id, Verdict.NOT_RECORDED, (), "not recorded: " + ", ".join(sorted(lacking))) if lacking else None
    )


@lru_cache(4096)
def _idle(rule: str, reason: str) -> Outcome:
    return Outcome(rule, Verdict.NOT_APPLICABLE, (), reason)


def overall(outcomes: Iterable[Outcome]) -> Verdict:
    """The verdict of a run: fail where an error stands, waived where every error is; warnings and notes fail nothing.

    A run in which no rule applied is not a pass.
    """
    judged = list(outcomes)
    weighed = [_weighed(outcome) for outcome in judged if outcome.findings]
    for verdict in (Verdict.FAIL, Verdict.WAIVED, Verdict.PASS):
        if verdict in weighed:
            return verdict
    for verdict in (Verdict.PASS, Verdict.NOT_RECORDED):
        if any(outcome.verdict is verdict for outcome in judged):
            return verdict
    return Verdict.NOT_APPLICABLE


def _weighed(outcome: Outcome) -> Verdict:
    """What a rule's outcome means for its run: findings that are no error fail nothing."""
    light = all(finding.level < Level.ERROR for finding in outcome.findings)
    return Verdict.PASS if light else outcome.verdict


def _not_a_stream(stream: Stream[Any]) -> str | None:
    if not stream.succeeded:
        return f"the response is an error ({stream.recording.status})"
    return None if stream.is_event_stream else "the response is no event stream"


def _no_events(stream: Stream[Any]) -> str | None:
    return _not_a_stream(stream) or (None if stream.events else "the stream holds no event")


def _outcome(rule: Rule, stream: Stream[Any], faults: list[Fault], dialect: Dialect) -> Outcome:
    deviation = dialect.deviation(rule.id)
    waived = deviation.because if deviation and deviation.covers(stream.traits) else None
    folded: dict[str, list[Fault]] = {}
    for fault in faults:
        folded.setdefault(fault.message, []).append(fault)
    groups = list(folded.values())
    kept, beyond = groups[:MAX_FINDINGS], sum(len(group) for group in groups[MAX_FINDINGS:])
    findings = [_finding(rule, stream, group[0], len(group), waived) for group in kept]
    if beyond:
        first = groups[MAX_FINDINGS][0]._replace(
            message=f"{beyond} further places where {rule.title[:1].lower()}{rule.title[1:]}"
        )
        findings.append(_finding(rule, stream, first, beyond, waived))
    return Outcome(rule.id, Verdict.FAIL if waived is None else Verdict.WAIVED, tuple(findings))


def _finding(rule: Rule, stream: Stream[Any], fault: Fault, count: int, waived: str | None) -> Finding:
    offset, at = fault.offset, fault.at
    if fault.event is not None:
        event = stream.events[fault.event]
        offset = event.start if offset is None else offset
        at = event.at if at is None else at
    elif offset is not None and at is None:
        at = stream.arrival(offset)
    return Finding(
        rule.id, rule.level, rule.family, fault.message, fault.event, offset, fault.pointer, at, count, waived
    )
