"""A cancellation is judged by what an observer saw; what nobody saw is never a pass."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.core.recording import End, EndKind
from conformance.rules.cancel.samples import cancelled
from tests.rules.outcome import FAIL, NOT_APPLICABLE, PASS, message, outcome, traits, verdict

NEVER, LATE = "cancel/not-propagated", "cancel/propagated-late"
FAILS, SLOW = "cancel/next-request-fails", "cancel/next-request-slow"
SESSION, DATA, BILLED = "cancel/session-broken", "cancel/data-after-reset", "cancel/billed-beyond-the-cancellation"

UNOBSERVED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no observer": {"propagated_ms": 12},
    "no observer's name": {"observer": "", "never": True},
    "an observer without a verdict": {"observer": "upstream"},
    "never is false": {"observer": "upstream", "never": False},
    "words for a number": {"observer": "upstream", "propagated_ms": "soon"},
    "a truth for a number": {"observer": "upstream", "propagated_ms": True},
    "an observer that is no name": {"observer": ["upstream"], "never": True},
}


@pytest.mark.parametrize("name", UNOBSERVED)
def test_what_nobody_observed_is_not_applicable_and_never_a_pass(name: str) -> None:
    example = cancelled(**UNOBSERVED[name])
    for rule in (NEVER, LATE):
        found = outcome(rule, example)
        assert found.verdict is NOT_APPLICABLE
        assert found.reason is not None and "unobserved: " in found.reason
    assert "cancel.observer" not in traits(example) and "cancel.propagated" not in traits(example)


def test_an_answer_that_had_said_why_it_ends_has_nothing_left_to_stop() -> None:
    seen = {"observer": "upstream", "never": True, "waited_ms": 2700.0, "ran_to_end": True}
    assert verdict(NEVER, cancelled(stage="after-finish", **seen)) is NOT_APPLICABLE
    assert verdict(NEVER, cancelled(stage="after-events", **seen)) is FAIL


@pytest.mark.parametrize("kind", [kind for kind in EndKind if kind is not EndKind.CANCELLED])
def test_a_stream_that_was_not_cancelled_is_not_judged(kind: EndKind) -> None:
    example = cancelled().but(end=End(kind, at=99.0, observed={"observer": "upstream", "never": True}))
    assert verdict(NEVER, example) is verdict(LATE, example) is NOT_APPLICABLE


@pytest.mark.parametrize(
    ("observed", "never", "late"),
    [
        ({"propagated_ms": 0}, PASS, PASS),
        ({"propagated_ms": 1999.9}, PASS, PASS),
        ({"propagated_ms": 2001}, PASS, FAIL),
        ({"never": True}, FAIL, NOT_APPLICABLE),
        ({"never": True, "waited_ms": "long"}, FAIL, NOT_APPLICABLE),
        ({"propagated_ms": 2400, "resolution_ms": 500}, PASS, NOT_APPLICABLE),
        ({"propagated_ms": 2400, "resolution_ms": 300}, PASS, FAIL),
        ({"propagated_ms": 1900, "resolution_ms": 1900}, PASS, PASS),
        ({"propagated_ms": 400, "within_ms": 300}, PASS, FAIL),
        ({"propagated_ms": 4000, "within_ms": 5000}, PASS, PASS),
        ({"never": True, "how": "half-close"}, NOT_APPLICABLE, NOT_APPLICABLE),
        ({"never": True, "stage": "unstreamed"}, NOT_APPLICABLE, NOT_APPLICABLE),
        ({"never": True, "stage": "after-terminal"}, NOT_APPLICABLE, NOT_APPLICABLE),
        ({"propagated_ms": 5, "missed": "no reasoning came"}, NOT_APPLICABLE, NOT_APPLICABLE),
    ],
)
def test_what_was_observed_is_judged(observed: dict[str, Any], never: object, late: object) -> None:
    example = cancelled(observer="upstream", **observed)
    assert verdict(NEVER, example) is never
    assert verdict(LATE, example) is late


def test_the_findings_name_observer_and_time() -> None:
    assert message(NEVER, cancelled(observer="vllm-metrics", never=True, waited_ms=10_000)) == (
        "the observer vllm-metrics saw nothing of the cancellation within 10.0 s"
    )
    assert message(NEVER, cancelled(observer="upstream", never=True, waited_ms=900, ran_to_end=True)).endswith(
        "within 0.9 s, and ran on to its end"
    )
    assert "after 30.0 s" in message(LATE, cancelled(observer="upstream", propagated_ms=30_000))


def test_traits_tell_who_looked_and_what_was_seen() -> None:
    seen = traits(cancelled(observer="upstream", propagated_ms=12))
    assert (seen["cancel.observer"], seen["cancel.propagated"]) == ("upstream", True)
    assert traits(cancelled(observer="upstream", never=True))["cancel.propagated"] is False
    assert "cancel.propagated" not in traits(cancelled(observer="upstream", never=True, how="half-close"))


def test_the_reason_why_nobody_saw_it_is_told() -> None:
    found = outcome(NEVER, cancelled(observer="prometheus (vllm)", unobserved="http://h/metrics did not answer"))
    assert found.reason == "unobserved: http://h/metrics did not answer"


@pytest.mark.parametrize(
    ("told", "fails", "slow"),
    [
        ({}, NOT_APPLICABLE, NOT_APPLICABLE),
        ({"next_status": 200, "next_ms": 61, "baseline_ms": 60}, PASS, PASS),
        ({"next_status": 200, "next_ms": 1_900, "baseline_ms": 60}, PASS, PASS),
        ({"next_status": 200, "next_ms": 2_100, "baseline_ms": 60}, PASS, FAIL),
        ({"next_status": 200, "next_ms": 8_000, "baseline_ms": 4_000}, PASS, PASS),
        ({"next_status": 429, "baseline_status": 200}, FAIL, NOT_APPLICABLE),
        ({"next_status": 429, "baseline_status": 429}, NOT_APPLICABLE, NOT_APPLICABLE),
        ({"next_error": "nothing listens", "baseline_status": 200}, FAIL, NOT_APPLICABLE),
        ({"next_error": "nothing listens", "missed": "too late"}, NOT_APPLICABLE, NOT_APPLICABLE),
    ],
)
def test_the_next_request_is_served_as_before(told: dict[str, Any], fails: object, slow: object) -> None:
    example = cancelled(stage="after-events", how="close", **told)
    assert verdict(FAILS, example) is fails
    assert verdict(SLOW, example) is slow


@pytest.mark.parametrize(
    ("told", "session", "data"),
    [
        ({"how": "close", "session_usable": False, "after_ack_bytes": 9}, NOT_APPLICABLE, NOT_APPLICABLE),
        ({"session_usable": True, "ack_ms": 1, "after_bytes": 900, "after_ack_bytes": 0}, PASS, PASS),
        ({"session_usable": False, "ack_ms": 1, "after_ack_bytes": 9}, FAIL, FAIL),
        ({"session_usable": False, "session_orderly": True, "after_ack_bytes": 9}, NOT_APPLICABLE, NOT_APPLICABLE),
        ({}, NOT_APPLICABLE, NOT_APPLICABLE),
    ],
)
def test_a_reset_stream_ends_alone_and_at_once(told: dict[str, Any], session: object, data: object) -> None:
    example = cancelled(**{"stage": "after-events", "how": "rst-stream", **told})
    assert verdict(SESSION, example) is session
    assert verdict(DATA, example) is data


def test_what_is_billed_is_compared_with_what_had_come() -> None:
    record = {"observer": "openrouter-generation", "propagated_ms": 2_000, "resolution_ms": 2_000, "cancelled": True}
    assert verdict(BILLED, cancelled(**record, native_tokens_completion=300, events_received=20)) is PASS
    assert verdict(BILLED, cancelled(**record, native_tokens_completion=13_000, events_received=20)) is FAIL
    assert verdict(BILLED, cancelled(**record)) is NOT_APPLICABLE


def test_traits_tell_where_and_how_the_client_left() -> None:
    left = traits(cancelled(stage="in-reasoning", how="half-close", after_bytes=120))
    assert (left["cancel.stage"], left["cancel.how"], left["cancel.half-close"]) == (
        "in-reasoning", "half-close", "goes on",
    )  # fmt: skip
    assert traits(cancelled(stage="after-head", how="half-close", after_bytes=0))["cancel.half-close"] == "ends"
    missed = traits(cancelled(stage="in-reasoning", how="close", missed="no reasoning came"))
    assert missed["cancel.stage"] == "not reached: no reasoning came"
    assert "cancel.how" not in missed


def test_usage_before_the_leaving_is_a_fact_and_an_answer_that_does_not_stream_another() -> None:
    assert traits(cancelled(stage="after-events", how="close"))["cancel.usage"] is False
    unstreamed = {"stage": "unstreamed", "how": "close", "observer": "upstream"}
    assert traits(cancelled(**unstreamed, never=True))["cancel.unstreamed"] is False
    assert traits(cancelled(**unstreamed, propagated_ms=3))["cancel.unstreamed"] is True
