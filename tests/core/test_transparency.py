"""What a gateway did to a stream is found, named and counted; what it did not do is not."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.core import mutate
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import End, EndKind, Headers, Recording
from conformance.core.sandwich import marker, markers
from conformance.core.stream import Stream
from conformance.core.transparency import Fidelity, Framing, alike, comparison_of
from conformance.core.transparency_align import align, matched
from conformance.core.transparency_change import Kind
from tests.sides import FULL, builtin, compare, merged, rewritten, rising, through

CHAT = "openai-chat"


def fidelity(protocol: str, scenario: str, change: Callable[[bytes], bytes]) -> Fidelity | None:
    recording = builtin(protocol, scenario)
    return compare(recording, rewritten(recording, change)).fidelity


def test_a_recording_with_one_side_is_not_compared() -> None:
    assert comparison_of(Stream(builtin(CHAT), UNKNOWN)) is None


@pytest.mark.parametrize("protocol", FULL)
@pytest.mark.parametrize("scenario", ["text", "tools", "parallel-tools", "reasoning", "unicode", "length", "bad-key"])
def test_what_passes_through_unchanged_is_identical(protocol: str, scenario: str) -> None:
    recording = builtin(protocol, scenario)
    found = compare(recording, recording)
    assert found.fidelity is Fidelity.BYTES
    assert found.changes == [] and found.lost == [] and not found.translated
    assert len(found.alignment.pairs) == len(found.below.events) and found.whole_events


# Classes

CLASSES: list[tuple[str, str, str, Fidelity, Callable[[bytes], bytes]]] = [
    (CHAT, "text", "blanks in the JSON", Fidelity.JSON, lambda body: body.replace(b'":', b'": ')),
    (CHAT, "text", "CRLF", Fidelity.JSON, lambda body: body.replace(b"\n", b"\r\n")),
    (CHAT, "text", "a comment", Fidelity.JSON, lambda body: b": hello\n\n" + body),
    (CHAT, "text", "null left out", Fidelity.MESSAGE, lambda body: body.replace(b',"logprobs":null', b"")),
    (CHAT, "text", "another model", Fidelity.CHANGED, lambda body: body.replace(b'"model":"', b'"model":"px/')),
    (CHAT, "text", "no [DONE]", Fidelity.LOST, lambda body: body.replace(b"data: [DONE]\n\n", b"")),
    (CHAT, "text", "no text", Fidelity.LOST, lambda body: body.replace(b'"content":', b'"cntent":')),
    (CHAT, "usage", "no usage", Fidelity.LOST, lambda body: re.sub(rb"data: [^\n]*prompt_tokens[^\n]*\n\n", b"", body)),
    (CHAT, "tools", "no call", Fidelity.LOST, lambda body: body.replace(b"tool_calls", b"tool_kalls")),
    ("anthropic-messages", "text", "no names", Fidelity.MESSAGE, lambda body: re.sub(rb"event: [^\n]*\n", b"", body)),
    ("anthropic-messages", "text", "no stop", Fidelity.LOST, lambda body: body[: body.index(b"event: message_stop")]),
    ("openai-responses", "text", "[DONE]", Fidelity.MESSAGE, lambda body: body + b"data: [DONE]\n\n"),
    ("gemini-generate", "text", "LF for CRLF", Fidelity.JSON, lambda body: body.replace(b"\r\n", b"\n")),
]


@pytest.mark.parametrize(("protocol", "scenario", "name", "expected", "change"), CLASSES)
def test_each_change_has_its_class(
    protocol: str, scenario: str, name: str, expected: Fidelity, change: Callable[[bytes], bytes]
) -> None:
    before = builtin(protocol, scenario)
    if change(before.body) == before.body:  # the recording writes it the other way round
        before, change = (
            rewritten(before, lambda body: body.replace(b"\n", b"\r\n")),
            lambda body: body.replace(b"\r\n", b"\n"),
        )
    assert compare(before, rewritten(before, change)).fidelity is expected


@pytest.mark.parametrize("size", [2, 5, 1000])
def test_merged_and_split_chunks_are_an_equivalent_message(size: int) -> None:
    one = builtin(CHAT, "long")
    many = merged(one, size)
    for above, below in ((one, many), (many, one)):
        found = compare(above, below)
        assert found.fidelity is Fidelity.MESSAGE
        assert found.lost == [] and found.alignment.lost == () and found.alignment.added == ()
        assert Fidelity.MESSAGE in found.kept.values()


def test_what_an_aborting_client_did_not_get_is_not_held_against_the_gateway() -> None:
    recording = builtin(CHAT)
    left = Recording(**{**vars(recording), "body": recording.body[:400], "end": End(EndKind.CANCELLED, by="client")})
    assert compare(recording, left).fidelity is None


# Events

REWRITES: dict[str, Callable[[bytes], bytes]] = {
    "nothing else": lambda body: body,
    "every event": lambda body: body.replace(b'"model":"', b'"model":"px/').replace(b'"created":', b'"creation":'),
}


@pytest.mark.parametrize("rewrite", REWRITES)
@pytest.mark.parametrize("place", [0, 3, 11])
def test_a_dropped_event_is_found_though_the_others_are_rewritten(rewrite: str, place: int) -> None:
    recording = builtin(CHAT, "long")
    dropped = mutate.drop(recording, place)
    assert dropped is not None
    found = compare(recording, rewritten(dropped, REWRITES[rewrite])).alignment
    assert found.lost == (place,) and found.added == () and found.moved == ()
    found = compare(dropped, rewritten(recording, REWRITES[rewrite])).alignment
    assert found.added == (place,) and found.lost == ()


def test_swapped_events_have_moved() -> None:
    recording = builtin(CHAT, "long")
    swapped = mutate.swap(recording, 5)
    assert swapped is not None
    found = compare(recording, swapped)
    assert len(found.alignment.moved) == 1 and found.alignment.lost == () == found.alignment.added
    assert found.fidelity is Fidelity.LOST, "the text reads otherwise"


def test_a_repeated_event_is_added() -> None:
    recording = builtin(CHAT, "long")
    repeated = mutate.repeat(recording, 5)
    assert repeated is not None
    found = compare(recording, repeated).alignment
    assert len(found.added) == 1 and found.lost == ()


@pytest.mark.parametrize(
    ("kind", "path", "change"),
    [
        (Kind.CHANGED, "/model", lambda body: body.replace(b'"model":"', b'"model":"px/')),
        (Kind.RETYPED, "/created", lambda body: re.sub(rb'"created":(\d+)', rb'"created":"\1"', body)),
        (Kind.RENAMED, "/object", lambda body: body.replace(b'"object":', b'"objekt":')),
        (Kind.DROPPED, "/created", lambda body: re.sub(rb'"created":\d+,', b"", body)),
        (Kind.NULL_DROPPED, "/choices/*/logprobs", lambda body: body.replace(b',"logprobs":null', b"")),
        (Kind.NULL_ADDED, "/provider", lambda body: body.replace(b'"model":', b'"provider":null,"model":')),
        (Kind.ADDED, "/provider", lambda body: body.replace(b'"model":', b'"provider":"P","model":')),
        (Kind.EVENT_NAME, "", lambda body: body.replace(b"data: {", b"event: x\ndata: {")),
    ],
)
def test_each_change_of_a_member_is_named_once_and_counted(
    kind: Kind, path: str, change: Callable[[bytes], bytes]
) -> None:
    recording = builtin(CHAT)
    found = compare(recording, rewritten(recording, change))
    (one,) = found.changes
    assert (one.kind, one.path) == (kind, path)
    assert one.count == sum(event.parsed is not None for event in found.below.events)


def test_an_empty_object_that_is_filled_is_not_dropped() -> None:
    """As gateways do that write every member of their own class: `"delta":{}` becomes `"delta":{"role":null}`."""
    recording = builtin(CHAT)
    filled = rewritten(recording, lambda body: body.replace(b'"delta":{}', b'"delta":{"audio":null}'))
    assert [(one.kind, one.path) for one in compare(recording, filled).changes] == [
        (Kind.NULL_ADDED, "/choices/*/delta/audio")
    ]
    assert [(one.kind, one.path) for one in compare(filled, recording).changes] == [
        (Kind.NULL_DROPPED, "/choices/*/delta/audio")
    ]


def test_a_member_that_is_lost_beside_a_dropped_event_is_named() -> None:
    """As LiteLLM does: the finish chunk loses a vendor's member, and the usage chunk behind it is held back."""
    usage = b'data: {"id":"a","object":"chat.completion.chunk","choices":[],"usage":{"total_tokens":3}}\n\ndata: [DONE]'
    above = rewritten(builtin(CHAT), lambda body: body.replace(b'"delta":{}', b'"delta":{"vendor":"kept?"}'))
    above = rewritten(above, lambda body: body.replace(b"data: [DONE]", usage))
    found = compare(above, builtin(CHAT))
    assert (Kind.DROPPED, "/choices/*/delta/vendor") in [(one.kind, one.path) for one in found.changes]
    assert len(found.alignment.lost) == 1 and not found.alignment.groups


def test_renamed_reasoning_is_renamed_not_lost() -> None:
    recording = builtin(CHAT, "reasoning")
    renamed = rewritten(recording, lambda body: body.replace(b'"reasoning_content"', b'"reasoning"'))
    found = compare(recording, renamed)
    kinds = {change.kind for change in found.changes}
    assert Kind.RENAMED in kinds and Kind.DROPPED not in kinds and found.alignment.lost == ()
    assert found.said[0].reasoning == found.said[1].reasoning


KEYS = st.lists(st.integers(0, 5), max_size=30)


@given(KEYS, KEYS)
def test_a_common_row_rises_on_both_sides_and_is_equal(one: list[int], two: list[int]) -> None:
    pairs = matched(one, two)
    assert rising(pairs)
    assert all(one[pair.up] == two[pair.down] for pair in pairs)


def body(words: list[str]) -> Recording:
    text = "".join(f'data: {{"id":"a","text":"{word}"}}\n\n' for word in words)
    return Recording(headers=Headers([("content-type", "text/event-stream")]), body=text.encode())


WORDS = st.lists(st.sampled_from(["a", "b", "c", "dd", ""]), max_size=14)


@settings(max_examples=200)
@given(WORDS, WORDS)
def test_every_event_of_both_sides_has_one_fate(one: list[str], two: list[str]) -> None:
    ups, downs = (Stream(body(words), UNKNOWN).events for words in (one, two))
    found = align(ups, downs)
    assert rising(found.pairs)
    fates = [pair.up for pair in (*found.pairs, *found.moved)] + [n for group in found.groups for n in group.up]
    assert sorted([*fates, *found.lost]) == [*range(len(ups))]
    fates = [pair.down for pair in (*found.pairs, *found.moved)] + [n for group in found.groups for n in group.down]
    assert sorted([*fates, *found.added]) == [*range(len(downs))]


def test_a_long_stream_is_aligned_in_little_time() -> None:
    words = [f"w{n % 700} " for n in range(5000)]
    above, below = body(words), body([word for n, word in enumerate(words) if n % 2])
    started = time.process_time()
    assert len(compare(above, rewritten(below, lambda text: text.replace(b'"a"', b'"b"'))).alignment.lost) == 2500
    assert time.process_time() - started < 10


# Ends


@pytest.mark.parametrize(
    ("kind", "framing"),
    [
        (EndKind.EOF, Framing.CLEAN),
        (EndKind.TRUNCATED, Framing.TRUNCATED),
        (EndKind.RESET, Framing.TRUNCATED),
        (EndKind.TIMEOUT, Framing.HANG),
        (EndKind.CANCELLED, Framing.ABORTED),
    ],
)
def test_each_end_of_a_body_has_its_word(kind: EndKind, framing: Framing) -> None:
    recording = builtin(CHAT)
    ended = Recording(**{**vars(recording), "end": End(kind)})
    assert compare(recording, ended).framing == (Framing.CLEAN, framing)


@pytest.mark.parametrize("protocol", FULL)
def test_an_answer_that_broke_off_has_failed_and_a_whole_one_has_not(protocol: str) -> None:
    recording = builtin(protocol)
    short = mutate.break_off(recording, 3)
    assert short is not None
    found = compare(short, short)
    assert found.failed == "broke off (truncated)" and not found.looks_well and found.terminated == (False, False)
    laundered = Recording(**{**vars(short), "end": End(EndKind.EOF)})
    assert compare(short, laundered).looks_well
    late = Recording(**{**vars(recording), "end": End(EndKind.TRUNCATED)})
    assert compare(late, recording).failed is None, "behind the event that ends the answer nothing is missing"


# Translation


@pytest.mark.parametrize("above", FULL)
@pytest.mark.parametrize("below", FULL)
@pytest.mark.parametrize("scenario", ["text", "tools", "parallel-tools"])
def test_a_translated_answer_is_compared_by_what_it_says(above: str, below: str, scenario: str) -> None:
    found = compare(builtin(above, scenario), builtin(below, scenario), below)
    assert found.translated is (above != below)
    ours, theirs = found.said
    assert ours.text == theirs.text and ours.ending == theirs.ending
    assert [(call.name, call.arguments) for call in ours.calls] == [
        (call.name, call.arguments) for call in theirs.calls
    ]
    assert found.alignment.pairs == () or not found.translated
    wanted = (Fidelity.BYTES,) if above == below else (Fidelity.MESSAGE, Fidelity.CHANGED, Fidelity.LOST)
    assert found.fidelity in wanted
    assert set(found.lost) <= {"usage"}


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        (1, 1, True),
        (1, 1.0, False),
        (True, 1, False),
        ({"a": [1]}, {"a": [1]}, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": None}, {}, False),
        ([1, 2], [2, 1], False),
    ],
)
def test_json_is_alike_by_value_and_type(one: Any, two: Any, same: bool) -> None:
    assert alike(one, two) is same


def test_garbage_on_both_sides_never_raises() -> None:
    junk = [
        b"",
        b"data: {\n\n",
        b"\xff\xfe",
        b'data: {"choices":[{"delta":7}],"usage":[]}\n\n',
        b"data: [DONE]\n\n" * 3,
    ]
    sides = [Recording(headers=Headers([("content-type", "text/event-stream")]), body=one) for one in junk]
    for above in (*sides, builtin(CHAT)):
        for below in (*sides, builtin(CHAT)):
            found = compare(above, below, CHAT)
            assert (found.fidelity is Fidelity.BYTES) is (above.body == below.body)
            assert found.member("model") and isinstance(found.changes, list)


def test_a_marker_is_found_again_and_is_no_part_of_another() -> None:
    words = [marker(number) for number in (1, 11, 111, 1111, 11111)]
    assert markers(" ".join(words).encode()) == set(words)
    assert all(markers(word.encode()) == {word} for word in words)


def test_a_sandwich_says_in_short_what_it_is() -> None:
    recording = through([builtin(CHAT)] * 2, builtin(CHAT))
    assert str(recording.metadata["sandwich"]) == "case, 2 upstream requests"
