"""The figures of a gateway agree with what was done to the times of a stream."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.core.cuts import cut
from conformance.core.mutate import events_of
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import End, EndKind, Evidence, Recording
from conformance.core.stream import Stream
from conformance.core.transparency_timing import abort_seen, added, burst_share, deliveries, measure, spread
from tests.sides import builtin, compare, merged, timed

CHAT = "openai-chat"
ABOVE = timed(builtin(CHAT), [100 + 20.0 * n for n in range(len(events_of(builtin(CHAT))))], head=1.0)
WRITTEN = [read.at for read in ABOVE.reads]
ARRIVED = 2.0
COUNT = len(WRITTEN)


def below(delay: float, times: list[float] | None = None, head: float | None = None) -> Recording:
    """The client's side: every event so many milliseconds after it was written."""
    read = [ARRIVED + at + delay for at in (times or WRITTEN)]
    return timed(builtin(CHAT), read, ARRIVED + 1.0 + delay if head is None else head)


def test_a_recording_with_one_side_has_no_figures() -> None:
    assert added(Stream(ABOVE, UNKNOWN)) == {}


@pytest.mark.parametrize("delay", [0.0, 5.0, 20.0, 250.0])
def test_a_constant_delay_is_told_as_it_is(delay: float) -> None:
    found = measure(compare(ABOVE, below(delay)))
    for name in ("head", "first_byte", "event_p50", "event_p95", "event_max"):
        assert found[f"gateway_{name}"] == pytest.approx(delay)
    assert found["gateway_request"] == ARRIVED
    assert found["gateway_spread"] == 1.0 and found["gateway_burst_share"] == 0.0
    assert found["gateway_events_per_write"] == found["gateway_events_per_read"] == 1.0


def test_a_head_that_waits_for_the_body_is_held() -> None:
    found = measure(compare(ABOVE, below(3.0, head=ARRIVED + 103.0)))
    assert found["gateway_head"] == pytest.approx(102.0) and found["gateway_first_byte"] == pytest.approx(3.0)


def test_a_gateway_that_sends_all_at_the_end_has_no_spread() -> None:
    found = measure(compare(ABOVE, below(0.0, [WRITTEN[-1]] * COUNT)))
    assert found["gateway_spread"] == 0.0 and found["gateway_burst_share"] == 1.0
    assert found["gateway_event_max"] == pytest.approx(WRITTEN[-1] - WRITTEN[0])


@pytest.mark.parametrize("size", [2, 4])
def test_events_that_are_collected_arrive_together(size: int) -> None:
    times = [WRITTEN[min(COUNT - 1, n - n % size + size - 1)] for n in range(COUNT)]
    found = compare(ABOVE, below(0.0, times))
    share, wide = burst_share(deliveries(found)), spread(deliveries(found))
    assert share == pytest.approx(1 - 1 / size, abs=0.1)
    assert wide is not None and wide > 0.8, "they come in heaps, and over the same time"


def test_reads_of_several_events_are_counted() -> None:
    whole = cut(below(1.0), [event.end for event in events_of(builtin(CHAT))][::4])
    found = measure(compare(ABOVE, whole))
    assert found["gateway_events_per_write"] == 1.0 and float(found["gateway_events_per_read"] or 0) > 3


def test_merged_events_are_found_again_by_their_text() -> None:
    fewer = merged(builtin(CHAT), 3)
    times = [5000.0 + n for n in range(len(events_of(fewer)))]
    found = deliveries(compare(ABOVE, timed(fewer, times)))
    texts = sum(
        bool(Stream(ABOVE, compare(ABOVE, ABOVE).below.protocol).protocol.text_of(e))
        for e in compare(ABOVE, ABOVE).below.events
    )
    assert len(found) >= texts and all(one.read >= 5000.0 for one in found)


@pytest.mark.parametrize("other", ["anthropic-messages", "openai-responses", "gemini-generate"])
def test_translated_events_are_found_again_by_their_text(other: str) -> None:
    upstream = builtin(other)
    count = len(events_of(upstream))
    upstream = timed(upstream, [10.0 * n + 10 for n in range(count)])
    found = compare(upstream, timed(builtin(CHAT), [4000.0] * COUNT), CHAT)
    assert found.translated
    delivered = deliveries(found)
    assert delivered and all(one.read == 4000.0 for one in delivered)


def test_what_has_no_times_has_no_figures() -> None:
    blind = replace(builtin(CHAT), reads=(), missing=frozenset({Evidence.TIMING, Evidence.READS}), headers_at=None)
    found = measure(compare(blind, blind))
    assert {value for name, value in found.items() if name != "gateway_request"} == {None}


# Aborts


def aborted(seen: float | None, left: float = 150.0) -> tuple[Recording, Recording]:
    """Both sides of a stream that the client left; `seen` milliseconds later the upstream saw the gateway leave."""
    end = End(EndKind.CANCELLED, at=left - ARRIVED + seen, by="gateway") if seen is not None else ABOVE.end
    bodies = [sum(read.size for read in ABOVE.reads if read.at <= until) for until in (end.at or 0, left - ARRIVED)]
    sides = [
        replace(ABOVE, body=ABOVE.body[:size], reads=tuple(read for read in ABOVE.reads if read.at <= until))
        for size, until in zip(bodies, (end.at or 0, left - ARRIVED), strict=True)
    ]
    return replace(sides[0], end=end), replace(sides[1], end=End(EndKind.CANCELLED, at=left, by="client"))


@pytest.mark.parametrize("seen", [0.0, 50.0, 250.0])
def test_an_abort_is_timed_and_what_was_pulled_since_is_counted(seen: float) -> None:
    above, left = aborted(seen)
    found = compare(above, left)
    figures = measure(found)
    assert figures["gateway_abort"] == pytest.approx(seen)
    since = [read for read in above.reads if read.at > 150.0 - ARRIVED]
    assert figures["gateway_pulled_events"] == len(since)
    assert figures["gateway_pulled_bytes"] == sum(read.size for read in since)


def test_an_abort_that_the_upstream_never_saw_has_no_time_and_pulls_all() -> None:
    above, left = aborted(None)
    found = compare(above, left)
    assert abort_seen(found) is None
    assert float(measure(found)["gateway_pulled_events"] or 0) > COUNT / 2


def test_who_did_not_leave_has_no_abort() -> None:
    assert abort_seen(compare(ABOVE, below(1.0))) is None
    assert "gateway_abort" not in measure(compare(ABOVE, below(1.0)))
