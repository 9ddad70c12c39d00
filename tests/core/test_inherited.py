"""What the upstream broke is not the gateway's doing; what the gateway broke is."""

from __future__ import annotations

from conformance.core.finding import Family, Finding, Level, Outcome, Verdict
from conformance.core.inherited import BECAUSE, inherited

ERROR = Finding("openai-chat/done-missing", Level.ERROR, Family.TERMINATION, "the stream ends without data: [DONE]")
FAILED = Outcome(ERROR.rule, Verdict.FAIL, (ERROR,))
PASSED = Outcome(ERROR.rule, Verdict.PASS)


def test_a_rule_that_both_sides_break_is_waived_with_the_reason() -> None:
    (outcome,) = inherited([FAILED], [FAILED])
    assert outcome.verdict is Verdict.WAIVED
    assert [finding.waived for finding in outcome.findings] == [BECAUSE]


def test_a_rule_that_the_client_side_alone_breaks_stands() -> None:
    assert inherited([FAILED], [PASSED]) == (FAILED,)


def test_a_rule_that_the_upstream_alone_breaks_is_no_fault_of_the_client_side() -> None:
    assert inherited([PASSED], [FAILED]) == (PASSED,)


def test_what_a_dialect_waives_keeps_its_reason() -> None:
    known = Outcome(ERROR.rule, Verdict.WAIVED, (ERROR,))
    assert inherited([known], [FAILED]) == (known,)
