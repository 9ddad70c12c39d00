"""The picture of a recording: the bytes that a finding is about, marked in what stands around them, and bounded."""

from __future__ import annotations

import pickle

from conformance import check
from conformance.core.finding import Finding
from conformance.core.picture import WIRES, Picture, picture_of
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import Recording
from conformance.core.stream import Stream
from conformance.core.wire import Wire
from tests.reports import finding, run

EVENT = b'data: {"id":"x","choices":[{"index":0}]}\n\n'
BODY = EVENT * 3


def pictured(body: bytes, *findings: Finding) -> Picture:
    return picture_of(Stream(Recording(body=body), UNKNOWN), run("a", *findings))


def wire(body: bytes, one: Finding) -> Wire:
    found = pictured(body, one).wire(one)
    assert found is not None
    return found


def test_a_pointer_marks_its_member() -> None:
    found = wire(BODY, finding(event=1, offset=len(EVENT), pointer="/choices/0/index"))
    assert found.guilty == b'"index":0'
    assert found.before.endswith(b'"choices":[{')
    assert found.after.startswith(b"}]}\n\n")


def test_an_event_is_marked_whole() -> None:
    found = wire(BODY, finding(event=1, offset=len(EVENT)))
    assert (found.before, found.guilty) == (EVENT, EVENT)


def test_a_byte_marks_the_rest_of_its_line() -> None:
    found = wire(b"data: 1\r\nfoo: bar\r\n\r\n", finding(offset=9))
    assert found == Wire(0, b"data: 1\r\n", b"foo: bar\r\n", b"\r\n")


def test_a_finding_of_the_whole_stream_has_no_bytes() -> None:
    one = finding()
    assert pictured(BODY, one).wire(one) is None


def test_places_that_are_not_there_are_no_exception() -> None:
    for one in (finding(event=99, offset=7000), finding(offset=-1), finding(offset=len(BODY) + 1), finding(event=99)):
        assert pictured(BODY, one).wire(one) is None
    assert pictured(b"", finding(offset=0)).wires == {}


def test_of_the_end_of_a_body_its_last_bytes_are_shown() -> None:
    found = wire(EVENT, finding(offset=len(EVENT)))
    assert found == Wire(0, EVENT, b"", b"")


def test_what_is_kept_is_bounded_and_what_is_left_out_is_counted() -> None:
    big = b'data: {"text":"' + "ä".encode() * 500_000 + b'"}\n\n'
    found = wire(EVENT * 50 + big + EVENT * 50, finding(event=50, offset=50 * len(EVENT)))
    assert sum(map(len, (found.before, found.guilty, found.after))) < 1000
    assert found.omitted + len(found.guilty) == len(big)
    assert found.more
    assert found.start > 0


def test_a_cut_never_breaks_a_character() -> None:
    for pad in range(4):
        big = b"data: " + b"x" * pad + "🙂".encode() * 2000 + b"\n\n"
        found = wire(big * 3, finding(event=1, offset=len(big)))
        for part in (found.before, found.guilty[: found.kept], found.guilty[found.kept :], found.after):
            part.decode("utf-8")


def test_a_run_of_many_findings_keeps_the_bytes_of_the_worst() -> None:
    many = [finding(f"demo/{number}", event=0, offset=0, pointer=f"/{number}") for number in range(2 * WIRES)]
    assert len(pictured(BODY, *many).wires) == WIRES


def test_a_picture_travels_between_processes() -> None:
    found = pictured(BODY, finding(event=1, offset=len(EVENT)))
    assert pickle.loads(pickle.dumps(found)) == found


def test_nobody_pays_for_a_picture_that_nobody_asked_for() -> None:
    assert check(Recording(body=BODY)).picture is None
