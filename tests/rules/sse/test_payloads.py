"""Each odd payload is reported once, by the rule that names its cause."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import library
from conformance.core.payload import FlawKind, duplicate_keys, parse
from conformance.core.stream import Stream
from conformance.rules.sse.odd import illegible, odd_events
from conformance.rules.sse.samples import CHAT, PLAIN, chat_chunk
from tests.rules.outcome import FAIL, NOT_APPLICABLE, NOT_RECORDED, PASS, broken, message, outcome, verdict
from tests.strategies import json_values

FIRST = chat_chunk('{"content":"Hel"}')
LEGAL = FIRST.removeprefix("data: ").rstrip()

CAUSES = {
    "text": ("data: hello\n\n", "sse/payload-not-json"),
    "empty": ("data: \n\n", "sse/payload-not-json"),
    "blanks": ("data:   \n\n", "sse/payload-not-json"),
    "cut JSON": (FIRST[:-10] + "\n\n", "sse/payload-not-json"),
    "two values on one line": (f"data: {LEGAL}{LEGAL}\n\n", "sse/payload-not-json"),
    "a sentinel and a blank": ("data: [DONE] \n\n", "sse/payload-not-json"),
    "a quoted sentinel in quotes of its own": ("data: '[DONE]'\n\n", "sse/payload-not-json"),
    "a comment": ("data: : PROCESSING\n\n", "sse/comment-as-data"),
    "a comment without blanks": ("data: :ping\n\n", "sse/comment-as-data"),
    "two events": (FIRST[:-1] + FIRST, "sse/events-not-separated"),
    "an error in an unfinished event": (
        FIRST[:-10] + '\ndata: {"error":{"message":"x"}}\n\n',
        "sse/events-not-separated",
    ),
    "JSON over two lines": (FIRST.replace('"object":', '\ndata: "object":'), "sse/multi-line-data"),
    "NaN": (FIRST.replace("1700000000", "NaN"), "sse/json-not-strict"),
    "half a surrogate pair": (FIRST.replace("Hel", "\\ud83d"), "sse/json-not-strict"),
}


@pytest.mark.parametrize("name", CAUSES)
def test_an_odd_payload_is_reported_by_one_shared_rule(name: str) -> None:
    text, rule = CAUSES[name]
    assert broken(CHAT.swap(FIRST, text)) == {rule}


def test_bytes_that_are_not_utf8_in_a_payload_are_reported_once() -> None:
    assert broken(CHAT.but(body=CHAT.raw.replace(b"Hel", b"H\xe9l"))) == {"sse/not-utf8"}


def test_the_sentinel_is_no_payload_and_its_neighbours_are() -> None:
    assert verdict("sse/payload-not-json", CHAT) is PASS
    assert "is not the sentinel '[DONE]'" in message("sse/payload-not-json", CHAT.swap("[DONE]", "[DONE] "))
    assert "not JSON" in message("sse/payload-not-json", CHAT.swap("[DONE]", "[done]"))


@pytest.mark.parametrize("protocol", ["openai-chat", "anthropic-messages", "gemini-generate", "openai-responses"])
def test_whether_done_may_be_sent_is_left_to_each_protocol(protocol: str) -> None:
    assert verdict("sse/payload-not-json", CHAT, protocol) is PASS


def test_a_stream_of_no_known_protocol_may_hold_any_text() -> None:
    text = PLAIN.but(body="data: Hello,\ndata: world\n\nevent: end\n\nid: 1\nretry: 5\ndata:x\n\n")
    for rule in ("payload-not-json", "multi-line-data", "dataless-event", "id-field", "retry-field"):
        assert verdict(f"sse/{rule}", text) is NOT_APPLICABLE
    assert broken(text) == {"sse/read-differently-by-clients"}, "httpx-sse makes an event of the block without data"


def test_payloads_are_judged_without_framing_and_framing_is_not() -> None:
    from conformance.core.recording import Evidence

    thin = CHAT.swap(FIRST, "data: hello\n\n").but(missing=frozenset({Evidence.FRAMING}))
    assert verdict("sse/payload-not-json", thin) is FAIL
    for rule in ("comment-as-data", "events-not-separated", "multi-line-data", "no-event", "unknown-field"):
        assert verdict(f"sse/{rule}", thin) is NOT_RECORDED


@given(json_values)
def test_a_payload_is_illegible_exactly_where_json_readers_fail(value: object) -> None:
    raw = json.dumps(value).encode()
    stream = Stream(PLAIN.but(body=b"data: " + raw + b"\n\n").recording(), library.catalogue.protocol("openai-chat"))
    assert illegible(stream) == []
    flaw = parse(raw)[1]
    assert [event.raw for event in odd_events(stream)] == ([raw] if flaw else [])


@given(st.text(max_size=20).filter(lambda text: not set(text) & set("\r\n")))
def test_a_text_is_illegible_exactly_where_json_does_not_read_it(text: str) -> None:
    raw = text.encode("utf-8", "replace")
    stream = Stream(PLAIN.but(body=b"data: " + raw + b"\n\n").recording(), library.catalogue.protocol("openai-chat"))
    flaw = parse(raw)[1]
    unreadable = flaw is not None and flaw.kind in (FlawKind.NOT_JSON, FlawKind.TRAILING)
    assert bool(illegible(stream)) is (unreadable and raw != b"[DONE]")


# Names that occur twice


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_repeated_name_is_found_in_the_sampled_events(place: str) -> None:
    chunks = [chat_chunk('{"content":"x"}') for _ in range(11)]
    at = {"first": 0, "middle": 6, "last": -1}[place]
    chunks[at] = chunks[at].replace('"model":', '"model":"other","model":')
    found = outcome("sse/json-not-strict", CHAT.but(body="".join(chunks) + "data: [DONE]\n\n"))
    assert [finding.message for finding in found.findings] == ["the member 'model' occurs twice in one object"]


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" , ", " : ")])
@pytest.mark.parametrize("text", ["", 'x":y', '\\"a\\": 1', '"a": "b", "a": "c"', "é\u2028😀", '{"a":1,"a":2}'])
def test_a_writer_of_other_habits_repeats_no_name(separators: tuple[str, str], text: str) -> None:
    value = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}], "model": text}
    for ascii_only in (True, False):
        raw = json.dumps(value, separators=separators, ensure_ascii=ascii_only)
        assert duplicate_keys(raw.encode()) == []
        assert verdict("sse/json-not-strict", CHAT.but(body=f"data: {raw}\n\n")) is PASS
