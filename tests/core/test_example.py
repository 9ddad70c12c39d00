"""Laws of examples: what stands beside a rule becomes the recording that one would have made."""

from __future__ import annotations

import pytest
from hypothesis import given

from conformance.core.example import Example
from conformance.core.recording import End, EndKind, Evidence, Read
from tests.strategies import any_bodies

TWO = Example("data: a\n\ndata: b\n\n")


def test_an_example_is_a_recording_without_times() -> None:
    recording = TWO.asking(n=2).but(path="/v1", status=201).recording()
    assert recording.body == b"data: a\n\ndata: b\n\n"
    assert recording.request.json == {"stream": True, "n": 2}
    assert (recording.request.path, recording.status, recording.media_type) == ("/v1", 201, "text/event-stream")
    assert recording.missing == {Evidence.TIMING, Evidence.READS}
    assert recording.reads == () and recording.end == End()


def test_reads_bring_times() -> None:
    recording = TWO.but(reads=((5.0, 9), (6.0, 9)), headers_at=4.0).recording()
    assert recording.missing == frozenset()
    assert recording.reads == (Read(5.0, 9), Read(6.0, 9)) and recording.headers_at == 4.0


def test_what_is_said_to_be_missing_is_missing() -> None:
    missing = frozenset({Evidence.REQUEST})
    assert TWO.paced().but(missing=missing).recording().missing == missing


def test_pacing_makes_one_read_per_block() -> None:
    paced = Example(": c\n\ndata: a\r\n\r\ndata: b\n\ndata: c").paced(gap=10, first=50, tail=2)
    assert paced.reads == ((50, 5), (60, 11), (70, 9), (80, 7))
    assert paced.end == End(at=82)


@given(any_bodies)
def test_paced_reads_add_up_to_the_body(body: bytes) -> None:
    paced = Example(body).paced()
    assert sum(size for _, size in paced.reads) == len(body)
    assert all(size for _, size in paced.reads)
    assert paced.end.at is not None


def test_pacing_keeps_how_it_ended() -> None:
    assert TWO.but(end=End(EndKind.RESET)).paced().end.kind is EndKind.RESET


def test_swapping_what_is_not_there_is_an_error() -> None:
    assert TWO.swap("a", "c").raw == b"dctc: c\n\ndctc: b\n\n"
    assert TWO.swap("data", "event", 1).raw == b"event: a\n\ndata: b\n\n"
    with pytest.raises(ValueError, match="does not hold 'z'"):
        TWO.swap("z", "y")


def test_bodies_may_be_bytes() -> None:
    assert Example(b"data: \xff\n\n").raw == b"data: \xff\n\n"
    assert Example("data: é\n\n").raw == b"data: \xc3\xa9\n\n"
