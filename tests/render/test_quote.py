"""Evidence shows names, punctuation and framing of somebody's recording, and nothing that was said in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.render._quote import LIMIT, field, masked, quote
from conformance.render._text import safe

CHUNK = {
    "id": "chatcmpl-abcdefgh",
    "model": "gpt-x",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": 'a "secret" word'}, "finish_reason": None}],
    "usage": {"prompt_tokens": 3},
}
BODY = f"event: message\r\ndata: {json.dumps(CHUNK)}\r\n\r\ndata: [DONE]\n\n".encode()


def test_what_was_said_is_left_out_and_the_rest_is_as_on_the_wire() -> None:
    text = quote(BODY, 0)
    assert text.startswith('event: message\\r\\ndata: {"id": "chatcmpl-…", "model": "gpt-x", "choices": [{"index": 0,')
    assert '"content": "…"' in quote(BODY, 0, "/choices/0/delta/content")
    assert "secret" not in quote(BODY, 0, "/choices/0/delta/content")


def test_a_quote_is_cut_to_the_key_that_matters() -> None:
    assert '"usage": {"prompt_tokens": 3}}' in quote(BODY, 0, "/usage")
    assert '"usage": {"prompt_tokens": 3}}' in quote(BODY, 30, None, '"usage"')


def test_any_byte_of_an_event_leads_to_the_event() -> None:
    last = BODY.index(b"data: [DONE]")
    assert {quote(BODY, at) for at in range(last, len(BODY) - 2)} == {"data: [DONE]\\n\\n"}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (": keep alive", ": keep alive"),
        ("event: ping", "event: ping"),
        ("data: [DONE]", "data: [DONE]"),
        ("data: what the model said", "data: …"),
        ('data: "text"', 'data: "…"'),
        ('data: {"finish_reason":"stop","text":""}', 'data: {"finish_reason":"stop","text":""}'),
        ('data: {"role":"not a word of the protocol"}', 'data: {"role":"…"}'),
        ('data: {"text":"broken off', 'data: {"text":"…'),
        ('data: {"a name of its own":1}', 'data: {"…":1}'),
        ("what is no field at all", "what is no f…"),
        ("}", "}"),
    ],
)
def test_of_a_line_is_shown(line: str, shown: str) -> None:
    assert masked(line) == shown


def test_of_an_id_in_the_head_only_the_beginning_is_shown() -> None:
    assert field("x-request-id: req_0123456789abcdef") == "x-request-id: req_01234…"
    assert field("content-type: text/event-stream") == "content-type: text/event-stream"


@given(st.binary(max_size=400), st.integers(0, 400))
def test_a_quote_is_short_and_never_raises(body: bytes, offset: int) -> None:
    assert len(quote(body, offset)) <= LIMIT
    assert safe(quote(body, offset, "/a/b")) == quote(body, offset, "/a/b")


@given(st.text(min_size=3, max_size=40).filter(lambda text: text.strip() not in ("", "[DONE]")))
def test_no_content_passes_whatever_it_is(text: str) -> None:
    told = masked("data: " + json.dumps({"choices": [{"delta": {"content": text}}]}))
    assert told == 'data: {"choices": [{"delta": {"content": "…"}}]}'
