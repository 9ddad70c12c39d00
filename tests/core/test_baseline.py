"""Baselines are strict both ways: what is listed does not count, what is listed and gone fails, what cannot be seen is
left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.core.baseline import UNREVIEWED, Entry, held, updated
from conformance.core.finding import Level, Outcome, Run, Verdict
from tests.reports import finding, report, run

RULE = "demo/fault"
ENTRY = Entry(RULE, "acme", "tools", "they mend it in May", "2026-11-01")


def of(scenario: str | None = "tools", *outcomes: Outcome, target: str = "acme", **more: object) -> Run:
    metadata = {"target": target, **({"scenario": scenario} if scenario else {})}
    return replace(run("tools.yaml", *outcomes[0].findings), outcomes=outcomes, metadata=metadata, **more)  # type: ignore[arg-type]


BROKEN = Outcome(RULE, Verdict.FAIL, (finding(RULE),))
KEPT = Outcome(RULE, Verdict.PASS)
IDLE = Outcome(RULE, Verdict.NOT_APPLICABLE, (), "no tool was called")


def test_a_listed_finding_is_known_and_does_not_count() -> None:
    (marked,), check = held([of("tools", BROKEN)], [ENTRY], "b.toml")
    assert (marked.verdict, marked.outcomes[0].verdict) == (Verdict.KNOWN, Verdict.KNOWN)
    assert marked.findings[0].known == "they mend it in May (since 2026-11-01)"
    assert (marked.findings[0].excuse, marked.worst()) == ("known", None)
    assert (check.seen, check.stale, check.unseen) == ((ENTRY,), (), ())
    assert report(marked, baseline=check).exit_code() == 0


def test_another_error_beside_a_known_one_still_fails() -> None:
    other = Outcome("demo/other", Verdict.FAIL, (finding("demo/other"),))
    (marked,), _ = held([of("tools", BROKEN, other)], [ENTRY], "b.toml")
    assert (marked.verdict, marked.worst()) == (Verdict.FAIL, Level.ERROR)


@pytest.mark.parametrize(
    "changes",
    [{"scenario": "text"}, {"target": "other"}, {"protocol": "gemini-generate"}, {"rule": "demo/other"}],
    ids=str,
)
def test_an_entry_speaks_for_its_rule_target_scenario_and_protocol_alone(changes: dict[str, str]) -> None:
    stream = of("tools", BROKEN)
    (marked,), check = held([stream], [replace(ENTRY, **changes)], "b.toml")
    assert marked is stream
    assert len(check.unseen) == 1


def test_an_entry_may_be_a_pattern_and_a_name_with_brackets_is_itself() -> None:
    wide = Entry(RULE, "*", "too*", "r", "2026-11-01", "openai-*")
    assert held([of("tools", BROKEN)], [wide], "b")[0][0].verdict is Verdict.KNOWN
    odd = replace(of(None, BROKEN), source="some/a[1].yaml", interaction=2)
    assert held([odd], [replace(ENTRY, scenario="a[1].yaml#2")], "b")[0][0].verdict is Verdict.KNOWN


def test_an_entry_whose_rule_is_kept_by_a_matching_stream_is_stale_and_fails() -> None:
    runs, check = held([of("tools", KEPT), of("tools", IDLE)], [ENTRY], "b.toml")
    assert check.stale == (ENTRY,)
    assert report(*runs, baseline=check).exit_code() == 1


def test_one_stream_that_still_breaks_it_keeps_an_entry_alive() -> None:
    _, check = held([of("tools", KEPT), of("tools", BROKEN)], [ENTRY], "b.toml")
    assert (check.seen, check.stale) == ((ENTRY,), ())


@pytest.mark.parametrize(
    "stream",
    [
        of("tools", IDLE),
        of("tools", Outcome(RULE, Verdict.NOT_RECORDED)),
        of("tools", KEPT, inconclusive="no tool was called", verdict=Verdict.INCONCLUSIVE),
        of("tools", Outcome(RULE, Verdict.NEW)),
        of("tools", Outcome("demo/other", Verdict.PASS)),
        of("text", KEPT),
    ],
    ids=["not applicable", "not recorded", "inconclusive", "newer rule", "rule not asked", "another scenario"],
)
def test_what_could_not_be_seen_is_not_stale(stream: Run) -> None:
    runs, check = held([stream], [ENTRY], "b.toml")
    assert (check.seen, check.stale, check.unseen) == ((), (), (ENTRY,))
    assert runs == [stream]


def test_what_a_dialect_waives_still_occurs_and_stays_waived() -> None:
    waived = Outcome(RULE, Verdict.WAIVED, (finding(RULE, waived="documented"),))
    (marked,), check = held([of("tools", waived)], [ENTRY], "b.toml")
    assert (marked.findings[0].excuse, check.seen) == ("waived", (ENTRY,))


def test_an_update_adds_removes_and_keeps_the_words_of_what_stays() -> None:
    gone, blind = replace(ENTRY, rule="demo/gone"), replace(ENTRY, rule="demo/blind")
    new = Outcome("demo/new", Verdict.FAIL, (finding("demo/new"), finding("demo/new", message="again")))
    hint = Outcome("demo/hint", Verdict.FAIL, (finding("demo/hint", Level.NOTE),))
    stream = of("tools", BROKEN, Outcome("demo/gone", Verdict.PASS), new, hint)
    entries = [gone, ENTRY, blind]
    runs, check = held([stream, stream], entries, "b.toml")
    update = updated(runs, entries, check, Level.ERROR, "2026-11-21")
    assert (update.kept, update.removed) == ((ENTRY, blind), (gone,))
    (added,) = update.added
    assert added == Entry("demo/new", "acme", "tools", UNREVIEWED, "2026-11-21", "openai-chat")
    assert not added.reviewed and ENTRY.reviewed
    again, check = held([stream], update.entries, "b.toml")
    assert (again[0].verdict, check.stale) == (Verdict.KNOWN, ())


def test_an_entry_of_a_protocols_own_rule_need_not_name_the_protocol() -> None:
    own = Outcome("openai-chat/x", Verdict.FAIL, (finding("openai-chat/x"),))
    runs, check = held([of(None, own)], [], "b.toml")
    (added,) = updated(runs, [], check, Level.ERROR, "2026-11-21").added
    assert (added.protocol, added.scenario) == (None, "tools.yaml")
