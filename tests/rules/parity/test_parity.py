"""Laws of comparing two answers: what the server does differs, what the model says does not count."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance import catalogue, library
from conformance.core.answers import PLACES, calls_of, first, follow, form_of, texts_of, usage_of
from conformance.core.compare import DEPENDS, TWIN, both, twin_of
from conformance.core.example import Example
from conformance.core.finding import Level
from conformance.core.recording import End, EndKind, Headers, Recording
from conformance.core.stream import Stream
from conformance.edge.builtin import builtin_recordings
from conformance.rules.parity.samples import CALL, TEXT
from tests.rules.outcome import NOT_APPLICABLE, PASS, message, outcome, run_of, verdict

RULES = [rule for rule in catalogue.rules() if rule.startswith("parity/")]


def changed(example: Example, **changes: Any) -> Example:
    """The example, with members of the first choice of its unstreamed answer replaced."""
    twin = json.loads(str(example.twin))
    for name, value in changes.items():
        if name in ("usage", "id"):
            twin[name] = value
        elif name == "finish":
            twin["choices"][0]["finish_reason"] = value
        else:
            twin["choices"][0]["message"][name] = value
    return example.but(twin=json.dumps(twin))


@pytest.mark.parametrize("rule", RULES)
def test_a_stream_without_a_twin_is_passed_over(rule: str) -> None:
    assert verdict(rule, TEXT.but(twin=None)) is NOT_APPLICABLE


@pytest.mark.parametrize("rule", RULES)
def test_a_stream_that_we_ended_and_a_twin_that_failed_are_not_compared(rule: str) -> None:
    for example in (TEXT, CALL):
        assert verdict(rule, example.but(end=End(EndKind.CANCELLED, by="client"))) is NOT_APPLICABLE
        assert verdict(rule, example.but(twin="<html>")) is NOT_APPLICABLE
        recording = example.recording()
        twin = Recording(status=500, body=str(example.twin).encode())
        stream = Stream(recording, catalogue.protocol("openai-chat"))
        assert twin_of(stream) is not None
        failed = Recording(**{**vars(recording), "metadata": {TWIN: twin}})
        assert verdict(rule, failed) is NOT_APPLICABLE


def test_no_difference_of_level_error_is_claimed() -> None:
    """Nothing but the model's own repetition proves that the same answer was meant."""
    assert {catalogue.rule(rule).rule.level for rule in RULES} == {Level.WARNING, Level.NOTE}


def test_what_the_model_says_does_not_count() -> None:
    for example, changes in (
        (TEXT, {"content": "Good evening to you"}),
        (CALL, {"tool_calls": [{"id": "call_9", "function": {"name": "get_time", "arguments": "{}"}}]}),
    ):
        assert not run_of(changed(example, **changes)).findings


@pytest.mark.parametrize(
    ("example", "changes"),
    [
        (TEXT, {"finish": "length"}),
        (TEXT, {"finish": "content_filter"}),
        (CALL, {"tool_calls": None, "content": "I do not know.", "finish": "stop"}),
        (TEXT.swap('"stop"', '"length"'), {}),
    ],
)
def test_a_model_that_answers_otherwise_is_inconclusive(example: Example, changes: dict[str, Any]) -> None:
    found = outcome("parity/finish-reason-differs", changed(example, **changes))
    assert found.verdict is NOT_APPLICABLE
    assert str(found.reason).startswith(DEPENDS)


def test_white_space_is_the_servers_where_the_text_is_the_same_and_else_nobodys() -> None:
    assert verdict("parity/text-edges-differ", changed(TEXT, content="\n\nGood evening")) is NOT_APPLICABLE
    assert verdict("parity/text-edges-differ", changed(TEXT, content="Good evening")) is PASS


def test_what_is_found_is_told_with_both_values() -> None:
    assert message("parity/finish-reason-differs", changed(CALL, finish="stop")) == (
        "the stream ends with tool_calls, the unstreamed answer with stop"
    )
    counted = {"prompt_tokens": 725, "completion_tokens": 2, "total_tokens": 727}
    assert message("parity/input-tokens-differ", changed(TEXT, usage=counted)) == (
        "the prompt has 9 tokens in the stream, and 725 in the unstreamed answer"
    )
    assert message("parity/id-form-differs", changed(TEXT, id=None)) == (
        "the id is chatcmpl-... in the stream, absent in the unstreamed answer"
    )
    assert message("parity/text-edges-differ", changed(TEXT, content="Hello \n")) == (
        "the text ends with '' in the stream, with ' \\n' in the unstreamed answer"
    )


def test_members_of_usage_that_hold_nothing_count_as_absent() -> None:
    zero = {
        "prompt_tokens": 9,
        "completion_tokens": 2,
        "total_tokens": 11,
        "prompt_tokens_details": {"cached_tokens": 0},
    }
    assert verdict("parity/usage-members-differ", changed(TEXT, usage=zero)) is PASS
    assert verdict("parity/usage-members-differ", changed(TEXT, usage={**zero, "cost": None})) is PASS
    assert "cost" in message("parity/usage-members-differ", changed(TEXT, usage={**zero, "cost": 0.1}))
    assert verdict("parity/usage-members-differ", changed(TEXT, usage=None)) is NOT_APPLICABLE


def test_thoughts_between_tags_are_in_another_place_than_in_a_field_of_their_own() -> None:
    thinking = TEXT.swap('{"content":"Hello"}', '{"reasoning_content":"Hm."}')
    tagged = changed(thinking, content="<think>Hm.</think> Hello")
    assert "the text, between tags" in message("parity/reasoning-field-differs", tagged)
    found = outcome("parity/reasoning-field-differs", thinking)
    assert str(found.reason).startswith(DEPENDS)


@pytest.mark.parametrize("protocol", sorted(PLACES))
def test_every_api_keeps_what_is_compared_where_the_table_says(protocol: str) -> None:
    """The built-in answers, streamed and not, hold it there."""
    found = {
        one.metadata["scenario"]: one for one in builtin_recordings(catalogue.data_folder("cassettes"), [protocol])
    }
    places = PLACES[protocol]
    for name in [name for name in ("text", "tools", "usage") if f"{name}-unstreamed" in found]:
        pair = Recording(**{**vars(found[name]), "metadata": {"protocol": protocol, TWIN: found[f"{name}-unstreamed"]}})
        judged = library.check(pair, dialect="strict")
        assert not judged.findings
        verdicts = {one.rule: one.verdict for one in judged.outcomes}
        assert verdicts["parity/finish-reason-differs"] is PASS
        for answer in both(Stream(pair, catalogue.protocol(protocol))):
            assert first(answer, places.id)
            assert list(follow(answer, places.finish))
            assert bool(calls_of(places, answer)) is (name == "tools")
            assert bool(texts_of(places, answer)) is (name != "tools")
        counted = protocol not in ("openai-chat", "openai-completions") or name == "usage"
        assert (verdicts["parity/input-tokens-differ"] is PASS) is counted


@pytest.mark.parametrize(
    ("identifier", "form"),
    [("call_1", "call_..."), ("chatcmpl-x", "chatcmpl-..."), ("abc", "without prefix"), ("", "absent"), (3, "absent")],
)
def test_an_id_is_known_by_its_prefix(identifier: object, form: str) -> None:
    assert form_of(identifier) == form


@pytest.mark.parametrize("value", [None, 3, [], {}, "x", {"choices": 3}, {"choices": [None, {"message": []}]}])
def test_garbage_holds_nothing(value: Any) -> None:
    for places in PLACES.values():
        assert texts_of(places, value) == calls_of(places, value) == []
        assert usage_of(places, value) == {}
    headers = Headers([("content-type", "application/json")])
    twin = Recording(headers=headers, body=json.dumps(value).encode())
    pair = Recording(**{**vars(TEXT.recording()), "metadata": {TWIN: twin}})
    assert not [one for one in run_of(pair).findings if one.rule != "parity/id-form-differs"]
