"""Laws of latency: figures that a hand can compute; what the recording does not hold is None."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.core.latency import Latency, Marks, measure, percentile
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import End, EndKind, Evidence, Headers, Read, Recording
from conformance.core.stream import Stream

EVENT = b"data: x\n\n"  # 9 bytes
NOTHING = dict.fromkeys(Latency.__slots__)


def figures(recording: Recording, marks: Marks | None = None) -> dict[str, float | int | None]:
    protocol = UNKNOWN if marks is None else replace(UNKNOWN, marks=lambda stream: marks)
    return measure(Stream(recording, protocol)).figures()


def recorded(body: bytes, reads: list[tuple[float, int]], **changes: object) -> Recording:
    return Recording(
        headers=Headers([("content-type", "text/event-stream")]),
        body=body,
        reads=tuple(Read(*read) for read in reads),
        **changes,  # type: ignore[arg-type]
    )


def told(found: dict[str, float | int | None]) -> dict[str, float | int]:
    """The figures that are there."""
    return {name: value for name, value in found.items() if value is not None}


def test_one_event_per_read() -> None:
    # role, reasoning, text, tool, finish, [DONE], the end
    reads = [(100.0, 9), (130.0, 9), (150.0, 9), (155.0, 9), (255.0, 9), (256.0, 9)]
    marks = Marks(role=0, reasoning=1, text=2, tool=3, last_payload=4, terminal=5)
    end = End(at=260.0)
    assert told(figures(recorded(EVENT * 6, reads, end=end, headers_at=90.0), marks)) == {
        "headers": 90.0,
        "ttfb": 100.0,
        "first_event": 100.0,
        "first_role": 100.0,
        "first_reasoning": 130.0,
        "first_text": 150.0,
        "first_tool_argument": 155.0,
        "gap_p50": 20.0,  # of 5, 20, 30, 100; the one to [DONE] is none
        "gap_p95": 100.0,
        "gap_max": 100.0,
        "silence_bytes": 100.0,  # before the first byte, and again before the last chunk
        "silence_payload": 100.0,
        "payload_to_terminal": 1.0,
        "terminal_to_end": 4.0,
        "total": 260.0,
        "reads": 6,
        "events_per_read_mean": 1.0,
        "events_per_read_max": 1,
    }


def test_bursts_and_events_cut_by_reads() -> None:
    # 3 events at once; half an event; its other half with two more; a byte of the last; the rest
    reads = [(10.0, 27), (20.0, 4), (30.0, 23), (40.0, 1), (50.0, 8)]
    found = figures(recorded(EVENT * 7, reads))
    assert found["reads"] == 5
    assert found["events_per_read_mean"] == pytest.approx(7 / 3, abs=0.001)
    assert found["events_per_read_max"] == 3
    assert found["first_event"] == 10.0
    assert (found["gap_p50"], found["gap_p95"], found["gap_max"]) == (0.0, 20.0, 20.0)  # 0 0 20 0 0 20
    assert found["silence_bytes"] == 10.0
    assert found["silence_payload"] == 20.0
    assert found["total"] == 50.0  # no end was recorded: the last read


def test_the_first_byte_may_be_no_event() -> None:
    body = b": processing\n\n" + EVENT
    found = figures(recorded(body, [(10.0, 14), (500.0, 9)]))
    assert (found["ttfb"], found["first_event"]) == (10.0, 500.0)
    assert found["silence_bytes"] == 490.0
    assert found["silence_payload"] == 500.0


def test_pings_end_the_silence_of_bytes_but_not_of_payload() -> None:
    reads = [(10.0, 9), (1010.0, 9), (2010.0, 9), (3010.0, 9)]
    found = figures(recorded(EVENT * 4, reads), Marks(idle=frozenset({1, 2}), last_payload=3))
    assert found["silence_bytes"] == 1000.0
    assert found["silence_payload"] == found["gap_max"] == 3000.0


def test_silence_goes_on_to_the_end_of_the_body() -> None:
    found = figures(recorded(EVENT, [(10.0, 9)], end=End(EndKind.TIMEOUT, at=9010.0)))
    assert found["silence_bytes"] == found["silence_payload"] == 9000.0
    assert found["total"] == 9010.0


def test_silence_of_payload_ends_with_the_terminal_event() -> None:
    found = figures(recorded(EVENT * 2, [(10.0, 9), (20.0, 9)], end=End(at=9000.0)), Marks(last_payload=0, terminal=1))
    assert found["silence_payload"] == 10.0
    assert (found["payload_to_terminal"], found["terminal_to_end"]) == (10.0, 8980.0)
    assert found["silence_bytes"] == 8980.0


def test_one_event_has_no_gap() -> None:
    found = figures(recorded(EVENT, [(10.0, 9)]))
    assert found["gap_p50"] is found["gap_p95"] is found["gap_max"] is None


def test_a_timed_stream_without_events_has_the_times_of_its_bytes() -> None:
    assert told(figures(recorded(b": a\n\n", [(10.0, 2), (30.0, 3)], end=End(at=50.0)))) == {
        "ttfb": 10.0, "silence_bytes": 20.0, "silence_payload": 50.0, "total": 50.0, "reads": 2}  # fmt: skip


def test_a_response_that_is_no_stream_has_the_times_of_its_bytes() -> None:
    recording = replace(recorded(b'{"a":1}', [(10.0, 7)]), headers=Headers([("content-type", "application/json")]))
    assert figures(recording)["ttfb"] == 10.0


@pytest.mark.parametrize(
    "recording",
    [
        recorded(EVENT, []),
        recorded(EVENT, [(0.0, 9)], missing=frozenset({Evidence.TIMING})),
        recorded(EVENT, [], missing=frozenset({Evidence.TIMING, Evidence.READS}), headers_at=5.0),
    ],
)
def test_without_timing_there_is_no_figure(recording: Recording) -> None:
    assert figures(recording, Marks(role=0, text=0, last_payload=0, terminal=0)) == NOTHING


def test_without_reads_there_are_no_bursts() -> None:
    found = figures(recorded(EVENT * 2, [(10.0, 9), (20.0, 9)], missing=frozenset({Evidence.READS})))
    assert found["reads"] is found["events_per_read_mean"] is found["events_per_read_max"] is None
    assert found["ttfb"] == 10.0


def test_marks_beyond_the_events_have_no_time() -> None:
    found = figures(recorded(EVENT, [(10.0, 9)]), Marks(role=5, text=0, last_payload=9, terminal=7))
    assert found["first_role"] is found["payload_to_terminal"] is None
    assert found["first_text"] == 10.0


def test_reads_that_bring_too_little_leave_the_rest_untimed() -> None:
    found = figures(recorded(EVENT * 3, [(10.0, 9)]))
    assert (found["first_event"], found["gap_max"], found["events_per_read_max"]) == (10.0, None, 1)


def test_figures_are_rounded_to_microseconds() -> None:
    assert figures(recorded(EVENT, [(10.00049999, 9)]))["ttfb"] == 10.0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.sampled_from([1, 50, 95, 99, 100]))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values: list[float], percent: int) -> None:
    ordered = sorted(values)
    found = percentile(ordered, percent)
    enough = [value for value in ordered if 100 * sum(other <= value for other in ordered) >= percent * len(ordered)]
    assert found == enough[0]


def test_percentiles_of_nothing() -> None:
    assert percentile([], 50) is None
