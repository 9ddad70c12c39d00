"""Laws of matching: what is named must be equal, what is equal takes turns, and a miss says what was nearest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from conformance.core.recording import Evidence, Headers, Recording, Request
from conformance.edge.replay import ReplayServer
from conformance.edge.replay_match import MATCHERS, Miss, Shelf, question
from conformance.edge.replay_models import models_answer
from conformance.errors import UsageError
from tests.edge.replaying import PATH, stream

BASE: dict[str, Any] = {"method": "POST", "uri": f"https://api.example.com{PATH}?v=1"}


def asked(body: object = None, headers: Mapping[str, str] | None = None, **more: Any) -> Request:
    fields = {**BASE, **more}
    return Request(headers=Headers((headers or {}).items()), body=json.dumps(body or {}).encode(), **fields)


def answer(request: Request, scenario: str = "", source: str = "") -> Recording:
    return Recording(request, metadata={"scenario": scenario} if scenario else {}, source=source)


def chat(model: str = "m", prompt: str = "hi", **more: object) -> dict[str, object]:
    return {"model": model, "messages": [{"role": "user", "content": prompt}], **more}


PAIRS = {
    "method": (asked(method="PUT"), asked(method="put"), asked(method="POST")),
    "host": (asked(), asked(uri=f"http://API.example.com:8080{PATH}"), asked(uri=f"http://127.0.0.1{PATH}")),
    "path": (asked(), asked(uri=f"http://x{PATH}?other=1"), asked(uri="http://x/api/v1/chat/completions")),
    "query": (asked(uri="http://x/a?b=1&c=%20"), asked(uri="http://y/z?c=+&b=1"), asked(uri="http://x/a?b=1")),
    "headers": (
        asked(headers={"Beta": "1", "user-agent": "a", "authorization": "k"}),
        asked(headers={"beta": "1", "Host": "b"}),
        asked(headers={"beta": "2"}),
    ),
    "header:beta": (asked(headers={"Beta": "1"}), asked(headers={"beta": "1", "x": "y"}), asked(headers={"beta": "2"})),
    "body": (asked({"a": 1, "b": 2}), asked({"b": 2, "a": 1}), asked({"a": 1})),
    "raw_body": (asked({"a": 1, "b": 2}), asked({"a": 1, "b": 2}), asked({"b": 2, "a": 1})),
    "model": (asked(chat("m", "x")), asked({"model": "m"}), asked(chat("n", "x"))),
    "prompt": (asked(chat("m", "x")), asked({"input": "x"}), asked(chat("m", "y"))),
}
"""Name -> recorded, a request that is equal in it, one that is not."""


def test_every_field_that_can_be_named_is_tested() -> None:
    assert {*PAIRS, "scenario"} == {*MATCHERS[:-1], "header:beta"}


@pytest.mark.parametrize("name", PAIRS)
def test_what_is_named_must_be_equal_and_nothing_else(name: str) -> None:
    recorded, equal, other = PAIRS[name]
    shelf = Shelf([answer(asked({"decoy": 1}, method="OPTIONS", uri="http://q/?q")), answer(recorded)], [name])
    assert shelf.find(equal) == 1
    miss = shelf.find(other)
    assert isinstance(miss, Miss) or (name == "body" and miss == 0)
    if isinstance(miss, Miss):
        assert miss.field == name


def test_several_fields_must_all_be_equal() -> None:
    shelf = Shelf([answer(asked(chat("a", "one"))), answer(asked(chat("b", "two")))], ["path", "model", "prompt"])
    assert shelf.find(asked(chat("b", "two"))) == 1
    miss = shelf.find(asked(chat("b", "one")))
    assert isinstance(miss, Miss)
    assert (miss.field, miss.asked, miss.recorded) == ("prompt", "one", ("two",))


def test_with_the_method_alone_recordings_play_in_their_order() -> None:
    shelf = Shelf([answer(asked(chat(str(number)))) for number in range(3)], ["method"])
    assert [shelf.find(asked({"any": "thing"}, uri="http://x/elsewhere")) for _ in range(4)] == [0, 1, 2, 0]


def test_who_asks_for_a_stream_gets_one() -> None:
    """A gateway asks in other words, and drops the scenario's name: the same prompt was recorded with and without."""
    whole, stream = answer(asked(chat())), answer(asked(chat(stream=True)))
    shelf = Shelf([whole, stream])
    for _ in range(2):
        assert shelf.find(asked(chat(stream=True, user="gateway"))) == 1
        assert shelf.find(asked(chat(prompt="never recorded", stream=True))) == 1
        assert shelf.find(asked(chat(stream=False))) == shelf.find(asked(chat(user="gateway"))) == 0
    assert Shelf([whole]).find(asked(chat(stream=True))) == 0, "one alone answers every request"


@pytest.mark.parametrize("name", ["scheme", "port", "uri", "colour", "header"])
def test_an_unknown_field_is_named_with_the_known_ones(name: str) -> None:
    with pytest.raises(UsageError, match=rf"--match-on {name}: there is no such field.*method, host, path, query"):
        question(name)


# Scenarios

NAMED = [
    answer(asked(chat("a")), "text"),
    answer(asked(chat("a")), "tools"),
    answer(asked(chat("a")), source="/tapes/broken.yaml"),
]


@pytest.mark.parametrize(("number", "name"), list(enumerate(["text", "tools", "broken"])))
def test_a_scenario_is_asked_for_by_header_or_by_the_first_segment_of_the_path(number: int, name: str) -> None:
    for match_on in ((), ("path",), ("scenario",)):
        shelf = Shelf(NAMED, match_on)
        assert shelf.find(asked(chat("a"), {"X-Conformance-Scenario": name})) == number
        assert shelf.find(asked(chat("a"), uri=f"http://127.0.0.1:8080/{name}{PATH}")) == number
    assert Shelf(NAMED).scenarios == ["text", "tools", "broken"]


def test_a_scenario_that_is_required_must_be_asked_for() -> None:
    miss = Shelf(NAMED, ["scenario"]).find(asked(chat("a")))
    assert isinstance(miss, Miss)
    assert miss.recorded == ("text", "tools", "broken")


def test_a_path_that_is_recorded_is_no_scenario() -> None:
    shelf = Shelf([*NAMED, answer(asked(uri=f"http://x/text{PATH}"))])
    assert shelf.find(asked(uri=f"http://x/text{PATH}")) == 3


# The nearest


def test_the_nearest_recording_is_told_with_all_that_differs() -> None:
    recordings = [
        answer(asked({"model": "x"}, uri="http://x/v1/embeddings"), source="far.yaml"),
        answer(asked(chat("a", "one", temperature=1, tools=["t"])), "first", "near.yaml"),
    ]
    with ReplayServer(recordings, match_on=["path", "model", "body"]) as server:
        told = httpx.post(server.url + PATH, json=chat("a", "two", temperature=1), trust_env=False)
    assert told.status_code == 404
    near = told.json()["nearest"]
    assert (near["cassette"], near["interaction"], near["request"]) == ("near.yaml", 0, f"POST {PATH}")
    assert near["differs"] == [
        {"field": "body", "pointer": "/messages/0/content", "asked": "two", "recorded": "one"},
        {"field": "body", "pointer": "/tools", "asked": None, "recorded": ["t"]},
    ]
    assert "near.yaml" in told.json()["error"]["message"]


def test_the_nearest_path_is_the_most_alike() -> None:
    recordings = [answer(asked(uri=f"http://x{path}")) for path in ("/v1/responses", PATH, "/v1/models/x")]
    miss = Shelf(recordings).find(asked(uri="http://x/v1/chat/completion"))
    assert isinstance(miss, Miss)
    assert miss.nearest is not None
    assert miss.nearest.recording is recordings[1]
    assert miss.nearest.differs == ({"field": "path", "asked": "/v1/chat/completion", "recorded": PATH},)


def test_without_recordings_there_is_no_nearest() -> None:
    miss = Shelf([]).find(asked())
    assert isinstance(miss, Miss)
    assert miss.nearest is None
    assert miss.message == f"No recording answers this request: its path is {PATH}, recorded is nothing."


def test_long_values_and_odd_bodies_are_told_in_short() -> None:
    shelf = Shelf([answer(replace(asked(), body=b"\xff" * 900))], ["raw_body"])
    miss = shelf.find(asked(chat(prompt="y" * 900)))
    assert isinstance(miss, Miss)
    assert len(miss.message) < 700
    assert miss.nearest is not None
    assert len(str(miss.nearest.value())) < 900


# Models


@pytest.mark.parametrize("client", ["openai", "anthropic", "gemini"])
def test_official_clients_get_the_models_in_their_shape(client: str) -> None:
    names = ["a", "vendor/b"]
    recordings = [replace(stream(), request=asked(chat(name))) for name in names]
    with ReplayServer(recordings) as server:
        assert _listed(client, server.url) == names


def _listed(client: str, url: str) -> list[str]:
    if client == "gemini":
        genai = pytest.importorskip("google.genai")
        with genai.Client(api_key="none", http_options={"base_url": url}) as speaker:
            return [one.name.removeprefix("models/") for one in speaker.models.list()]
    sdk = pytest.importorskip(client)
    made = sdk.OpenAI(base_url=f"{url}/v1", api_key="none") if client == "openai" else None
    with made or sdk.Anthropic(base_url=url, api_key="none") as speaker:
        assert speaker.models.retrieve("vendor/b").id == "vendor/b"
        return [one.id for one in speaker.models.list()]


def test_models_are_told_only_to_who_asks_for_them() -> None:
    assert models_answer("POST", "/v1/models", ["a"]) is None
    assert models_answer("GET", "/v1/chat/completions", ["a"]) is None
    assert models_answer("GET", "/v1/models/zzz", ["a"]) is None
    listed = models_answer("GET", "/text/v1/models", [])
    assert listed is not None
    assert listed["data"] == []


def test_a_raw_stream_does_not_answer_who_asks_for_the_models() -> None:
    raw = replace(stream(), missing=frozenset({Evidence.REQUEST}))
    with ReplayServer([raw], speed=0) as server, httpx.Client(trust_env=False) as client:
        assert client.get(f"{server.url}/v1/models").json()["object"] == "list"
        assert client.get(f"{server.url}/v1/anything").content == raw.body


def test_raw_streams_are_asked_for_by_the_names_of_their_files() -> None:
    raw = [Recording(source=f"tapes/{name}.sse", missing=frozenset({Evidence.REQUEST})) for name in ("one", "two")]
    for shelf in (Shelf(raw), Shelf(raw, ["path", "body"])):
        assert [shelf.find(asked(uri=f"http://x/{name}{PATH}")) for name in ("two", "one", "two")] == [1, 0, 1]
        assert [shelf.find(asked()) for _ in range(3)] == [0, 1, 0]
        assert isinstance(shelf.find(asked(headers={"x-conformance-scenario": "three"})), Miss)


def test_a_recorded_list_of_models_is_played() -> None:
    recorded = replace(stream(), request=asked(method="GET", uri="http://x/v1/models"))
    with ReplayServer([recorded], speed=0) as server:
        assert httpx.get(f"{server.url}/v1/models", trust_env=False).content == recorded.body
