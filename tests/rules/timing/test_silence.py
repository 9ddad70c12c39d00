"""Silences, late heads and late ends: where they are counted from, and which rule speaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.core.example import Example
from conformance.core.recording import End, EndKind
from conformance.rules.timing.samples import CHAT, CHAT_BLOCKS, timed, token
from tests.rules.outcome import FAIL, NOT_APPLICABLE, NOT_RECORDED, PASS, broken, message, outcome, traits, verdict

NOTICED, FATAL, PAYLOAD = "timing/silent-for-15-seconds", "timing/silent-for-a-minute", "timing/payload-silent"


def silent(milliseconds: float) -> Example:
    """Two events with so much between them."""
    return timed([(50.0, token(0)), (50.0 + milliseconds, token(1))], 51.0 + milliseconds)


@pytest.mark.parametrize(
    ("seconds", "rule"),
    [(1, None), (14.9, None), (15.5, None), (17, NOTICED), (59, NOTICED), (61, FATAL), (400, FATAL)],
)
def test_a_silence_is_reported_once_by_its_length(seconds: float, rule: str | None) -> None:
    assert broken(silent(seconds * 1000)) == ({rule} if rule else set())


def test_a_keep_alive_ends_a_silence() -> None:
    blocks = [(50.0, token(0)), *((15_000.0 * n, ": ping\n\n") for n in range(1, 12)), (170_000.0, token(1))]
    assert broken(timed(blocks, 170_001.0)) == set()


def test_the_finding_stands_where_the_silence_begins() -> None:
    (finding,) = outcome(FATAL, silent(75_000)).findings
    assert finding.at == 50.0 and "75.0 s" in finding.message


def test_what_comes_before_the_head_is_no_silence_of_the_stream() -> None:
    late = timed([(80_000.0, token(0)), (80_050.0, token(1))], 80_100.0)
    assert broken(late.but(headers_at=79_900.0)) == {"timing/head-late"}
    assert broken(late.but(headers_at=40.0)) == {FATAL}
    assert broken(late.but(headers_at=None)) == set(), "without the time of the head nothing is held against the server"


def test_a_silence_behind_the_answer_is_a_late_end() -> None:
    late = CHAT.but(end=replace(CHAT.end, at=90_000.0))
    assert broken(late) == {"timing/end-late"}


def test_a_silence_that_the_client_ended_counts() -> None:
    hung = timed([(50.0, token(0))], 120_050.0, EndKind.TIMEOUT)
    assert broken(hung) == {FATAL}
    assert broken(timed([(50.0, token(0))], 500.0, EndKind.CANCELLED)) == set()


def test_keep_alives_hide_nothing_for_ever() -> None:
    pings = [(14_000.0 * n, ": ping\n\n") for n in range(1, 25)]
    dead = timed([(50.0, token(0)), *pings, (340_000.0, token(1))], 340_001.0)
    assert broken(dead) == {PAYLOAD}
    assert "24 comments" in message(PAYLOAD, dead)
    assert verdict(PAYLOAD, silent(400_000)) is NOT_APPLICABLE, "nothing hides that silence"
    assert verdict(PAYLOAD, timed([(50.0, token(0)), *pings[:20], (290_000.0, token(1))], 290_001.0)) is PASS


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (End(at=92.0), PASS),
        (End(at=2_000.0), PASS),
        (End(at=2_200.0), FAIL),
        (End(EndKind.TIMEOUT, at=60_000.0), FAIL),
        (End(EndKind.TIMEOUT, at=60_000.0, by="recorder"), NOT_APPLICABLE),
        (End(EndKind.CANCELLED, at=60_000.0, by="client"), NOT_APPLICABLE),
    ],
)
def test_an_end_is_late_more_than_two_seconds_behind_the_answer(end: End, expected: object) -> None:
    assert verdict("timing/end-late", CHAT.but(end=end)) is expected


def test_an_answer_without_an_end_of_its_own_cannot_end_late() -> None:
    assert verdict("timing/end-late", silent(10).but(end=End(at=60_000.0))) is NOT_APPLICABLE
    open_end = timed(CHAT_BLOCKS[:2], 60_000.0, request=CHAT.request, path=CHAT.path)
    assert verdict("timing/end-late", open_end) is NOT_APPLICABLE


@pytest.mark.parametrize(("at", "expected"), [(None, NOT_APPLICABLE), (14_000.0, PASS), (16_000.0, FAIL)])
def test_a_head_is_late_after_15_seconds(at: float | None, expected: object) -> None:
    example = timed([(20_000.0, token(0)), (20_010.0, token(1))], 20_020.0, headers_at=at)
    assert verdict("timing/head-late", example) is expected


def test_without_times_nothing_is_said() -> None:
    bare = silent(75_000).but(reads=())
    for rule in (NOTICED, FATAL, PAYLOAD, "timing/end-late", "timing/head-late"):
        assert verdict(rule, bare) is NOT_RECORDED
    assert not [name for name in traits(bare) if name.startswith("timing.")]


@pytest.mark.parametrize(("head", "value"), [(40.0, "early"), (49.0, "with-the-body"), (None, None)])
def test_the_trait_of_the_head_tells_whether_it_waited(head: float | None, value: str | None) -> None:
    assert traits(CHAT.but(headers_at=head)).get("timing.head") == value
