"""judge(stream, rules, dialect) -> outcomes: the only loop over rules.

Law: a rule without its evidence is not-recorded, one that does not apply is not-applicable with the reason; neither is
ever a pass. Faults with the same words are folded into one finding with a count.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from .dialect import Dialect
from .finding import Finding, Level, Outcome, Verdict
from .recording import Evidence
from .rule import Condition, Fault, On, Rule
from .stream import Stream

_EVENTS, _STREAM = On.EVENTS, On.STREAM
MAX_FINDINGS = 25
"""Findings that one rule may report on one stream; what is beyond is counted in the last."""


def judge(stream: Stream[Any], rules: Iterable[Rule], dialect: Dialect) -> tuple[Outcome, ...]:
    """The outcome of every rule on this stream, in the order of the rules."""
    incomplete, no_stream, no_events = stream.incomplete, _not_a_stream(stream), _no_events(stream)
    said: dict[Condition, str | None] = {}  # many rules share a condition: each is asked once
    outcomes = []
    for rule, passed, unrecorded in _plan(tuple(rules), stream.recording.missing):
        reason = no_events if rule.on is _EVENTS else no_stream if rule.on is _STREAM else None
        if reason is None and rule.complete:
            reason = incomplete
        if reason is None and unrecorded is not None:
            outcomes.append(unrecorded)
            continue
        if reason is None and (when := rule.when) is not None:
            if when not in said:
                said[when] = when(stream)
            reason = said[when]
        if reason is not None:
            outcomes.append(_idle(rule.id, reason))
        else:
            faults = list(rule.check(stream))
            outcomes.append(_outcome(rule, stream, faults, dialect) if faults else passed)
    return tuple(outcomes)


# Outcomes without findings are alike in every run: each is made once.


@lru_cache(256)
def _plan(rules: tuple[Rule, ...], missing: frozenset[Evidence]) -> list[tuple[Rule, Outcome, Outcome | None]]:
    """Each rule with its pass, and with its not-recorded where this evidence is missing."""
    return [(rule, Outcome(rule.id, Verdict.PASS), _unrecorded(rule, rule.needs & missing)) for rule in rules]


def _unrecorded(rule: Rule, lacking: frozenset[Evidence]) -> Outcome | None:
    reason = "not recorded: " + ", ".join(sorted(lacking))
    return Outcome(rule.id, Verdict.NOT_RECORDED, (), reason) if lacking else None


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
    waived = deviation.because if deviation else None
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
    return Outcome(rule.id, Verdict.WAIVED if deviation else Verdict.FAIL, tuple(findings))


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
