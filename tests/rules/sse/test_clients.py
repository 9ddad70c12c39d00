"""What common clients read differently: the client is run where it can differ, and only there."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings

from conformance.core.sse import decode
from conformance.rules.sse.read_differently_by_clients import _CONTROLS, _httpx_sse, _separator
from conformance.rules.sse.samples import CHAT, PLAIN
from tests.rules.outcome import FAIL, PASS, message, outcome, verdict
from tests.strategies import sse_bodies

RULE = "sse/read-differently-by-clients"


@given(sse_bodies())
@settings(max_examples=300)
def test_where_the_client_is_not_run_it_reads_what_the_standard_reads(body: bytes) -> None:
    """The law behind the shortcut: on plain streams httpx-sse needs no running."""
    events, facts = decode(body)
    if facts.plain:
        assert _httpx_sse(body.decode("utf-8", "replace")) == [(event.type, event.data) for event in events]


@given(sse_bodies())
def test_where_no_separator_stands_splitlines_splits_as_the_standard_does(body: bytes) -> None:
    text = body.decode("utf-8", "replace")
    if _separator(body) is None and "\0" not in text:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert text.splitlines() == (lines[:-1] if lines[-1] == "" else lines)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", *(one.decode() for one in _CONTROLS)])
def test_a_separator_is_found_where_it_stands(separator: str) -> None:
    body = f'data: {{"text":"é one{separator}two"}}\n\n'.encode()
    assert _separator(body) == body.index(separator.encode())


@pytest.mark.parametrize("text", ["¨©", "é", "…", "\u0628\u0629", "😀", "\u2027\u202a", "日本語", "\xa8\xa9\u0405"])
def test_letters_that_share_a_last_byte_are_no_separators(text: str) -> None:
    assert _separator(text.encode()) is None
    assert verdict(RULE, PLAIN.swap("Hel", text)) is PASS


def test_the_finding_names_client_place_and_first_difference() -> None:
    example = PLAIN.swap("Hel", "one\u2028two")
    (finding,) = outcome(RULE, example).findings
    assert finding.offset == example.raw.index("\u2028".encode()) and finding.event == 0
    assert "str.splitlines()" in finding.message and '\'{"text":"one\'' in finding.message


def test_an_id_makes_events_of_later_blank_lines() -> None:
    example = PLAIN.swap("data: {", "id: 1\ndata: {", 1).swap("data: [DONE]", ": ping\n\ndata: [DONE]")
    assert message(RULE, example).startswith("httpx-sse reads 5 events where the standard reads 4")
    assert verdict(RULE, PLAIN.swap("data: {", "id: 1\ndata: {", 1)) is PASS, "without a further blank line they agree"


def test_what_another_rule_reports_is_not_reported_again() -> None:
    body = "\ufeffevent: ping\n\nretry: 10\n\n" + CHAT.swap("data: {", "id: 1\ndata: {", 1).raw.decode() + ": bye\n\n"
    assert verdict(RULE, CHAT.but(body=body)) is PASS
    for rule in ("byte-order-mark", "dataless-event", "retry-field", "id-field"):
        assert verdict(f"sse/{rule}", CHAT.but(body=body)) is FAIL


def test_a_good_stream_does_not_load_the_client() -> None:
    code = (
        "import sys; from conformance import library; from conformance.rules.sse.samples import CHAT;"
        "library.check(CHAT.recording(), 'openai-chat'); print('httpx_sse' in sys.modules, 'httpx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
