"""Rhythm: sampled, bounded, never invented."""

from __future__ import annotations

from conformance.core.protocol import UNKNOWN
from conformance.core.recording import End, EndKind, Evidence, Read, Recording
from conformance.core.rhythm import IDLE, SAMPLES, Rhythm, rhythm_of
from conformance.core.stream import Stream


def rhythm(events: list[tuple[float, bytes]], missing: frozenset[Evidence] = frozenset()) -> Rhythm:
    """The rhythm of events that came in a read each."""
    body = b"".join(data for _, data in events)
    reads = [Read(at, len(data)) for at, data in events]
    return rhythm_of(Stream(Recording(body=body, reads=reads, missing=missing), UNKNOWN))


ONE = b"data: {}\n\n"


def test_every_event_has_a_beat_where_there_is_room() -> None:
    found = rhythm([(100.0, ONE), (110.0, ONE), (120.0, ONE)])
    assert [(beat.at, beat.number) for beat in found.beats] == [(100.0, 1), (110.0, 1), (120.0, 1)]
    assert (found.timed, found.first, found.end, found.events) == (True, 100.0, 120.0, 3)


def test_a_long_stream_is_sampled_and_no_event_is_lost() -> None:
    found = rhythm([(float(at), ONE) for at in range(10_000)])
    assert len(found.beats) <= 2 * SAMPLES
    assert len(found.reads) <= SAMPLES
    assert sum(beat.number for beat in found.beats) == 10_000
    assert sum(beat.size for beat in found.reads) == 10_000 * len(ONE)


def test_a_silence_that_stands_out_is_named_and_an_even_stream_has_none() -> None:
    even = [(float(at), ONE) for at in range(0, 100, 10)]
    assert rhythm(even).gaps == ()
    assert rhythm([*even, (500.0, ONE), (510.0, ONE)]).gaps == ((90.0, 500.0),)


def test_a_comment_does_not_end_a_silence_but_is_seen() -> None:
    even = [(float(at), ONE) for at in range(0, 100, 10)]
    found = rhythm([*even, (300.0, b": ping\n\n"), (500.0, ONE)])
    assert found.gaps == ((90.0, 500.0),)
    assert [beat.at for beat in found.beats if beat.kind == IDLE] == [300.0]


def test_a_burst_is_what_came_in_one_read() -> None:
    found = rhythm([(0.0, ONE), (50.0, ONE * 26), (60.0, ONE)])
    assert found.burst == (50.0, 26)


def test_without_times_it_goes_by_bytes_and_says_so() -> None:
    missing = frozenset({Evidence.TIMING, Evidence.READS})
    found = rhythm([(0.0, ONE), (0.0, ONE)], missing)
    assert (found.timed, found.end) == (False, 2 * len(ONE))
    assert [beat.at for beat in found.beats] == [0.0, float(len(ONE))]
    assert (found.gaps, found.burst, found.reads) == ((), None, ())


def test_times_that_run_backwards_do_no_harm() -> None:
    found = rhythm([(100.0, ONE), (20.0, ONE), (60.0, ONE)])
    assert sum(beat.number for beat in found.beats) == 3
    assert found.end == 100.0


def test_nothing_at_all_is_a_picture_too() -> None:
    assert rhythm([]).beats == ()


def test_a_silence_before_the_end_is_one_too_and_a_short_one_is_none() -> None:
    body, reads = ONE * 3, [Read(at, len(ONE)) for at in (10.0, 20.0, 30.0)]
    stalled = Recording(body=body, reads=reads, end=End(EndKind.TIMEOUT, 5030.0))
    assert rhythm_of(Stream(stalled, UNKNOWN)).gaps == ((30.0, 5030.0),)
    quick = Recording(body=body, reads=reads, end=End(EndKind.EOF, 90.0))
    assert rhythm_of(Stream(quick, UNKNOWN)).gaps == ()


def test_an_answer_without_a_body_took_until_its_end() -> None:
    found = rhythm_of(Stream(Recording(end=End(EndKind.CANCELLED, 300.0)), UNKNOWN))
    assert (found.timed, found.first, found.end, found.beats, found.gaps) == (True, 300.0, 300.0, (), ())


def test_on_another_clock_all_of_it_is_later() -> None:
    even = [(float(at), ONE) for at in range(0, 100, 10)]
    found = rhythm([*even, (500.0, ONE * 5)])
    moved = found.later(7.0)
    assert (moved.asked, moved.first, moved.end) == (7.0, 7.0, 507.0)
    assert (moved.gaps, moved.burst) == (((97.0, 507.0),), (507.0, 5))
    assert [beat.at - 7 for beat in moved.beats] == [beat.at for beat in found.beats]
    assert [read.at - 7 for read in moved.reads] == [read.at for read in found.reads]


def test_what_has_no_times_has_none_on_any_clock() -> None:
    found = rhythm([(0.0, ONE)], frozenset({Evidence.TIMING}))
    assert found.later(7.0) == found
