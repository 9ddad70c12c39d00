"""What a gateway's stream breaks because its upstream's own stream broke it: passed on, and not the gateway's doing.

Law: pure. A rule counts as inherited where the upstream's answer broke it, too; what compares both sides is never
inherited, for the upstream has no other side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .finding import Outcome, Verdict

BECAUSE = "the upstream's own stream breaks it, too"


def inherited(outcomes: Iterable[Outcome], upstream: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes of the client's side; findings of rules that the upstream's side broke, too, are waived."""
    broken = {outcome.rule for outcome in upstream if outcome.findings}
    return tuple(_waived(one) if one.rule in broken and one.verdict is Verdict.FAIL else one for one in outcomes)


def _waived(outcome: Outcome) -> Outcome:
    findings = tuple(replace(finding, waived=finding.waived or BECAUSE) for finding in outcome.findings)
    return replace(outcome, verdict=Verdict.WAIVED, findings=findings)
