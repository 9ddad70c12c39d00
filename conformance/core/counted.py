"""What counts of what was judged: not the rules that are newer than the ruleset asked for.

Law: pure. A newer rule judges like any other, and its findings are shown; they change neither verdict nor exit code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .finding import Level, Outcome, Verdict
from .judge import overall
from .rule import Rule


def frozen(outcomes: Sequence[Outcome], rules: Sequence[Rule], ruleset: str) -> tuple[Outcome, ...]:
    """The outcomes of `rules`, in their order; those of rules newer than `ruleset` (`2026.11`) marked as new."""
    since = {rule.id: rule.since for rule in rules if rule.since > ruleset}
    return tuple(_marked(outcome, since[outcome.rule]) if outcome.rule in since else outcome for outcome in outcomes)


def _marked(outcome: Outcome, since: str) -> Outcome:
    findings = tuple(replace(finding, newer=since) for finding in outcome.findings)
    reason = f"not counted, it came with ruleset {since}: {outcome.reason or outcome.verdict.value}"
    return Outcome(outcome.rule, Verdict.NEW, findings, reason)


def verdict_of(outcomes: Iterable[Outcome]) -> Verdict:
    """The verdict of a run by the outcomes that count: as `overall`, and known where every standing error is known."""
    counting = [outcome for outcome in outcomes if outcome.verdict is not Verdict.NEW]
    found = overall(counting)
    known = any(_is_error(outcome) for outcome in counting if outcome.verdict is Verdict.KNOWN)
    return Verdict.KNOWN if known and found is not Verdict.FAIL else found


def _is_error(outcome: Outcome) -> bool:
    return any(finding.level is Level.ERROR for finding in outcome.findings)
