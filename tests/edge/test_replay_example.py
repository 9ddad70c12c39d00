"""Laws of what is printed at the start: the example works as printed, and clients are pointed at the right place."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from dataclasses import replace

import httpx
import pytest

from conformance.catalogue import data_folder
from conformance.core.example import Example
from conformance.core.recording import Evidence, Headers, Recording, Request
from conformance.edge.builtin import builtin_recordings
from conformance.edge.replay import ReplayServer
from conformance.edge.replay_example import base_urls, curl, routes
from tests.edge.replaying import BODY, PATH, stream


def played(server: ReplayServer) -> tuple[httpx.Response, dict[str, object]]:
    """What the printed command line gets, without curl; and the body that it sends."""
    line = curl(server.url, server.recordings, server.answers)
    assert line is not None
    words = shlex.split(line)
    assert words[:2] == ["curl", "-N"]
    options = list(zip(words[3::2], words[4::2], strict=True))
    body = next((value for name, value in options if name == "-d"), "")
    method = next((value for name, value in options if name == "-X"), "POST" if body else "GET")
    headers = dict(value.split(": ", 1) for name, value in options if name == "-H")
    answer = httpx.request(method, words[2], headers=headers, content=body.encode(), trust_env=False)
    return answer, json.loads(body or "{}")


@pytest.mark.parametrize("protocol", ["anthropic-messages", "cohere-chat", "gemini-generate", "openai-chat"])
def test_the_example_of_the_built_in_server_works_as_printed(protocol: str) -> None:
    recordings = builtin_recordings(data_folder("cassettes"), [protocol])
    for match_on in ([], ["method", "path", "query", "body"]):
        with ReplayServer(recordings, speed=0, match_on=match_on) as server:
            answer, body = played(server)
        assert answer.status_code == 200
        assert answer.content == recordings[0].body
        assert ("max_tokens" in body) == (protocol == "anthropic-messages"), "it could be sent to the provider as it is"


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl to run the example with")
def test_the_example_works_in_curl_itself() -> None:
    tricky = {"model": "it's $HOME", "messages": [{"role": "user", "content": 'say "hi" `now`\\n'}]}
    recording = replace(stream(), request=Request("POST", f"https://x{PATH}?a=b%20c&key=secret", body=_json(tricky)))
    with ReplayServer([recording], speed=0, match_on=["body"]) as server:
        line = curl(server.url, server.recordings, server.answers) or ""
        done = subprocess.run([*shlex.split(line), "-s"], capture_output=True, timeout=30, check=True)
    assert done.stdout.decode() == BODY
    assert "secret" not in line


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def test_a_long_request_is_shortened_but_only_if_the_short_one_is_answered_too() -> None:
    turns = [{"role": "user", "content": f"{turn} " * 50} for turn in range(4)]
    asked = {"model": "m", "stream": True, "max_tokens": 5, "messages": turns, "tools": [{"name": "t"}]}
    recording = replace(stream(), request=Request("POST", f"https://x{PATH}", body=_json(asked)))
    with ReplayServer([recording], speed=0) as server:
        assert played(server)[1] == {"model": "m", "stream": True, "max_tokens": 5, "messages": turns[-1:]}
    with ReplayServer([recording], speed=0, match_on=["body"]) as server:
        assert played(server)[1] == asked


def test_headers_that_must_be_equal_are_printed() -> None:
    fields = Headers([("X-Beta", "1"), ("authorization", "Bearer k"), ("content-type", "application/json")])
    recording = replace(stream(), request=Request("POST", f"https://x{PATH}", fields, _json({"a": 1})))
    with ReplayServer([recording], speed=0, match_on=["headers", "body"]) as server:
        assert "Bearer" not in (curl(server.url, server.recordings, server.answers) or "")


def test_a_raw_stream_has_an_example_and_what_nobody_can_type_has_none() -> None:
    raw = replace(stream(), request=Request(), missing=frozenset({Evidence.REQUEST}))
    with ReplayServer([raw], speed=0) as server:
        answer, body = played(server)
    assert (answer.text, body["model"]) == (BODY, "any")
    binary = replace(stream(), request=Request("POST", f"https://x{PATH}", body=b"\xff\xfe"))
    assert curl("http://x", [binary], lambda request: True) is None
    assert curl("http://x", [stream()], lambda request: False) is None


def test_streams_are_shown_before_errors() -> None:
    error = replace(stream(), status=400)
    with ReplayServer([error, replace(stream(), request=Request("GET", "https://x/v1/x"))], speed=0) as server:
        assert f"curl -N {server.url}/v1/x" == curl(server.url, server.recordings, server.answers)


@pytest.mark.parametrize(
    ("path", "client"),
    [
        ("/v1/chat/completions", 'OpenAI(base_url="U/v1", api_key="none")'),
        ("/api/v1/responses", 'OpenAI(base_url="U/api/v1", api_key="none")'),
        ("/v1/messages", 'Anthropic(base_url="U", api_key="none")'),
        ("/anthropic/v1/messages", 'Anthropic(base_url="U/anthropic", api_key="none")'),
        (
            "/v1beta/models/m:streamGenerateContent",
            'genai.Client(api_key="none", http_options={"base_url": "U"})',
        ),
        ("/v2/chat", 'cohere.ClientV2("none", base_url="U")'),
        ("/v1/other", ""),
    ],
)
def test_every_route_says_how_a_client_is_pointed_at_it(path: str, client: str) -> None:
    recordings: list[Recording] = [Example(BODY, path=path).recording()] * 2
    assert routes("U", recordings) == [f"POST {path}    2  {client}".rstrip()]


def test_base_urls_are_those_of_the_recordings() -> None:
    assert base_urls("U", [stream(), stream()]) == ["U/v1"]
    assert base_urls("U", []) == ["U/v1"]
