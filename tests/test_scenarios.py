"""Laws of scenarios and endpoints: data that fits its schema, and requests that the servers of their protocol take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance import catalogue
from conformance.core.finding import Family
from conformance.edge.replay_match import last_prompt
from conformance.edge.scenario import Endpoint, Scenario, Target, fill, merged, without
from conformance.errors import InputError, UsageError
from conformance.suite import endpoint, endpoints, scenario, scenarios

CHAT = "openai-chat"
ALL = [found for protocol in endpoints() for found in scenarios(protocol).values()]
IDS = [f"{found.protocol}/{found.name}" for found in ALL]
EVERYWHERE = {
    "text", "text-unstreamed", "unicode", "long", "length", "refusal", "empty-prompt", "unknown-model", "bad-key",
    "error-before-stream", "accept-any", "accept-json", "http2", "parallel-streams", "cancel-early", "cancel-mid",
    "cancel-before-first-byte",
}  # fmt: skip
CHATTING = EVERYWHERE | {
    "tools", "tools-unstreamed", "tools-no-arguments", "tools-long-arguments", "parallel-tools", "tool-result",
    "reasoning", "json-schema", "image",
}  # fmt: skip
USAGE = {"usage", "usage-off", "usage-unstreamed"}
CUT = "cancel-in-tool-arguments"
EXPECTED = {
    "openai-chat": CHATTING | USAGE | {"n-choices", "stop-sequence", "logprobs", CUT},
    "openai-responses": CHATTING | {"logprobs", "web-search", CUT},
    "anthropic-messages": CHATTING | {"stop-sequence", "web-search", CUT},
    "gemini-generate": CHATTING | {"n-choices", "stop-sequence", "logprobs"},
    "openai-completions": EVERYWHERE | USAGE | {"n-choices", "stop-sequence", "logprobs"},
    "cohere-chat": CHATTING | {"stop-sequence", "logprobs", CUT},
}
UNSTREAMED = {"text-unstreamed", "tools-unstreamed", "usage-unstreamed"}
IN_THE_URL = {"gemini-generate"}
"""Protocols whose URL names the model, and says that the answer is streamed."""


def target(protocol: str = CHAT, key: str | None = "secret-key", url: str = "http://host", **more: object) -> Target:
    spoken = endpoint(protocol)
    return Target("t", spoken.url(url, "the-model"), spoken, "the-model", key, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", sorted(catalogue.protocols()))
def test_every_protocol_has_its_scenarios(protocol: str) -> None:
    assert set(scenarios(protocol)) == EXPECTED[protocol]


@pytest.mark.parametrize("found", ALL, ids=IDS)
def test_a_scenario_asks_for_a_stream_of_the_targets_model(found: Scenario) -> None:
    request = target(found.protocol).ask(found)
    model, streamed = found.model or "the-model", found.twin is None
    assert streamed is (found.name not in UNSTREAMED)
    if found.protocol in IN_THE_URL:
        method = "streamGenerateContent" if streamed else "generateContent"
        assert request.path == f"/v1beta/models/{model}:{method}"
        assert request.uri.endswith("?alt=sse") is streamed
        assert not {"stream", "model"} & set(request.json)
    else:
        assert request.json["stream"] is streamed
        assert request.json["model"] == model
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
    for name, value in {**endpoint(found.protocol).headers, **found.headers}.items():
        assert request.headers.get(name) == value


def test_scenarios_of_one_name_ask_the_same_in_every_protocol() -> None:
    prompts: dict[str, set[str]] = {}
    for found in ALL:
        prompts.setdefault(found.name, set()).add(last_prompt(target(found.protocol).ask(found)))
    del prompts["error-before-stream"]
    assert len(prompts) > 30
    assert [name for name, different in prompts.items() if len(different) > 1] == []


@pytest.mark.parametrize("found", ALL, ids=IDS)
def test_a_scenario_names_families_and_statements_that_exist(found: Scenario) -> None:
    assert set(found.families) <= {family.value for family in Family}
    known = catalogue.statements()
    if known:
        assert set(found.statements) <= set(known)


@pytest.mark.parametrize("protocol", sorted(endpoints()))
def test_prompts_differ_so_that_they_carry_the_scenario_where_headers_are_dropped(protocol: str) -> None:
    by_itself = [one for one in scenarios(protocol).values() if one.twin is None and one.name != "error-before-stream"]
    prompts = [last_prompt(target(protocol).ask(found)) for found in by_itself]
    assert len(set(prompts)) == len(prompts)


def those(chosen: list[Scenario]) -> Any:
    return pytest.mark.parametrize("found", chosen, ids=[f"{found.protocol}/{found.name}" for found in chosen])


@those([found for found in ALL if found.twin])
def test_a_twin_asks_the_same_but_for_the_stream(found: Scenario) -> None:
    asked = target(found.protocol)
    streamed = dict(asked.ask(scenario(found.protocol, str(found.twin))).json)
    whole = dict(asked.ask(found).json)
    assert whole.pop("stream", False) is False
    streamed.pop("stream", None)
    streamed.pop("stream_options", None)
    assert whole == streamed


@those([found for found in ALL if found.expect])
def test_what_a_scenario_expects_can_be_shown(found: Scenario) -> None:
    """The rules and the traits are those of its protocol; the built-in recordings show them."""
    known = {rule.id for rule in catalogue.rules_of(found.protocol)}
    assert set(found.expect.get("rules", ())) <= known
    traits = {trait.name for trait in catalogue.protocol(found.protocol).traits}
    assert set(found.expect.get("traits", ())) <= traits


def test_a_key_a_model_and_a_path_of_a_scenario_take_the_place_of_the_targets() -> None:
    mine = target(key="sk-mine", headers=(("Authorization", "Bearer sk-mine"), ("X-Team", "a"), ("X-Key", "{{key}}")))
    asked = mine.ask(scenario(CHAT, "bad-key"))
    wrong = scenario(CHAT, "bad-key").key
    assert asked.headers.get("x-key") == wrong
    assert "sk-mine" not in repr(asked.headers)
    assert asked.headers.get("x-team") == "a"
    gemini = target("gemini-generate").ask(scenario("gemini-generate", "unknown-model"))
    assert gemini.uri == "http://host/v1beta/models/no-such-model-of-conformance:streamGenerateContent?alt=sse"
    assert target().ask(scenario(CHAT, "unknown-model")).json["model"] == "no-such-model-of-conformance"


def test_the_list_of_models_stands_beside_the_endpoint() -> None:
    listing = target(url="http://host/api/v1/chat/completions?api-version=1").listing()
    assert listing is not None
    assert (listing.method, listing.uri) == ("GET", "http://host/api/v1/models?api-version=1")
    assert listing.headers.get("authorization") == "Bearer secret-key"
    gemini = target("gemini-generate").listing()
    assert gemini is not None and gemini.uri == "http://host/v1beta/models"
    assert target("cohere-chat").listing() is None


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
        scenario("cohere-chat", "xyz")


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
