"""A cancellation is judged by what an observer saw; what nobody saw is never a pass."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.core.recording import End, EndKind
from conformance.rules.cancel.samples import cancelled
from tests.rules.outcome import FAIL, NOT_APPLICABLE, PASS, message, outcome, traits, verdict

NEVER, LATE = "cancel/not-propagated", "cancel/propagated-late"

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
        assert found.reason is not None and "not observed" in found.reason
    assert "cancel.observer" not in traits(example) and "cancel.propagated" not in traits(example)


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
        ({"never": True}, FAIL, PASS),
        ({"never": True, "waited_ms": "long"}, FAIL, PASS),
    ],
)
def test_what_was_observed_is_judged(observed: dict[str, Any], never: object, late: object) -> None:
    example = cancelled(observer="upstream", **observed)
    assert verdict(NEVER, example) is never
    assert verdict(LATE, example) is late


def test_the_findings_name_observer_and_time() -> None:
    assert message(NEVER, cancelled(observer="vllm-metrics", never=True, waited_ms=10_000)) == (
        "the vllm-metrics saw nothing of the cancellation within 10.0 s"
    )
    assert "after 30.0 s" in message(LATE, cancelled(observer="upstream", propagated_ms=30_000))


def test_traits_tell_who_looked_and_what_was_seen() -> None:
    seen = traits(cancelled(observer="upstream", propagated_ms=12))
    assert (seen["cancel.observer"], seen["cancel.propagated"]) == ("upstream", True)
    assert traits(cancelled(observer="upstream", never=True))["cancel.propagated"] is False
