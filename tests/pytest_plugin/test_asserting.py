"""Laws of assert_conforms: it fails where a rule is broken or nothing could be judged, and says which and where."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from conformance import load, museum
from conformance.core.finding import Verdict
from conformance.core.recording import Evidence
from conformance.errors import InputError, UsageError
from conformance.pytest_plugin import assert_conforms
from conformance.pytest_plugin.asserting import recordings_of
from tests.pytest_plugin.conftest import BUILTIN

TOOLS = BUILTIN / "tools.yaml"
(GOOD,) = load(TOOLS)
(BAD,), _ = museum.faulty([GOOD], ["tool-index-missing"])
HEADERS = {"content-type": "text/event-stream"}
REQUEST = httpx.Request("POST", "http://127.0.0.1/v1/chat/completions", content=GOOD.request.body)


@pytest.mark.parametrize(
    "what",
    [
        TOOLS,
        str(TOOLS),
        GOOD,
        [GOOD, GOOD],
        GOOD.body,
        GOOD.body.decode(),
        httpx.Response(200, headers=HEADERS, content=GOOD.body, request=REQUEST),
    ],
    ids=["path", "text of a path", "recording", "recordings", "bytes", "text", "response"],
)
def test_whatever_holds_a_stream_can_be_asserted_of(what: object) -> None:
    runs = assert_conforms(what, protocol="openai-chat")  # type: ignore[arg-type]
    assert {run.verdict for run in runs} == {Verdict.PASS}
    assert {run.protocol for run in runs} == {"openai-chat"}


def test_a_folder_is_all_its_cassettes() -> None:
    assert len(assert_conforms(BUILTIN)) == len(list(BUILTIN.glob("*.yaml")))


def test_the_message_names_rule_place_sentence_and_bytes() -> None:
    with pytest.raises(AssertionError) as raised:
        assert_conforms(BAD)
    message = str(raised.value)
    assert message.startswith(f"{BAD.source} does not conform (openai-chat · strict · gpt-4o-mini-2024-07-18)\n")
    assert "  error    openai-chat/tool-call-index-missing " in message
    assert "event 1 · byte " in message
    assert "'index' is a required property at /choices/0/delta/tool_calls/0 (chunk) (19 times)" in message
    assert "“Identifies which function call the delta is for”" in message
    assert '│ data: {"id":"chatcmpl-' in message


def test_every_stream_that_is_wrong_is_told() -> None:
    with pytest.raises(AssertionError) as raised:
        assert_conforms([BAD, GOOD, BAD])
    assert str(raised.value).count("does not conform") == 2


def test_what_could_not_be_judged_has_not_been_shown_to_conform() -> None:
    nothing = httpx.Response(204, request=REQUEST)
    with pytest.raises(AssertionError, match="could not be judged: "):
        assert_conforms(nothing, rules="openai-chat/*")


def test_the_level_and_the_rules_can_be_chosen() -> None:
    text = 'data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[]}\n\n'
    with pytest.raises(AssertionError, match="openai-chat/done-missing"):
        assert_conforms(text, protocol="openai-chat")
    assert_conforms(text, protocol="openai-chat", rules="sse/*")
    with pytest.raises(AssertionError, match="openai-chat/done-missing"):
        assert_conforms(text, protocol="openai-chat", rules=["sse/*", "openai-chat/done-*"])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rules": "openai-chat/id-chnages"}, "Did you mean openai-chat/id-changes"),
        ({"protocol": "openai"}, "There is no protocol 'openai'"),
        ({"dialect": "grok"}, "There is no dialect 'grok'"),
        ({"fail_on": "fatal"}, "There is no level 'fatal'"),
    ],
)
def test_unknown_names_are_no_verdict(more: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        assert_conforms(GOOD, **more)  # type: ignore[arg-type]


def test_a_stream_may_come_in_chunks() -> None:
    (run,) = assert_conforms(iter([GOOD.body[:7], GOOD.body[7:]]), protocol="openai-chat")
    assert run.bytes == len(GOOD.body)
    with pytest.raises(UsageError, match="A chunk of a stream is of type int"):
        assert_conforms(iter([1]))  # type: ignore[arg-type]


def test_what_is_no_stream_is_refused() -> None:
    with pytest.raises(UsageError, match="A dict cannot be judged"):
        assert_conforms({"data": 1})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="There is no such file"):
        assert_conforms("no-such.yaml")
    of_requests = SimpleNamespace(status_code=200, headers={}, request=None)
    with pytest.raises(UsageError, match=r"response\.content"):
        assert_conforms(of_requests)  # type: ignore[arg-type]


def test_a_response_holds_its_request_and_neither_reads_nor_times() -> None:
    response = httpx.Response(200, headers=HEADERS, content=GOOD.body, request=REQUEST)
    (found,) = recordings_of(response)
    assert (found.body, found.request.body, found.request.path) == (GOOD.body, GOOD.request.body, GOOD.request.path)
    assert found.missing == {Evidence.READS, Evidence.TIMING}


def test_a_response_that_was_read_away_is_refused_with_the_next_step(tmp_path: Path) -> None:
    response = httpx.Response(200, headers=HEADERS, content=iter([GOOD.body]), request=REQUEST)
    assert b"".join(response.iter_raw()) == GOOD.body
    with pytest.raises(UsageError, match=r"body is not there \(StreamConsumed\).*Keep its bytes"):
        assert_conforms(response)
