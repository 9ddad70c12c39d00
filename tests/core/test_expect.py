"""Laws of what a scenario asks of an answer: something else is inconclusive, neither a pass nor a failure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.core.expect import Asked, doubt, settled
from conformance.core.finding import Family, Finding, Level, Outcome, Report, Run, Verdict

IDLE = Outcome("p/tool", Verdict.NOT_APPLICABLE, (), "no tool call in the stream")
KEPT = Outcome("p/held", Verdict.PASS)
RUN = Run("a.yaml", 0, "p", "strict", None, Verdict.PASS, (KEPT, IDLE), traits={"finish": ["stop"]})
TOOLS = Asked(rules=("p/tool",), needs=("tools",))


@pytest.mark.parametrize(
    ("asked", "status", "end", "reason"),
    [
        (Asked(), 200, "eof", None),
        (Asked(), 200, "truncated", None),
        (Asked(rules=("p/held",)), 200, "eof", None),
        (Asked(rules=("p/unknown",)), 200, "eof", None),
        (TOOLS, 200, "eof", "no tool call in the stream"),
        (TOOLS, 400, "eof", "refused with status 400; it needs tools"),
        (Asked(), 404, "eof", "refused with status 404"),
        (Asked(), 503, "eof", "answered with status 503, expected 200"),
        (Asked(), 302, "eof", "answered with status 302, expected 200"),
        (Asked(statuses=(400, 422)), 200, "eof", "answered with status 200, expected 400 or 422"),
        (Asked(statuses=(400, 422), rules=("p/tool",)), 422, "eof", None),
        (Asked(traits={"finish": (["stop"],)}), 200, "eof", None),
        (Asked(traits={"finish": ()}), 200, "eof", None),
        (Asked(traits={"finish": (["length"],)}), 200, "eof", "finish is ['stop'], to be shown was ['length']"),
        (Asked(traits={"reasoning": ()}), 200, "eof", "the stream shows nothing of reasoning"),
        (Asked(cancelled=True), 200, "eof", "the stream ended before it was to be cancelled: too long"),
        (Asked(cancelled=True), 200, "cancelled", None),
        (Asked(), 200, "cancelled", "not read to its end: too long"),
        (Asked(), 200, "timeout", "not read to its end: too long"),
    ],
)
def test_what_an_answer_does_not_show_is_said(asked: Asked, status: int, end: str, reason: str | None) -> None:
    assert doubt(asked, RUN, status, end, "too long") == reason


def test_inconclusive_is_no_pass_and_hides_no_failure() -> None:
    found = settled(RUN, "no tool")
    assert (found.verdict, found.inconclusive, found.outcomes) == (Verdict.INCONCLUSIVE, "no tool", RUN.outcomes)
    assert settled(RUN, None) is RUN
    failing = replace(RUN, verdict=Verdict.FAIL)
    assert settled(failing, "no tool") is failing
    for verdict in (Verdict.WAIVED, Verdict.NOT_APPLICABLE, Verdict.NOT_RECORDED):
        assert settled(replace(RUN, verdict=verdict), "no tool").verdict is Verdict.INCONCLUSIVE


def test_where_all_is_inconclusive_there_is_no_verdict() -> None:
    found = settled(RUN, "no tool")
    assert Report({}, "2026.11", [found]).exit_code() == 3
    assert Report({}, "2026.11", [found, RUN]).exit_code() == 0
    warned = Outcome("p/x", Verdict.FAIL, (Finding("p/x", Level.WARNING, Family.SHAPE, "words"),))
    assert Report({}, "2026.11", [replace(found, outcomes=(warned,))]).exit_code(Level.WARNING) == 1
