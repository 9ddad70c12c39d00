"""Laws of mutations and cuts: one fault and nothing else; reads add up to the body, times never run backwards."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.core import mutate
from conformance.core.cuts import CUTS, cut, ordered, recut, rewrite, splice
from conformance.core.mutate import OPERATORS, Operator
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import End, EndKind, Evidence, Headers, Read, Recording
from conformance.core.sse import decode
from conformance.core.stream import Stream
from tests.strategies import any_bodies, sse_bodies, timed

SSE = Headers([("content-type", "text/event-stream")])
FIRST = b'event: a\ndata: {"id":"1","index":0,"delta":{"content":"x"}}\n\n'
COMMENT = b": c\n\n"
SECOND = b'data: {"id":"1","index":0,"finish_reason":"stop"}\n\n'
DONE = b"data: [DONE]\n\n"
BODY = FIRST + COMMENT + SECOND + DONE
RECORDING = timed(Recording(headers=SSE, body=BODY, end=End(at=90.0)), [30, 40, len(BODY) - 70])


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    body = draw(any_bodies)
    places = sorted(draw(st.lists(st.integers(0, len(body)), max_size=5)))
    reads = [b - a for a, b in pairwise([0, *places, len(body)])]
    made = Recording(headers=SSE, body=body, end=End(at=1000.0))
    return timed(made, reads) if draw(st.booleans()) else replace(made, missing=frozenset({Evidence.READS}))


def consistent(recording: Recording, before: Recording) -> bool:
    """The law, for one result."""
    reads = recording.reads
    assert not before.reads or not recording.body or sum(read.size for read in reads) == len(recording.body)
    assert bool(reads) <= bool(before.reads)
    assert all(one.at <= other.at for one, other in pairwise(reads))
    assert all(read.size >= 0 for read in reads)
    assert recording.request is before.request and recording.metadata is before.metadata
    return True


@given(recordings(), st.sampled_from(sorted(OPERATORS)), st.integers(-1, 8))
@settings(max_examples=200)
def test_every_operator_keeps_the_law_on_anything(recording: Recording, name: str, k: int) -> None:
    before = replace(recording)
    mutant = OPERATORS[name](recording, k)
    assert recording == before
    if mutant is None:
        return
    assert consistent(mutant, recording) and mutant != recording
    assert 0 <= k < len(decode(recording.body)[0])


@pytest.mark.parametrize("name", OPERATORS)
def test_no_operator_applies_beyond_the_events(name: str) -> None:
    assert OPERATORS[name](RECORDING, 3) is OPERATORS[name](RECORDING, -1) is None
    assert OPERATORS[name](replace(RECORDING, body=b"", reads=()), 0) is None


def body_of(mutant: Recording | None) -> bytes:
    assert mutant is not None and consistent(mutant, RECORDING)
    return mutant.body


WHOLE: dict[str, list[bytes | None]] = {
    "drop": [COMMENT + SECOND + DONE, FIRST + COMMENT + DONE, FIRST + COMMENT + SECOND],
    "swap": [SECOND + COMMENT + FIRST + DONE, FIRST + COMMENT + DONE + SECOND, None],
    "repeat": [FIRST + BODY, FIRST + COMMENT + SECOND + SECOND + DONE, BODY + DONE],
    "append": [BODY + FIRST, BODY + SECOND, BODY + DONE],
    "truncate": [FIRST, FIRST + COMMENT + SECOND, None],
    "stall": [FIRST, FIRST + COMMENT + SECOND, None],
    "break": [FIRST[:30], FIRST + COMMENT + SECOND[:25], FIRST + COMMENT + SECOND + b"data: ["],
    "delay": [BODY, BODY, BODY],
    "merge": [FIRST[:-1] + COMMENT + SECOND + DONE, FIRST + COMMENT + SECOND[:-1] + DONE, None],
    "garble": [BODY.replace(b"}}\n", b"}\n"), BODY.replace(b'p"}\n', b'p"\n'), BODY.replace(b"E]", b"E")],
    "rename": [BODY.replace(b"event: a", b"event: a.renamed"), None, None],
}


@pytest.mark.parametrize(
    ("name", "k", "expected"), [(name, k, body) for name, bodies in WHOLE.items() for k, body in enumerate(bodies)]
)
def test_an_operator_does_its_one_thing_to_the_body(name: str, k: int, expected: bytes | None) -> None:
    mutant = OPERATORS[name](RECORDING, k)
    assert (None if mutant is None else body_of(mutant)) == expected


ONE: dict[str, object] = {"id": "1", "index": 0, "delta": {"content": "x"}}
TWO: dict[str, object] = {"id": "1", "index": 0, "finish_reason": "stop"}


def without(value: dict[str, object], name: str) -> dict[str, object]:
    return {key: item for key, item in value.items() if key != name}


MEMBERS: dict[str, list[dict[str, object] | None]] = {
    "change-id": [{**ONE, "id": "1x"}, {**TWO, "id": "1x"}],
    "lose-id": [without(ONE, "id"), without(TWO, "id")],
    "retype-id": [{**ONE, "id": 1}, {**TWO, "id": 1}],
    "change-index": [{**ONE, "index": 1}, {**TWO, "index": 1}],
    "lose-index": [without(ONE, "index"), without(TWO, "index")],
    "retype-index": [{**ONE, "index": "0"}, {**TWO, "index": "0"}],
    "change-text": [{**ONE, "delta": {"content": "xx"}}, None],
    "lose-text": [{**ONE, "delta": {}}, None],
    "retype-text": [{**ONE, "delta": {"content": ["x"]}}, None],
    "change-end": [None, {**TWO, "finish_reason": "stopx"}],
    "lose-end": [None, {**TWO, "finish_reason": None}],
    "rekind": [None, None],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "k", "expected"), [(name, k, value) for name, values in MEMBERS.items() for k, value in enumerate(values)]
)
def test_an_operator_does_its_one_thing_to_the_json(name: str, k: int, expected: dict[str, object] | None) -> None:
    mutant = OPERATORS[name](RECORDING, k)
    if expected is None:
        assert mutant is None
        return
    events, before = decode(body_of(mutant))[0], decode(BODY)[0]
    assert json.loads(events[k].raw) == expected
    assert list(json.loads(events[k].raw)) == list(expected)  # the order of members stays
    others = [(event.name, event.raw) for event in before if event.raw != before[k].raw]
    assert [(event.name, event.raw) for event in events if event.raw != events[k].raw] == others
    assert OPERATORS[name](RECORDING, 2) is None  # [DONE] is no JSON


def test_every_operator_is_shown_above() -> None:
    assert WHOLE.keys() | MEMBERS.keys() == OPERATORS.keys()


def test_the_outermost_member_of_a_name_is_changed() -> None:
    body = b'data: {"a":{"id":"in"},"id":"out","type":"t"}\n\n'
    made = Recording(headers=SSE, body=body)
    assert OPERATORS["change-id"](made, 0) == replace(made, body=body.replace(b'"out"', b'"outx"'))
    assert OPERATORS["rekind"](made, 0) == replace(made, body=body.replace(b'"t"', b'"t.renamed"'))


@given(sse_bodies())
def test_events_are_dropped_repeated_and_moved_whole(body: bytes) -> None:
    recording = Recording(headers=SSE, body=body)
    events = [(event.name, event.raw) for event in decode(body)[0]]
    ids = decode(body)[1].ids or not body.isascii() or b"\r" in body  # these read their neighbours
    for k in range(len(events)):
        for operator, expected in (
            (mutate.drop, events[:k] + events[k + 1 :]),
            (mutate.repeat, [*events[: k + 1], *events[k:]]),
            (mutate.truncate, events[: k + 1]),
            (mutate.swap, [*events[:k], *reversed(events[k : k + 2]), *events[k + 2 :]]),
        ):
            mutant = operator(recording, k)
            if mutant is not None and not ids:
                assert [(event.name, event.raw) for event in decode(mutant.body)[0]] == expected


# Time


def times(recording: Recording) -> list[float | None]:
    return [event.at for event in Stream(recording, UNKNOWN).events]


def made(operator: Operator, k: int) -> Recording:
    mutant = operator(RECORDING, k)
    assert mutant is not None
    return mutant


def test_other_events_keep_their_time() -> None:
    assert times(RECORDING) == [25.0, 30.0, 30.0]
    assert times(made(mutate.drop, 0)) == [30.0, 30.0]
    assert times(made(mutate.drop, 1)) == [25.0, 30.0]
    assert times(made(mutate.repeat, 0)) == [25.0, 25.0, 30.0, 30.0]
    assert times(made(mutate.swap, 0)) == [25.0, 30.0, 30.0]  # the bytes move, the reads do not
    assert times(made(OPERATORS["change-text"], 0)) == [25.0, 30.0, 30.0]


def test_a_delay_moves_the_event_and_all_behind_it() -> None:
    late = mutate.delay(RECORDING, 1, 500.0)
    assert late is not None
    assert times(late) == [25.0, 530.0, 530.0] and late.end.at == 590.0
    assert late.reads == (Read(20.0, 30), Read(25.0, 36), Read(525.0, 4), Read(530.0, len(BODY) - 70))
    assert late.body == BODY


def test_a_stall_ends_in_the_clients_patience() -> None:
    stuck = mutate.stall(RECORDING, 0, 500.0)
    assert stuck is not None
    assert stuck.end == End(EndKind.TIMEOUT, 525.0) and stuck.body == FIRST
    untimed = replace(RECORDING, missing=frozenset({Evidence.TIMING}))
    assert mutate.stall(untimed, 0) is mutate.delay(untimed, 0) is None


def test_a_break_is_no_end_that_http_knows() -> None:
    broken = made(mutate.break_off, 1)
    assert broken.end == End(EndKind.TRUNCATED, 30.0)
    assert made(mutate.truncate, 1).end == End(EndKind.EOF, 30.0)
    assert mutate.cut_off(RECORDING, len(BODY)) is None
    nothing = mutate.cut_off(RECORDING, 0)
    assert nothing is not None and (nothing.body, nothing.reads) == (b"", ())
    untimed = mutate.cut_off(Recording(body=BODY), 5)
    assert untimed is not None and untimed.end == End(EndKind.TRUNCATED)


def test_a_promised_length_is_kept_only_where_the_transport_broke() -> None:
    promised = replace(RECORDING, headers=Headers([*SSE, ("Content-Length", str(len(BODY)))]))
    dropped, broken = mutate.drop(promised, 2), mutate.break_off(promised, 2)
    assert dropped is not None and dropped.headers.get("content-length") == str(len(dropped.body)) != str(len(BODY))
    assert broken is not None and broken.headers == promised.headers
    wrong = replace(RECORDING, headers=Headers([("content-length", "7")]))
    assert made_with(wrong).headers == wrong.headers


def made_with(recording: Recording) -> Recording:
    mutant = mutate.drop(recording, 0)
    assert mutant is not None
    return mutant


# Legal changes


def test_a_comment_changes_no_event() -> None:
    for k in range(3):
        mutant = mutate.comment(RECORDING, k)
        assert mutant is not None and consistent(mutant, RECORDING)
        assert [event.raw for event in decode(mutant.body)[0]] == [event.raw for event in decode(BODY)[0]]
        assert len(decode(mutant.body)[1].comments) == 2


@given(recordings(), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_line_ends_change_no_event(recording: Recording, ending: bytes) -> None:
    mutant = mutate.line_ends(recording, ending)
    assert consistent(mutant, recording)
    before, after = decode(recording.body), decode(mutant.body)
    assert [(event.name, event.raw) for event in after[0]] == [(event.name, event.raw) for event in before[0]]
    lf, crlf, cr = after[1].lf, after[1].crlf, after[1].cr
    assert {b"\n": crlf + cr, b"\r\n": lf + cr, b"\r": lf + crlf}[ending] == 0


def test_line_ends_of_a_large_stream_are_changed_in_one_go() -> None:
    large = timed(Recording(headers=SSE, body=b"data: x\n\n" * 5_000), [9] * 5_000)
    assert mutate.line_ends(large, b"\r\n").reads == tuple(Read(read.at, 11) for read in large.reads)


# Bytes


@given(recordings(), st.data())
def test_edits_keep_reads_and_body_together(recording: Recording, data: st.DataObject) -> None:
    size = len(recording.body)
    places = sorted(data.draw(st.lists(st.integers(0, size), max_size=6)))
    edits = [
        (start, end, data.draw(st.binary(max_size=4))) for start, end in zip(places[::2], places[1::2], strict=False)
    ]
    mutant = rewrite(recording, edits)
    expected = recording.body
    for start, end, new in reversed(edits):
        expected = expected[:start] + new + expected[end:]
    assert mutant.body == expected
    assert consistent(mutant, recording)


def test_new_bytes_come_with_the_read_that_brought_the_last_old_one() -> None:
    base = timed(Recording(body=b"aaabbbccc"), [3, 3, 3])
    sizes = {
        (0, 0, b"xx"): [5, 3, 3],
        (3, 3, b"xx"): [5, 3, 3],
        (4, 4, b"xx"): [3, 5, 3],
        (9, 9, b"xx"): [3, 3, 5],
        (2, 4, b""): [2, 2, 3],
        (2, 4, b"xyz"): [2, 5, 3],
        (2, 4, b"xy"): [3, 3, 3],
        (3, 6, b""): [3, 3],
        (3, 6, b"x"): [3, 1, 3],
        (0, 9, b"x"): [1],
    }
    for edit, expected in sizes.items():
        assert [read.size for read in splice(base, *edit).reads] == expected, edit
    assert [read.at for read in splice(base, 3, 6, b"").reads] == [20.0, 30.0]


# Cuts


@given(recordings(), st.sampled_from([*CUTS, "random:1", "random:x"]))
def test_cuts_change_reads_and_nothing_else(recording: Recording, how: str) -> None:
    other = recut(recording, how)
    assert replace(other, reads=recording.reads, missing=recording.missing) == recording
    assert sum(read.size for read in other.reads) == len(recording.body)
    assert all(one.at <= later.at for one, later in pairwise(other.reads))
    assert other.has(Evidence.READS)
    assert other.has(Evidence.TIMING) == (recording.has(Evidence.TIMING) and bool(recording.reads))
    if recording.reads:
        before, after = Stream(recording, UNKNOWN), Stream(other, UNKNOWN)
        earlier = [before.arrival(offset) or 0.0 for offset in range(len(recording.body))]
        later = [after.arrival(offset) or 0.0 for offset in range(len(recording.body))]
        assert all(one <= two for one, two in zip(earlier, later, strict=True))
        assert how != "byte" or earlier == later


def sizes(body: bytes, how: str, reads: list[int] | None = None) -> list[int]:
    recording = Recording(body=body)
    return [read.size for read in recut(timed(recording, reads) if reads else recording, how).reads]


def test_each_way_of_cutting() -> None:
    body = "data: é\r\n\r\ndata: x\r\n\r\n".encode()
    assert sizes(body, "whole") == [len(body)]
    assert sizes(body, "byte") == [1] * len(body)
    assert sizes(body, "line") == [10, 2, 9, 2]
    assert sizes(body, "event") == [12, 11]
    assert sizes(body, "mid-utf8") == [7, 16]
    assert sizes(body, "mid-crlf") == [9, 2, 9, 2, 1]
    assert sizes(body, "split", [10, 13]) == [5, 5, 6, 7]
    assert sizes(body, "mid-utf8", [10, 13]) == [7, 3, 13]
    assert sizes(body, "mid-crlf", [10, 13]) == [9, 1, 1, 9, 2, 1]
    assert sizes(body, "split") == [len(body)]
    assert sizes(body, "random:3") == sizes(body, "random:3")
    assert sum(sizes(body * 50, "random:3")) == len(body) * 50
    assert sizes(body * 50, "random:3") != sizes(body * 50, "random:4")
    assert sizes(b"", "random:3") == sizes(b"", "byte") == []


@pytest.mark.parametrize("how", ["", "bytes", "random", "random:", "mid"])
def test_an_unknown_way_of_cutting_is_named_with_the_known_ones(how: str) -> None:
    with pytest.raises(ValueError, match=r"no way of cutting: .*; known: whole, split, byte"):
        recut(RECORDING, how)


def test_joined_bytes_come_with_the_last() -> None:
    assert recut(RECORDING, "whole").reads == (Read(30.0, len(BODY)),)
    assert cut(RECORDING, [60, 0, 999, -1]).reads == (Read(25.0, 60), Read(30.0, len(BODY) - 60))


def test_ordering_raises_times_and_lowers_none() -> None:
    assert ordered([Read(5.0, 1), Read(3.0, 2), Read(9.0, 0)]) == (Read(5.0, 1), Read(5.0, 2), Read(9.0, 0))
