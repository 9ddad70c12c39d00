"""Laws of the upstream that a gateway is pointed at: the marker chooses, everything is answered, and all is noted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import orjson
import pytest

from conformance import gateways
from conformance.core.recording import EndKind, Request
from conformance.core.sandwich import SANDWICH, Sandwich, Upstream, marker
from conformance.core.sse import decode
from conformance.edge.cassette import save
from conformance.edge.gateway_case import marked
from conformance.edge.gateway_pair import judged, paired, save_pair, upstream_path
from conformance.edge.gateway_upstream import Play, Spoken, UpstreamServer
from conformance.edge.load import load
from conformance.errors import InputError

from .replaying import stream, wait_for

ONE = marker(17)
BODIES = {
    "openai-chat": {"stream": True, "messages": [{"role": "user", "content": "Hi"}]},
    "anthropic-messages": {"stream": True, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]},
    "openai-responses": {"stream": True, "input": "Hi"},
    "gemini-generate": {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]},
}
PATHS = {
    "openai-chat": "/v1/chat/completions",
    "anthropic-messages": "/v1/messages",
    "openai-responses": "/api/v1/responses",
    "gemini-generate": "/v1beta/models/mock:streamGenerateContent",
}


@pytest.fixture
def upstream() -> Iterator[UpstreamServer]:
    with UpstreamServer(gateways.spoken, ["mock"]) as server:
        yield server


def ask(server: UpstreamServer, protocol: str = "openai-chat", word: str = ONE) -> httpx.Response:
    request = marked(Request(body=orjson.dumps(BODIES[protocol])), word)
    return httpx.post(server.url + PATHS[protocol], content=request.body)


# The marker


@pytest.mark.parametrize("protocol", BODIES)
def test_the_marker_stands_in_the_prompt_and_the_protocol_is_known_by_the_path(protocol: str) -> None:
    request = marked(Request("POST", PATHS[protocol], body=orjson.dumps(BODIES[protocol])), ONE)
    assert request.body.count(ONE.encode()) == 1
    assert json.loads(request.body).keys() == BODIES[protocol].keys()
    assert gateways.spoken(request).protocol == protocol
    assert gateways.spoken(replace(request, uri="/elsewhere")).protocol in (protocol, "openai-chat")


def test_usage_is_played_to_who_asks_for_it() -> None:
    asked = {**BODIES["openai-chat"], "stream_options": {"include_usage": True}}
    found = gateways.spoken(Request("POST", PATHS["openai-chat"], body=orjson.dumps(asked)))
    assert found == Spoken("openai-chat", usage=True)
    played = gateways.play(gateways.case("text"), 3.0).recordings
    with_usage, without = (played[Spoken("openai-chat", usage=asked)].body for asked in (True, False))
    assert len(decode(with_usage)[0]) == len(decode(without)[0]) + 1
    assert b'"usage"' not in without


@pytest.mark.parametrize("protocol", BODIES)
def test_what_is_played_is_what_the_request_speaks(upstream: UpstreamServer, protocol: str) -> None:
    upstream.expect(ONE, gateways.play(gateways.case("text"), 3.0))
    answer = ask(upstream, protocol)
    played = gateways.play(gateways.case("text"), 3.0).recordings[Spoken(protocol)]
    assert answer.content == played.body
    wait_for(lambda: upstream.settled(ONE))
    (served,) = upstream.heard(ONE)
    wrote = upstream.wrote(served)
    assert wrote.body == played.body
    assert wrote.end.kind is EndKind.EOF
    assert wrote.metadata["protocol"] == protocol
    assert len(wrote.reads) == len(played.reads)


def test_each_stream_of_a_load_carries_its_own_marker_in_its_text() -> None:
    case = gateways.case("load")
    for asked, recording in gateways.play(case, 3.0, 17).recordings.items():
        assert ONE.encode() in recording.body, asked
        assert marker(18).encode() not in recording.body


# What is answered


def test_questions_for_health_and_models_are_answered_and_kept_apart(upstream: UpstreamServer) -> None:
    assert httpx.get(upstream.url + "/health").json() == {"status": "ok"}
    assert [one["id"] for one in httpx.get(upstream.url + "/v1/models").json()["data"]] == ["mock"]
    assert httpx.post(upstream.url + "/v1/chat/completions", json={"messages": []}).status_code == 404
    assert [one.status for one in upstream.strays] == [200, 200, 404]


def test_a_protocol_that_the_case_does_not_have_is_refused_and_noted(upstream: UpstreamServer) -> None:
    upstream.expect(ONE, Play({Spoken("openai-chat"): stream()}))
    assert ask(upstream, "anthropic-messages").status_code == 404
    wait_for(lambda: upstream.settled(ONE))
    (served,) = upstream.heard(ONE)
    assert upstream.wrote(served).status == 404


def test_a_gateway_that_leaves_is_seen_with_the_time_and_the_bytes(upstream: UpstreamServer) -> None:
    upstream.expect(ONE, gateways.play(gateways.case("cancel-in-text-silent"), 5.0))
    request = marked(Request(body=orjson.dumps(BODIES["openai-chat"])), ONE)
    with httpx.stream("POST", upstream.url + PATHS["openai-chat"], content=request.body) as answer:
        next(answer.iter_raw())
    wait_for(lambda: upstream.settled(ONE))
    wrote = upstream.wrote(upstream.heard(ONE)[0])
    assert (wrote.end.kind, wrote.end.by) == (EndKind.CANCELLED, "gateway")
    assert sum(read.size for read in wrote.reads) == len(wrote.body) > 0


def test_who_stays_is_hung_up_and_told_to_have_stayed(upstream: UpstreamServer) -> None:
    upstream.expect(ONE, gateways.play(gateways.case("cancel-in-text-silent"), 60.0))
    request = marked(Request(body=orjson.dumps(BODIES["openai-chat"])), ONE)
    with httpx.stream("POST", upstream.url + PATHS["openai-chat"], content=request.body) as answer:
        arriving = answer.iter_raw()  # kept: httpx closes the connection with it
        next(arriving)
        assert upstream.underway() == 1
        upstream.hang_up(ONE)
        wrote = upstream.wrote(upstream.heard(ONE)[0])
    assert (wrote.end.kind, wrote.end.by) == (EndKind.TIMEOUT, "upstream")
    assert upstream.underway() == 0


# Both sides as cassettes


def test_both_sides_come_back_as_they_were_saved(tmp_path: Path, upstream: UpstreamServer) -> None:
    upstream.expect(ONE, Play({Spoken("openai-chat"): stream()}))
    ask(upstream)
    wait_for(lambda: upstream.settled(ONE))
    wrote = upstream.wrote(upstream.heard(ONE)[0])
    path = tmp_path / "text.yaml"
    save_pair(path, stream(metadata={}), Sandwich("text", (Upstream(wrote, 1.25),), {"fault": "fin"}))
    (found,) = judged(load(path))
    sandwich = found.metadata[SANDWICH]
    assert isinstance(sandwich, Sandwich)
    assert (sandwich.case, sandwich.asked) == ("text", {"fault": "fin"})
    (one,) = sandwich.upstream
    assert (one.arrived, one.recording.body) == (1.25, wrote.body)
    assert [read.size for read in one.recording.reads] == [read.size for read in wrote.reads]
    assert judged(load(upstream_path(path))) == []


def test_a_request_that_was_never_forwarded_has_no_other_side(tmp_path: Path) -> None:
    path = tmp_path / "text.yaml"
    save_pair(path, stream(metadata={}), Sandwich("text"))
    assert not upstream_path(path).exists()
    sandwich = paired(load(path)[0]).metadata[SANDWICH]
    assert isinstance(sandwich, Sandwich)
    assert sandwich.upstream == ()


def test_another_side_that_is_not_what_was_recorded_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "text.yaml"
    save_pair(path, stream(metadata={}), Sandwich("text", (Upstream(stream(metadata={}), 1.0),)))
    save(upstream_path(path), [stream(metadata={}), stream(metadata={})])
    with pytest.raises(InputError, match="holds 2 requests"):
        judged(load(path))


def test_no_key_gets_into_either_side(tmp_path: Path, upstream: UpstreamServer) -> None:
    upstream.expect(ONE, Play({Spoken("openai-chat"): stream()}))
    request = marked(Request(body=orjson.dumps(BODIES["openai-chat"])), ONE)
    key = "sk-" + "a1B2" * 10
    fields = {"authorization": f"Bearer {key}", "x-custom": key}
    httpx.post(upstream.url + PATHS["openai-chat"], content=request.body, headers=fields)
    wait_for(lambda: upstream.settled(ONE))
    wrote = upstream.wrote(upstream.heard(ONE)[0])
    path = tmp_path / "text.yaml"
    save_pair(path, stream(metadata={}), Sandwich("text", (Upstream(wrote, 1.0),)), [key])
    assert key not in path.read_text() + upstream_path(path).read_text()


def test_the_clock_of_the_upstream_is_the_clients(upstream: UpstreamServer) -> None:
    upstream.expect(ONE, Play({Spoken("openai-chat"): stream()}))
    before = time.monotonic()
    ask(upstream)
    wait_for(lambda: upstream.settled(ONE))
    (served,) = upstream.heard(ONE)
    assert before <= served.started <= time.monotonic()
