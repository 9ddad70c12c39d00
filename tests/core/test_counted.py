"""What counts: rules newer than the ruleset judge and are shown, and change neither verdict nor exit code."""

from __future__ import annotations

from dataclasses import replace

from conformance.core.counted import frozen, verdict_of
from conformance.core.finding import Level, Outcome, Verdict
from conformance.protocols.openai_chat.rules import id_changes
from tests.reports import finding

OLD = replace(id_changes.check, id="demo/old", since="2026.11")
NEW = replace(id_changes.check, id="demo/new", since="2027.03")
LATER = replace(id_changes.check, id="demo/later", since="2027.04")
OUTCOMES = (
    Outcome("demo/old", Verdict.PASS),
    Outcome("demo/new", Verdict.FAIL, (finding("demo/new"),)),
    Outcome("demo/later", Verdict.NOT_APPLICABLE, (), "no tool was called"),
)


def test_outcomes_of_newer_rules_are_new_and_say_what_they_would_be() -> None:
    old, new, later = frozen(OUTCOMES, (OLD, NEW, LATER), "2026.11")
    assert old is OUTCOMES[0]
    assert (new.verdict, new.reason) == (Verdict.NEW, "not counted, it came with ruleset 2027.03: fail")
    assert [(one.excuse, one.newer, one.level) for one in new.findings] == [("new", "2027.03", Level.ERROR)]
    assert (later.verdict, later.reason) == (
        Verdict.NEW, "not counted, it came with ruleset 2027.04: no tool was called",
    )  # fmt: skip


def test_the_ruleset_of_a_rule_itself_counts_it() -> None:
    assert frozen(OUTCOMES, (OLD, NEW, LATER), "2027.03")[1] is OUTCOMES[1]


def test_newer_rules_change_no_verdict() -> None:
    assert verdict_of(OUTCOMES) is Verdict.FAIL
    assert verdict_of(frozen(OUTCOMES, (OLD, NEW, LATER), "2026.11")) is Verdict.PASS
    assert verdict_of(frozen(OUTCOMES, (OLD, NEW, LATER), "2020.01")) is Verdict.NOT_APPLICABLE


def test_a_run_is_known_where_a_known_error_stands_and_none_that_counts() -> None:
    known = Outcome("demo/x", Verdict.KNOWN, (finding("demo/x", known="r"),))
    light = Outcome("demo/y", Verdict.KNOWN, (finding("demo/y", Level.WARNING, known="r"),))
    assert verdict_of((OUTCOMES[0], known)) is Verdict.KNOWN
    assert verdict_of((OUTCOMES[0], light)) is Verdict.PASS
    assert verdict_of((known, OUTCOMES[1])) is Verdict.FAIL
