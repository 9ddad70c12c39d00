"""Laws of scenarios and endpoints: data that fits its schema, and requests that the servers of their protocol take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance import catalogue
from conformance.suite import endpoint, endpoints, scenario, scenarios
from conformance.core.finding import Family
from conformance.edge.replay_match import last_prompt
from conformance.edge.scenario import Endpoint, Scenario, Target, fill, merged, without
from conformance.errors import InputError, UsageError

CHAT = "openai-chat"
ALL = [found for protocol in endpoints() for found in scenarios(protocol).values()]
IDS = [f"{found.protocol}/{found.name}" for found in ALL]
EVERYWHERE = {"text", "tools", "parallel-tools", "reasoning", "unicode", "long", "length", "error-before-stream"}
EXPECTED = {
    "openai-chat": EVERYWHERE | {"usage", "n-choices", "stop-sequence", "json-schema", "logprobs"},
    "openai-responses": EVERYWHERE | {"json-schema", "web-search"},
    "anthropic-messages": EVERYWHERE | {"stop-sequence", "web-search"},
    "gemini-generate": EVERYWHERE | {"n-choices", "stop-sequence", "json-schema"},
    "openai-completions": {"text", "usage", "length", "stop-sequence"},
    "cohere-chat": {"text", "tools"},
}
IN_THE_URL = {"gemini-generate"}
"""Protocols whose URL names the model, and says that the answer is streamed."""


def target(protocol: str = CHAT, key: str | None = "secret-key", **more: object) -> Target:
    spoken = endpoint(protocol)
    return Target("t", spoken.url("http://host", "the-model"), spoken, "the-model", key, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", sorted(catalogue.protocols()))
def test_every_protocol_has_its_scenarios(protocol: str) -> None:
    assert set(scenarios(protocol)) == EXPECTED[protocol]


@pytest.mark.parametrize("found", ALL, ids=IDS)
def test_a_scenario_asks_for_a_stream_of_the_targets_model(found: Scenario) -> None:
    request = target(found.protocol).ask(found)
    if found.protocol in IN_THE_URL:
        assert request.path == "/v1beta/models/the-model:streamGenerateContent"
        assert request.uri.endswith("?alt=sse")
        assert not {"stream", "model"} & set(request.json)
    else:
        assert request.json["stream"] is True
        assert request.json["model"] == "the-model"
    assert "{{" not in request.body.decode()
    assert request.headers.get("x-conformance-scenario") == found.name


@pytest.mark.parametrize("found", ALL, ids=IDS)
def test_a_scenario_sends_what_its_protocol_requires(found: Scenario) -> None:
    required = {
        "openai-chat": {"messages"},
        "openai-responses": {"input"},
        "anthropic-messages": {"messages", "max_tokens"},
        "gemini-generate": {"contents"},
        "openai-completions": {"prompt"},
        "cohere-chat": {"messages"},
    }[found.protocol]
    request = target(found.protocol).ask(found)
    assert required <= set(request.json)
    for name, value in endpoint(found.protocol).headers.items():
        assert request.headers.get(name) == value


def test_scenarios_of_one_name_ask_the_same_in_every_protocol() -> None:
    prompts: dict[str, set[str]] = {}
    for found in ALL:
        prompts.setdefault(found.name, set()).add(last_prompt(target(found.protocol).ask(found)))
    del prompts["error-before-stream"]
    assert [name for name, different in prompts.items() if len(different) > 1] == []


@pytest.mark.parametrize("found", ALL, ids=IDS)
def test_a_scenario_names_families_and_statements_that_exist(found: Scenario) -> None:
    assert set(found.families) <= {family.value for family in Family}
    known = catalogue.statements()
    if known:
        assert set(found.statements) <= set(known)


@pytest.mark.parametrize("protocol", sorted(endpoints()))
def test_prompts_differ_so_that_they_carry_the_scenario_where_headers_are_dropped(protocol: str) -> None:
    prompts = [last_prompt(target(protocol).ask(found)) for found in scenarios(protocol).values()]
    assert len(set(prompts)) == len(prompts)


def test_usage_is_asked_for_in_some_scenarios_and_not_in_others() -> None:
    asked = {found.name for found in scenarios(CHAT).values() if "stream_options" in found.body}
    assert {"usage", "length", "n-choices", "reasoning"} <= asked
    assert "text" not in asked


@pytest.mark.parametrize("protocol", sorted(endpoints()))
def test_an_endpoint_is_asked_as_its_documentation_says(protocol: str) -> None:
    wanted = {
        "openai-chat": ("/v1/chat/completions", "Authorization", "Bearer secret-key"),
        "openai-responses": ("/v1/responses", "Authorization", "Bearer secret-key"),
        "openai-completions": ("/v1/completions", "Authorization", "Bearer secret-key"),
        "anthropic-messages": ("/v1/messages", "x-api-key", "secret-key"),
        "gemini-generate": ("/v1beta/models/the-model:streamGenerateContent?alt=sse", "x-goog-api-key", "secret-key"),
        "cohere-chat": ("/v2/chat", "Authorization", "Bearer secret-key"),
    }[protocol]
    request = target(protocol).prompt('say "hi"')
    assert (request.uri.removeprefix("http://host"), wanted[1:]) == (
        wanted[0],
        (wanted[1], request.headers.get(wanted[1])),
    )
    assert 'say "hi"' in json.dumps(request.json, ensure_ascii=False).replace('\\"', '"')
    assert request.headers.get("content-type") == "application/json"
    assert request.headers.get("accept-encoding") == "identity"
    assert last_prompt(request) == 'say "hi"'


def test_anthropic_is_told_the_version() -> None:
    assert target("anthropic-messages").prompt("x").headers.get("anthropic-version") == "2023-06-01"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("http://h", "http://h/v1/chat/completions"),
        ("http://h/", "http://h/v1/chat/completions"),
        ("http://h:1/v1", "http://h:1/v1/chat/completions"),
        ("http://h/api/v1/", "http://h/api/v1/chat/completions"),
        ("http://h/v1/chat/completions", "http://h/v1/chat/completions"),
        ("http://h/openai/deployments/d/chat/completions?api-version=1", "http://h/openai/deployments/d/chat/completions?api-version=1"),
        ("http://h/{{model}}/v1", "http://h/m/v1/chat/completions"),
    ],
)  # fmt: skip
def test_a_url_is_taken_as_base_or_as_the_endpoint(given: str, wanted: str) -> None:
    assert endpoint(CHAT).url(given, "m") == wanted


def test_a_model_may_stand_in_the_path() -> None:
    gemini = endpoint("gemini-generate")
    full = "http://h/v1beta/models/other:streamGenerateContent?alt=sse"
    assert gemini.url(full, "m") == full
    assert gemini.url("http://h/v1beta", "m") == "http://h/v1beta/models/m:streamGenerateContent?alt=sse"


def test_the_users_header_has_the_last_word_and_without_a_key_none_is_sent() -> None:
    mine = target(headers=(("authorization", "mine"), ("X-Extra", "1")))
    headers = mine.prompt("x").headers
    assert headers.get_all("Authorization") == ["mine"]
    assert headers.get("x-extra") == "1"
    assert target(key=None).prompt("x").headers.get("authorization") is None


def test_what_must_not_be_written_is_known_by_the_names_of_header_fields() -> None:
    mine = target(headers=(("X-Api-Key", "k-one"), ("Authorization", "Bearer k-two"), ("X-Extra", "plain")))
    assert mine.secrets == ("secret-key", "k-one", "k-two")
    assert target(key=None).secrets == ()


def test_a_key_is_not_in_a_targets_repr() -> None:
    assert "secret-key" not in repr(target())


def test_placeholders_are_filled_wherever_they_stand_and_others_stay() -> None:
    template = {"a": ["{{x}}", {"b": "<{{x}}{{y}}>"}], "c": 3, "d": None}
    assert fill(template, {"x": "1"}) == {"a": ["1", {"b": "<1{{y}}>"}], "c": 3, "d": None}


def test_a_patch_can_be_put_into_a_body_and_taken_out_again() -> None:
    patch = {"stream_options": {"include_usage": True}}
    body = {"stream": True, "stream_options": {"include_obfuscation": False}}
    assert merged(body, patch)["stream_options"] == {"include_obfuscation": False, "include_usage": True}
    assert merged({"stream_options": 3}, patch) == patch
    assert without(merged(body, patch), patch) == body
    assert without(merged({"a": 1}, patch), patch) == {"a": 1}
    assert without({"stream_options": 3}, patch) == {}


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean tools"):
        scenario(CHAT, "tool")
    with pytest.raises(UsageError, match="Did you mean openai-chat"):
        endpoint("openai-chats")
    with pytest.raises(UsageError, match="Known: "):
        scenario("cohere-chat", "n-choices")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('title = "t"\npurpose = "p"\nfamilies = ["usage"]', "body"),
        ('title = "t"\npurpose = "p"\nfamilies = ["bogus"]\n[body]', "families/0"),
        ('title = "t"\npurpose = "p"\nfamilies = ["usage"]\nstatuses = [99]\n[body]', "statuses/0"),
        ('title = "t"\npurpose = "p"\nfamilies = ["usage"]\nextra = 1\n[body]', "extra"),
    ],
)
def test_a_file_that_does_not_fit_the_schema_is_named_with_the_place(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "s.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=rf"s\.toml.*{place}.*scenario\.json"):
        catalogue.read_toml(file, "scenario.json")


def test_the_schema_and_the_class_know_the_same_fields() -> None:
    schema = json.loads((catalogue.data_folder("schemas") / "scenario.json").read_bytes())
    assert set(schema["properties"]) == set(Scenario.__dataclass_fields__) - {"name", "protocol"}
    schema = json.loads((catalogue.data_folder("schemas") / "endpoint.json").read_bytes())
    assert set(schema["properties"]) == set(Endpoint.__dataclass_fields__) - {"protocol"}
