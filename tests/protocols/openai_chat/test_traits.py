"""Laws of the chat traits: each value that a trait's page names can be seen in a stream, and no other value comes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance import catalogue
from conformance.core.example import Example
from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.protocols.openai_chat import samples
from conformance.protocols.openai_chat.samples import (
    FINISH,
    HEAD,
    LOGPROBS,
    REASONING,
    REASONING_DETAILS,
    REFUSAL,
    ROLE,
    TEXT,
    TOOL,
    TWO_CHOICES,
    TWO_TOOLS,
    USAGE_ON_FINISH,
    WHOLE_TOOL,
    WITH_USAGE,
    call,
    chunk,
    event,
    stream,
    usage_chunk,
)

PROTOCOL = catalogue.protocol("openai-chat")
OWN = {trait.name: trait for trait in PROTOCOL.traits if trait.module.startswith("conformance.protocols.openai_chat")}
ERROR = {"error": {"message": "no"}}
LATER = '"function":{"arguments":"{'
COUNTS = '"total_tokens":11'


def traits(example: Example) -> dict[str, object]:
    return dict(Stream(example.recording(), PROTOCOL).traits)


def without(name: str) -> Example:
    """The text stream without one member of every chunk's head."""
    bare = {key: value for key, value in HEAD.items() if key != name}
    return stream(*[event({**bare, "choices": []}) for _ in range(2)])


def roles(*places: int) -> Example:
    """Five deltas, of which these carry the role."""
    deltas = [{"role": "assistant", "content": "x"} if place in places else {"content": "x"} for place in range(4)]
    return stream(*map(chunk, deltas), FINISH)


def started(**function: Any) -> Example:
    """A tool call whose first fragment holds this function."""
    opening = {"index": 0, "id": "x", "function": function}
    return stream(chunk({"tool_calls": [opening]}), chunk(call(0, "{}")), chunk({}, "tool_calls"))


TABLE: list[tuple[str, Example, object]] = [
    ("id.prefix", TEXT, "chatcmpl-"),
    ("id.prefix", TEXT.swap("chatcmpl-1", "019ac7ea-7a84-7a2f-8d5e-7a3b0e9e8f10"), "uuid"),
    ("id.prefix", TEXT.swap("chatcmpl-1", "2024"), "other"),
    ("id.prefix", TEXT.swap("chatcmpl-1", ""), "empty"),
    ("id.constancy", TEXT, "constant"),
    ("id.constancy", TEXT.swap("chatcmpl-1", "chatcmpl-2", 1), "changes"),
    ("id.constancy", TEXT.swap("chatcmpl-1", "", 1), "constant"),
    ("id.constancy", without("id"), "absent"),
    ("created.constancy", TEXT, "constant"),
    ("created.constancy", TEXT.swap("1700000000", "1700000001", 1), "changes"),
    ("created.constancy", without("created"), "absent"),
    ("model.answered", TEXT, "same"),
    ("model.answered", TEXT.asking(model="gpt"), "longer"),
    ("model.answered", TEXT.asking(model="claude"), "other"),
    ("model.answered", without("model"), "absent"),
    ("system-fingerprint", TEXT, "absent"),
    ("system-fingerprint", stream(chunk({}, system_fingerprint=None)), "null"),
    ("system-fingerprint", stream(chunk({}, system_fingerprint="")), "empty"),
    ("system-fingerprint", stream(chunk({}, system_fingerprint="fp_1"), chunk({})), "constant"),
    ("system-fingerprint", stream(*[chunk({}, system_fingerprint=f"fp_{n}") for n in (1, 2)]), "changes"),
    ("service-tier", TEXT, "absent"),
    ("service-tier", stream(chunk({}, service_tier=None)), "null"),
    ("service-tier", stream(chunk({}, service_tier="default"), chunk({}, service_tier="flex")), "default+flex"),
    ("extra-fields", TEXT, []),
    ("extra-fields", REASONING.swap('"created"', '"x_groq":{},"created"'), ["delta.reasoning_content", "top.x_groq"]),
    ("extra-fields", TEXT.swap('"index":0', '"index":0,"seed":1'), ["choice.seed"]),
    ("content-filter", TEXT.swap(ROLE, chunk(prompt_filter_results=[]) + ROLE), ["prompt_filter_results"]),
    ("content-filter", TEXT, []),
    ("obfuscation", TEXT, "none"),
    ("obfuscation", stream(chunk({}, obfuscation="x")), "all"),
    ("obfuscation", stream(chunk({}, obfuscation="x"), chunk({})), "some"),
    ("role.style", TEXT, "first-only"),
    ("role.style", TWO_CHOICES, "first-only"),
    ("role.style", roles(), "missing"),
    ("role.style", roles(1), "late"),
    ("role.style", roles(0, 2), "repeated"),
    ("role.style", roles(0, 1, 2, 3), "every-delta"),
    ("content.first", TEXT, "empty-string"),
    ("content.first", TOOL, "null"),
    ("content.first", stream(chunk({"role": "assistant"})), "absent"),
    ("content.first", stream(chunk({"content": "x"})), "text"),
    ("content.first", stream(chunk({"content": []})), "other"),
    ("finish.placement", TEXT, "own-chunk"),
    ("finish.placement", stream(chunk({"content": "x"}, "stop")), "with-content"),
    ("finish.placement", stream(chunk(call(0, "{}", id="a", name="f"), "tool_calls")), "with-content"),
    ("finish.delta", TEXT, "{}"),
    ("finish.delta", stream(chunk({"content": "", "role": "assistant"}, "stop")), '{"content":"","role":"..."}'),
    ("finish.key", TEXT, "null"),
    ("finish.key", TEXT.swap(',"finish_reason":null', ""), "absent"),
    ("finish.key", TEXT.swap(',"finish_reason":null', "", 1), "mixed"),
    ("finish.reasons", TOOL, ["tool_calls"]),
    ("usage.asked", TEXT, False),
    ("usage.asked", WITH_USAGE, True),
    ("usage.placement", TEXT, "none"),
    ("usage.placement", WITH_USAGE, "own-chunk"),
    ("usage.placement", USAGE_ON_FINISH, "finish-chunk"),
    ("usage.placement", stream(ROLE, FINISH, chunk({}, usage={"total_tokens": 1})), "chunk-with-choices"),
    ("usage.placement", stream(ROLE, ROLE, ROLE, usage_chunk(), usage_chunk()), "several-chunks"),
    ("usage.placement", stream(*[chunk({}, usage={"total_tokens": 1}) for _ in range(3)]), "every-chunk"),
    ("usage.elsewhere", WITH_USAGE, "null"),
    ("usage.elsewhere", WITH_USAGE.swap(',"usage":null', ""), "absent"),
    ("usage.elsewhere", WITH_USAGE.swap(',"usage":null', "", 1), "mixed"),
    ("usage.followed-by", WITH_USAGE, "nothing"),
    ("usage.followed-by", stream(ROLE, usage_chunk(), FINISH), "choices"),
    ("usage.followed-by", stream(ROLE, usage_chunk(), chunk(moderation={})), "moderation"),
    ("usage.followed-by", stream(ROLE, usage_chunk(), chunk()), "empty-chunk"),
    ("usage.extra", WITH_USAGE, []),
    ("usage.extra", WITH_USAGE.swap(COUNTS, f'{COUNTS},"cost":1'), ["cost"]),
    ("usage.extra", stream(ROLE, usage_chunk(x_groq={"usage": {"a": 1}})), ["x_groq.usage"]),
    ("usage.total", WITH_USAGE, "prompt+completion"),
    ("usage.total", WITH_USAGE.swap(COUNTS, '"total_tokens":12'), "other"),
    (
        "usage.total",
        WITH_USAGE.swap(COUNTS, '"total_tokens":16,"completion_tokens_details":{"reasoning_tokens":5}'),
        "prompt+completion+reasoning",
    ),
    ("choices.order", TWO_CHOICES, "interleaved"),
    ("choices.order", stream(*[chunk({"content": "x"}, "stop", index=n) for n in (0, 1)]), "one-after-another"),
    ("choices.empty", TEXT, "none"),
    ("choices.empty", stream(chunk(), ROLE, chunk(), FINISH, chunk()), "before+between+after"),
    ("done", TEXT, "present"),
    ("done", stream(ROLE, done=False), "absent"),
    ("done", stream(ROLE, "data: [DONE]", done=False), "unterminated"),
    ("done", stream(ROLE, "data: [DONE]\n\n"), "repeated"),
    ("error.form", stream(event(ERROR)), "error-object"),
    ("error.form", stream(chunk({}, **ERROR)), "in-chunk"),
    ("error.form", stream("event: error\n" + event(ERROR)), "error-event"),
    ("tool-calls.style", TOOL, "fragments"),
    ("tool-calls.style", WHOLE_TOOL, "whole-call"),
    ("tool-calls.style", stream(chunk(call(0)), chunk(call(0)), chunk(call(1))), "mixed"),
    ("tool-calls.per-delta", TWO_TOOLS, "one"),
    ("tool-calls.per-delta", stream(chunk({"tool_calls": [{"index": 0}, {"index": 1}]})), "several"),
    ("tool-calls.index", TOOL, "present"),
    ("tool-calls.index", stream(chunk({"tool_calls": [{"id": "a"}]})), "absent"),
    ("tool-calls.index", stream(chunk({"tool_calls": [{"id": "a"}, {"index": 0}]})), "mixed"),
    ("tool-calls.types", TOOL, ["function"]),
    ("tool-calls.types", started(name="f"), ["absent"]),
    ("tool-calls.id-prefix", TOOL, "call_"),
    ("tool-calls.id-prefix", started(name="f"), "other"),
    ("tool-calls.id-prefix", TOOL.swap("call_1", ""), "empty"),
    ("tool-calls.first-arguments", TOOL, "empty"),
    ("tool-calls.first-arguments", WHOLE_TOOL, "text"),
    ("tool-calls.first-arguments", started(name="f", arguments=None), "null"),
    ("tool-calls.first-arguments", started(name="f"), "absent"),
    ("tool-calls.first-arguments", started(name="f", arguments={}), "other"),
    ("tool-calls.later-id", TOOL, "absent"),
    ("tool-calls.later-id", TOOL.swap(LATER, f'"id":"",{LATER}'), "absent+empty"),
    ("tool-calls.later-id", TOOL.swap(LATER, f'"id":null,{LATER}'), "absent+null"),
    ("tool-calls.later-id", TOOL.swap(LATER, f'"id":"call_1",{LATER}'), "absent+repeated"),
    ("tool-calls.later-id", TOOL.swap(LATER, f'"id":"call_2",{LATER}'), "absent+another"),
    ("reasoning.field", REASONING, "reasoning_content"),
    ("reasoning.field", REASONING_DETAILS, "reasoning+reasoning_details"),
    ("reasoning.details", REASONING_DETAILS, "reasoning.text"),
    ("logprobs.key", TEXT, "absent"),
    ("logprobs.key", TEXT.swap('"index":0', '"index":0,"logprobs":null'), "null"),
    ("logprobs.key", LOGPROBS, "object"),
    ("refusal.key", TEXT, "absent"),
    ("refusal.key", REFUSAL, "text"),
    ("refusal.key", stream(chunk({"refusal": None})), "null"),
    ("refusal.key", stream(chunk({"refusal": ""})), "empty"),
    ("audio", stream(chunk({"audio": {"id": "a"}})), "present"),
]


@pytest.mark.parametrize(("name", "example", "value"), TABLE, ids=[f"{name}={value}" for name, _, value in TABLE])
def test_a_trait_shows(name: str, example: Example, value: object) -> None:
    assert traits(example)[name] == value


def test_every_trait_is_shown_above() -> None:
    assert {name for name, _, _ in TABLE} == set(OWN)


OPEN = ("service-tier", "reasoning.details", "usage.followed-by")
WORDS = {name for name, _, value in TABLE if isinstance(value, str)}
CLOSED = [name for name, trait in OWN.items() if name in WORDS and name not in OPEN and "..." not in trait.doc]


@pytest.mark.parametrize("name", CLOSED)
def test_the_values_shown_above_are_those_that_the_page_names(name: str) -> None:
    """Values that are joined with `+` name their parts. Traits with an open set of values are left out."""
    named = set(re.findall(r"`([^`]+)`", OWN[name].doc))
    shown = [value for trait, _, value in TABLE if trait == name and isinstance(value, str)]
    assert {part for value in shown for part in ([value] if value in named else value.split("+"))} <= named


@pytest.mark.parametrize("name", ["audio", "error.form", "reasoning.field", "tool-calls.style", "usage.total"])
def test_a_trait_of_what_did_not_come_shows_nothing(name: str) -> None:
    assert name not in traits(TEXT)


def test_without_the_evidence_nothing_is_shown() -> None:
    blind = TEXT.but(missing=frozenset({Evidence.REQUEST, Evidence.FRAMING}))
    assert {"usage.asked", "model.answered", "done"}.isdisjoint(traits(blind))


def test_traits_name_registered_statements_of_this_protocol() -> None:
    named = {statement for trait in OWN.values() for statement in trait.statements}
    assert named
    assert all(re.fullmatch(r"C\d\d", statement) for statement in named)


def test_an_error_alone_shows_no_chunk() -> None:
    shown = traits(stream(event(ERROR), done=False))
    assert shown["error.form"] == "error-object"
    assert {"role.style", "content.first", "usage.placement", "obfuscation"}.isdisjoint(shown)


def test_traits_of_the_samples_are_the_same_as_of_openai() -> None:
    """The samples are in OpenAI's shape: a rule's example then shows nothing odd by accident."""
    usual = {"role.style": "first-only", "finish.key": "null", "id.constancy": "constant", "done": "present"}
    for example in (value for value in vars(samples).values() if isinstance(value, Example)):
        assert usual.items() <= traits(example).items()
