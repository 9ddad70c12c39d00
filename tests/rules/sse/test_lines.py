"""What stands in a stream beside its events: stray lines, ids, retries, byte order marks, line endings, long lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.core.recording import End, EndKind, Evidence
from conformance.core.sse import Piece, decode
from conformance.rules.sse.conditions import stray
from conformance.rules.sse.long_line import LIMIT, _long_lines
from conformance.rules.sse.samples import CHAT, PLAIN
from tests.rules.outcome import FAIL, NOT_APPLICABLE, NOT_RECORDED, PASS, broken, message, outcome, traits, verdict

BODY = PLAIN.raw.decode()

STRAYS = {
    "Data: x": "near-miss", "DATA:x": "near-miss", " data: x": "near-miss", "\tdata: x": "near-miss",
    "data : x": "near-miss", "Event: x": "near-miss", "ID: 1": "near-miss", "\ufeffdata: x": "near-miss",
    "Data": "near-miss", '{"error":{"message":"x"}}': "json", "[1,2]": "json", ' {"a":1}': "json",
    "INFRONAI PROCESSING": "unknown", "x-trace: 1": "unknown", "database: x": "unknown", "": "unknown",
    "keep-alive": "unknown", "datas: x": "unknown",
}  # fmt: skip
NAMES = {"near-miss": "sse/near-miss-field", "json": "sse/json-without-field", "unknown": "sse/unknown-field"}


@pytest.mark.parametrize("line", STRAYS)
def test_a_stray_line_is_named_for_what_it_looks_like(line: str) -> None:
    assert stray(Piece(0, 0, line)) == STRAYS[line]


@pytest.mark.parametrize("line", [line for line in STRAYS if line])
@pytest.mark.parametrize("place", ["in front", "behind"])
def test_a_stray_line_is_reported_by_one_rule(line: str, place: str) -> None:
    first = "" if line.startswith("\ufeff") else 'data: {"text":"."}\n\n'
    body = f"{first}{line}\n\n{BODY}" if place == "in front" else f"{BODY}{line}\n\n"
    if line.startswith("\ufeff") and place == "in front":
        body = "\ufeff" + body  # the first one is legal, and taken off
        assert broken(PLAIN.but(body=body)) == {NAMES[STRAYS[line]], "sse/byte-order-mark"}
    else:
        assert broken(PLAIN.but(body=body)) == {NAMES[STRAYS[line]]}


@pytest.mark.parametrize("rest", ["d", "dat", "even", "ret", "Data: {", '{"err'])
def test_a_line_that_was_cut_off_is_no_stray(rest: str) -> None:
    """What a cancelled or broken-off stream ends with was going to be something else."""
    cut = PLAIN.but(body=BODY + rest, end=End(EndKind.CANCELLED, by="client", at=90.0)).paced()
    assert broken(cut) == set()


def test_stray_lines_that_differ_in_numbers_are_one_finding() -> None:
    body = "".join(f"PROCESSING {number}\n\n" for number in range(40)) + BODY
    (finding,) = outcome("sse/unknown-field", PLAIN.but(body=body)).findings
    assert finding.count == 40 and "'PROCESSING N'" in finding.message and "colon" in finding.message


def test_ids_and_retries_are_reported_with_their_number_and_place() -> None:
    example = CHAT.swap("data: {", "id: 7\nretry: 10\ndata: {")
    ids = outcome("sse/id-field", example).findings[0]
    assert (ids.offset, ids.message) == (0, "4 `id` fields, the first with the value '7'")
    assert outcome("sse/retry-field", example).findings[0].message == "4 `retry` fields"
    alone = CHAT.but(body="retry: 10\n\n" + CHAT.raw.decode())
    assert message("sse/retry-field", alone) == "1 `retry` fields, 1 of them in a block without data"
    assert verdict("sse/dataless-event", alone) is PASS, "sse/retry-field has said it"


@pytest.mark.parametrize("value", ["", "3s", "-1", "+1", "1.5", "1_000", "\u0663"])
def test_a_retry_that_is_not_digits_is_reported_and_not_as_a_retry(value: str) -> None:
    example = CHAT.swap("data: {", f"retry:{value}\ndata: {{", 1)
    assert broken(example) == {"sse/retry-not-a-number"}


def test_a_conforming_stream_in_crlf_or_cr_is_not_mixed() -> None:
    assert broken(PLAIN.swap("\n", "\r\n")) == set()
    assert broken(PLAIN.swap("\n", "\r")) == set()
    assert (
        message("sse/line-endings-mixed", PLAIN.swap("\n\n", "\n\r\n", 1))
        == "of 8 lines 7 end with LF, 1 end with CRLF"
    )


def test_a_character_that_the_end_cut_in_two_is_not_held_against_the_server() -> None:
    half = PLAIN.but(body=PLAIN.raw + b"data: bl\xc3")
    assert verdict("sse/not-utf8", half) is FAIL
    for kind in (EndKind.CANCELLED, EndKind.RESET, EndKind.TIMEOUT):
        assert verdict("sse/not-utf8", half.but(end=End(kind, at=99.0)).paced()) is PASS
    earlier = PLAIN.but(body=b"data: \xff\n\n" + PLAIN.raw, end=End(EndKind.RESET, at=99.0)).paced()
    assert verdict("sse/not-utf8", earlier) is FAIL


# The end


UNTERMINATED = {
    "a sentinel": "data: [DONE]\n",
    "a sentinel without line end": "data: [DONE]",
    "whole JSON": 'data: {"choices":[]}\n',
    "cut JSON": 'data: {"choices":[{"del',
    "a name alone": "event: error\n",
}


@pytest.mark.parametrize("name", UNTERMINATED)
def test_what_stands_behind_the_last_blank_line_counts_by_evidence(name: str) -> None:
    """Our own recording holds the very bytes; of a file that others wrote only a cut in JSON is beyond doubt."""
    body = CHAT.raw.decode().removesuffix("data: [DONE]\n\n") + UNTERMINATED[name]
    rule = "sse/unterminated-event"
    assert verdict(rule, CHAT.but(body=body).paced()) is FAIL
    assert verdict(rule, CHAT.but(body=body)) is (FAIL if name == "cut JSON" else PASS)
    assert verdict(rule, CHAT.but(body=body, missing=frozenset({Evidence.FRAMING}))) is NOT_RECORDED
    for kind in (EndKind.CANCELLED, EndKind.TIMEOUT, EndKind.RESET, EndKind.TRUNCATED):
        assert verdict(rule, CHAT.but(body=body, end=End(kind, at=99.0)).paced()) is NOT_APPLICABLE


def test_a_comment_that_is_not_finished_is_lost_on_nobody() -> None:
    assert broken(PLAIN.but(body=BODY + ": ping").paced()) == set()


@pytest.mark.parametrize("body", ["", "\n\n\n", ": ping\n\n", "event: ping\n\n", "retry: 3\n\n"])
def test_a_stream_without_events_does_not_pass(body: str) -> None:
    assert verdict("sse/no-event", PLAIN.but(body=body)) is FAIL
    assert verdict("sse/no-event", PLAIN.but(body=body, missing=frozenset({Evidence.FRAMING}))) is NOT_RECORDED
    assert verdict("sse/no-event", PLAIN.but(body=body, end=End(EndKind.CANCELLED))) is NOT_APPLICABLE


@pytest.mark.parametrize(
    "body", ["data: x", "Data: x\n\n", '{"error":1}\n\n', ': ok\n\n{"error":1}\n\n', "PROCESSING\n\n"]
)
def test_a_stream_whose_only_line_is_lost_is_reported_once(body: str) -> None:
    assert verdict("sse/no-event", PLAIN.but(body=body).paced()) is NOT_APPLICABLE
    assert len(broken(PLAIN.but(body=body).paced())) == 1


# Long lines


@given(st.lists(st.integers(0, 200), max_size=12), st.integers(20, 60), st.booleans())
def test_long_lines_are_those_that_a_loop_over_all_lines_finds(sizes: list[int], limit: int, whole: bool) -> None:
    body = b"\n".join(b"x" * size for size in sizes) + (b"\n" if whole else b"")
    expected, start = [], 0
    for line in body.split(b"\n"):
        if len(line) > limit:
            expected.append((start, start + len(line)))
        start += len(line) + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("conformance.rules.sse.long_line.LIMIT", limit)
        assert list(_long_lines(body)) == expected


def test_the_limit_is_that_of_go() -> None:
    room = LIMIT - len('data: {"text":""}')
    assert verdict("sse/long-line", PLAIN.swap("Hel", "x" * room)) is PASS
    (finding,) = outcome("sse/long-line", PLAIN.swap("Hel", "x" * (room + 1))).findings
    assert finding.offset == 0 and "the longest has 65537" in finding.message


# Traits


def test_traits_tell_how_the_stream_is_written() -> None:
    plain = traits(PLAIN)
    assert plain["sse.line-endings"] == "lf" and plain["sse.comments"] == 0 and plain["sse.event-lines"] == "none"
    assert plain["sse.space-after-colon"] == "all" and plain["sse.data-lines"] == 1 and plain["sse.ids"] == 0
    assert plain["sse.byte-order-mark"] is False and plain["sse.json-padding"] is False
    assert "sse.comment-texts" not in plain and "sse.comment-placement" not in plain


@pytest.mark.parametrize(
    ("body", "trait", "value"),
    [
        ("data: 1\r\n\r\n", "sse.line-endings", "crlf"),
        ("data: 1\r\r", "sse.line-endings", "cr"),
        ("data: 1\n\r\n", "sse.line-endings", "mixed"),
        ("event: a\ndata: 1\n\ndata: 2\n\n", "sse.event-lines", "some"),
        ("event: a\ndata: 1\n\nevent: b\ndata: 2\n\n", "sse.event-lines", "all"),
        ("data: 1\nevent: a\n\ndata: 2\n\n", "sse.data-before-event", "some"),
        ("data:1\n\ndata: 2\n\n", "sse.space-after-colon", "some"),
        ("data:1\n\ndata:2\n\n", "sse.space-after-colon", "none"),
        ("data: 1\ndata: 2\ndata: 3\n\n", "sse.data-lines", 3),
        ("id: 1\ndata: 1\n\nid: \0\ndata: 2\n\n", "sse.ids", 2),
        ("retry: 1\ndata: 1\n\n", "sse.retries", 1),
        ('data: {"a":1   }\n\n', "sse.json-padding", True),
        (": a\n\n: a\n\ndata: 1\n\n", "sse.comments", 2),
        (": a\n\ndata: 1\n\n", "sse.comment-placement", "before"),
        ("data: 1\n\n: a\n\ndata: 2\n\n", "sse.comment-placement", "between"),
        ("data: 1\n\n: a\n\n", "sse.comment-placement", "after"),
        (": a\ndata: 1\n: b\n\ndata: 2\n\n: c\n\n", "sse.comment-placement", "before+between+after"),
        (": ping - 2026-01-02 03:04:05+00:00\n\n: ping - 2026-01-02 03:04:20+00:00\n\ndata: 1\n\n",
         "sse.comment-texts", ["ping - N N"]),
        (": A\n\n: B\n\n: A\n\ndata: 1\n\n", "sse.comment-texts", ["A", "B"]),
    ],
)  # fmt: skip
def test_a_trait_has_the_value_that_its_name_says(body: str, trait: str, value: object) -> None:
    assert traits(PLAIN.but(body=body))[trait] == value


@pytest.mark.parametrize(
    ("more", "value"),
    [("", "nothing"), (": bye\n\n", "comments"), ("data: {}\n\n", "events"), ("data: x\n", "nothing")],
)
def test_what_follows_the_end_of_the_answer_is_told(more: str, value: str) -> None:
    assert traits(CHAT.but(body=CHAT.raw.decode() + more))["terminal.followed-by"] == value


def test_framing_that_is_not_recorded_is_no_trait() -> None:
    thin = traits(PLAIN.but(missing=frozenset({Evidence.FRAMING})))
    assert not [name for name in thin if name.startswith("sse.") and name != "sse.json-padding"]


@given(st.lists(st.sampled_from([": c", "data: 1", "id: 1", "retry: 1", "Data: 1", ""]), max_size=12))
def test_the_numbers_in_traits_are_those_of_the_decoder(lines: list[str]) -> None:
    body = "\n".join(["data: 0\n", *lines, "\n"])
    facts = decode(body.encode())[1]
    found = traits(PLAIN.but(body=body))
    numbers = (found["sse.comments"], found["sse.ids"], found["sse.retries"])
    assert numbers == (len(facts.comments), len(facts.ids), len(facts.retries))
