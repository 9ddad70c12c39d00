"""Laws of the chat rules on shape, role, content, finish reasons, sentinel and errors, beyond their good and bad
streams: what they pass over, when they cannot tell, and that one cause is told once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import catalogue, pipeline
from conformance.core.dialect import STRICT
from conformance.core.example import Example
from conformance.core.finding import Outcome, Verdict
from conformance.core.recording import End, EndKind, Evidence
from conformance.protocols.openai_chat.samples import (
    FINISH,
    HEAD,
    ROLE,
    TEXT,
    TOOL,
    TWO_CHOICES,
    WITH_USAGE,
    call,
    chunk,
    event,
    stream,
)
from tests.strategies import json_values

PROTOCOL = catalogue.protocol("openai-chat")
RULES = tuple(rule for rule in catalogue.rules_of("openai-chat") if rule.id.startswith("openai-chat/"))
DONE = "data: [DONE]\n\n"
ERROR = event({"error": {"message": "overloaded"}})


def outcomes(example: Example) -> dict[str, Outcome]:
    run = pipeline.check(example.recording(), PROTOCOL, RULES, STRICT)
    return {outcome.rule.partition("/")[2]: outcome for outcome in run.outcomes}


def broken(example: Example) -> dict[str, list[str]]:
    """Rule -> messages, of the rules that the stream breaks."""
    return {
        rule: [finding.message for finding in one.findings] for rule, one in outcomes(example).items() if one.findings
    }


def verdict(example: Example, rule: str) -> tuple[Verdict, str | None]:
    outcome = outcomes(example)[rule]
    return outcome.verdict, outcome.reason


# What is missing at the end


@pytest.mark.parametrize("rule", ["finish-missing", "done-missing"])
@pytest.mark.parametrize(
    ("example", "reason"),
    [
        (stream(ROLE, ERROR, done=False), "the stream broke off with an error"),
        (stream(ROLE, done=False).but(end=End(EndKind.RESET)), "the transport broke off (reset)"),
        (stream(ROLE, done=False).but(end=End(EndKind.TRUNCATED)), "the transport broke off (truncated)"),
        (stream(ROLE, done=False).but(end=End(EndKind.CANCELLED)), "the client ended the stream (cancelled)"),
        (stream(ROLE, done=False).but(end=End(EndKind.TRUNCATED, by="recorder")), "the recorder was stopped"),
        (stream(ROLE, 'data: {"choices":[\n\n', done=False), "a payload that is no JSON may hold it"),
        (
            stream(ROLE, done=False).but(body=ROLE + FINISH.rstrip()),
            "the last event was never ended by a blank line, and may hold it",
        ),
    ],
)
def test_what_a_stream_that_did_not_end_by_itself_lacks_says_nothing(example: Example, rule: str, reason: str) -> None:
    assert verdict(example, rule) == (Verdict.NOT_APPLICABLE, reason)


def test_done_is_no_finish_reason_and_no_finish_reason_is_done() -> None:
    assert set(broken(stream(ROLE))) == {"finish-missing"}
    assert set(broken(TEXT.swap(DONE, ""))) == {"done-missing"}


@pytest.mark.parametrize("rule", ["done-missing", "done-repeated", "done-not-exact", "data-after-done"])
def test_without_the_framing_nobody_can_tell_of_the_sentinel(rule: str) -> None:
    example = TEXT.swap(DONE, "").but(missing=frozenset({Evidence.FRAMING}))
    assert verdict(example, rule) == (Verdict.NOT_RECORDED, "not recorded: framing")


@pytest.mark.parametrize("last", ["data: [DONE]", "data: [DONE]\n", "data: [DONE] "])
def test_a_sentinel_without_its_blank_line_is_not_missing(last: str) -> None:
    assert broken(TEXT.but(body=TEXT.raw.decode().replace(DONE, last))) == {}


@pytest.mark.parametrize("almost", ['"[DONE]"', "[DONE] ", "DONE", "[done]", " [DONE]", "'[DONE]'"])
def test_almost_done_is_told_once(almost: str) -> None:
    found = broken(TEXT.swap("[DONE]", almost))
    assert found == {"done-not-exact": [f"data is {almost!r}, expected [DONE]"]}


def test_events_behind_the_sentinel_are_told_once_with_their_kinds() -> None:
    found = broken(TEXT.but(body=TEXT.raw.decode() + event({"type": "ping"}) + event({"type": "ping"}) + ERROR))
    assert found == {"data-after-done": ["events follow data: [DONE]: unknown, error"]}


def test_what_follows_an_error_is_told_once() -> None:
    found = broken(stream(ROLE, ERROR, chunk({"content": "Hel"}), chunk({"content": "lo"}), FINISH))
    assert found == {"data-after-error": ["the stream goes on after its error: chunk"]}


# Finish reasons


def test_an_empty_finish_reason_ends_nothing() -> None:
    found = broken(TEXT.swap('"finish_reason":null', '"finish_reason":""'))
    assert set(found) == {"finish-reason-unknown"}
    assert len(found["finish-reason-unknown"]) == 1


def test_a_finish_reason_on_every_chunk_is_told_once_per_fault() -> None:
    found = broken(TEXT.swap('"finish_reason":null', '"finish_reason":"stop"'))
    assert found == {
        "content-after-finish": ["choice 0: deltas after finish_reason 'stop' (event 0): 2 with text"],
        "finish-repeated": ["choice 0: finish_reason comes 4 times: 'stop'"],
    }


@pytest.mark.parametrize(
    ("delta", "what"),
    [
        ({"content": "!"}, "text"),
        ({"reasoning_content": "Hm"}, "reasoning"),
        ({"refusal": "No."}, "a refusal"),
        ({"function_call": {"name": "f", "arguments": ""}}, "a function call"),
    ],
)
def test_whatever_a_choice_brings_after_its_end_is_named(delta: dict[str, Any], what: str) -> None:
    found = broken(TEXT.swap(FINISH, FINISH + chunk(delta)))["content-after-finish"]
    assert found == [f"choice 0: deltas after finish_reason 'stop' (event 3): 1 with {what}"]


def test_fragments_of_a_call_after_its_end_are_counted() -> None:
    late = chunk(call(0, '{"city":')) + chunk(call(0, '"Oslo"}'))
    found = broken(TOOL.swap(late, "").swap(DONE, late + DONE))["content-after-finish"]
    assert found == ["choice 0: deltas after finish_reason 'tool_calls' (event 2): 2 with tool calls"]


def test_text_in_the_chunk_of_the_finish_reason_and_a_role_after_it_are_legal() -> None:
    last = chunk({"content": "!"}, "stop")
    assert broken(TEXT.swap(FINISH, last)) == {}
    assert "content-after-finish" not in broken(TEXT.swap(FINISH, last + chunk({"role": "assistant", "content": ""})))


def test_a_function_call_in_the_chunk_of_the_finish_reason_is_legal() -> None:
    last = chunk({"function_call": {"name": "f", "arguments": "{}"}}, "function_call")
    assert "content-after-finish" not in broken(stream(ROLE, last, chunk({})))


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_a_call_may_be_cut_off(reason: str) -> None:
    assert broken(TOOL.swap('"tool_calls"}', f'"{reason}"}}')) == {}


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("auto", True),
        ("required", True),
        ({"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}, True),
        ({"type": "function", "function": {"name": "weather"}}, False),
    ],
)
def test_stop_is_right_where_the_request_names_the_function(choice: object, told: bool) -> None:
    example = TOOL.swap('"tool_calls"}', '"stop"}').asking(tool_choice=choice)
    assert ("finish-hides-tool-calls" in broken(example)) is told


@pytest.mark.parametrize(
    ("usage", "limit", "told"),
    [
        ({"completion_tokens": 100}, 100, False),
        ({"completion_tokens": 99}, 100, True),
        ({"completion_tokens": 0, "completion_tokens_details": {"reasoning_tokens": 100}}, 100, False),
        ({"completion_tokens": 5}, None, False),
    ],
)
def test_length_is_told_only_below_a_limit_that_was_asked(usage: dict[str, Any], limit: int | None, told: bool) -> None:
    completion = usage["completion_tokens"]
    counts = {"prompt_tokens": 9, "total_tokens": 9 + completion, **usage}
    body = ROLE + chunk({}, "length") + chunk(usage=counts) + DONE
    example = WITH_USAGE.but(body=body).asking(**({} if limit is None else {"max_tokens": limit}))
    assert ("length-without-limit" in broken(example)) is told


# Choices and roles


def test_choices_beyond_those_asked_for_are_told_once() -> None:
    deltas = [chunk({"content": f"{number}"}, index=number) for number in range(40)]
    found = broken(stream(ROLE, *deltas, FINISH))
    shown = "the request asks for 1 choice, but the stream has index 1, 2, 3, 4, 5 and 34 more"
    assert found == {"choice-index-range": [shown]}


def test_without_the_request_any_number_of_choices_is_right() -> None:
    example = replace(TWO_CHOICES, request={}, missing=frozenset({Evidence.REQUEST}))
    assert broken(example) == {}
    assert verdict(example, "choice-index-range") == (Verdict.NOT_RECORDED, "not recorded: request")


def test_a_choice_that_never_ends_and_one_that_never_comes_are_two_things() -> None:
    unfinished = TWO_CHOICES.swap(chunk({}, "stop", index=1), "")
    assert broken(unfinished) == {"finish-missing": ["choice 1: the stream ends without a finish_reason"]}
    assert broken(TWO_CHOICES.asking(n=3)) == {
        "choice-missing": ["the request asks for 3 choices, but only 2 came: 0, 1"]
    }


def test_the_order_of_members_in_a_delta_means_nothing() -> None:
    assert broken(TEXT.swap(ROLE, chunk({"content": "", "role": "assistant"}))) == {}
    assert broken(stream(chunk({"content": "Hi", "role": "assistant"}), FINISH)) == {}


def test_an_empty_role_is_no_role_and_not_nothing() -> None:
    assert broken(TEXT.swap('"delta":{"content"', '"delta":{"role":"","content"')) == {
        "role-not-assistant": ["choice 0: the role is '' in 2 deltas, expected 'assistant'"]
    }
    assert broken(TEXT.swap('"delta":{"content"', '"delta":{"role":null,"content"')) == {}
    assert set(broken(TEXT.swap('"role":"assistant"', '"role":""'))) == {"role-missing", "role-not-assistant"}


def test_a_role_in_every_delta_is_told_once_with_the_number() -> None:
    found = broken(TEXT.swap('"delta":{"content"', '"delta":{"role":"assistant","content"'))
    assert found == {"role-repeated": ["choice 0: the role stands in 3 deltas, expected in the first only"]}


# Values that change


def test_the_first_chunk_of_azure_breaks_nothing_but_the_object() -> None:
    first = event({"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": []})
    assert broken(TEXT.swap(ROLE, first + ROLE)) == {"object-value": ["object is '', expected 'chat.completion.chunk'"]}


def test_a_value_that_is_new_in_every_chunk_is_one_finding() -> None:
    chunks = [chunk({"content": "x"}, id=f"x{number}", created=1 + number, model=f"m{number}") for number in range(30)]
    found = broken(stream(ROLE, *chunks, FINISH))
    assert {rule: len(messages) for rule, messages in found.items()} == {
        "id-changes": 1,
        "created-changes": 1,
        "model-changes": 1,
    }
    assert found["id-changes"] == ["31 different ids in one stream: 'chatcmpl-1', then 'x0'"]


@pytest.mark.parametrize("name", ["id", "model"])
def test_a_name_that_is_empty_to_the_end_is_told_even_if_the_first_chunk_has_no_choices(name: str) -> None:
    example = TEXT.swap(ROLE, chunk(prompt_filter_results=[]) + ROLE).swap(f'"{name}":"{HEAD[name]}"', f'"{name}":""')
    assert set(broken(example)) == {f"{name}-empty"}


def test_a_message_in_the_last_chunk_alone_is_found() -> None:
    example = TEXT.swap('"delta"', '"message":null,"delta"')
    last = '"message":{"content":"Hello"},"delta":{},"finish_reason":"stop"'
    assert set(broken(example.swap('"message":null,"delta":{},"finish_reason":"stop"', last))) == {"message-in-choice"}


@pytest.mark.parametrize("options", [None, {"include_usage": False}, {"include_obfuscation": True}])
def test_obfuscation_is_right_unless_it_is_turned_off(options: object) -> None:
    example = TEXT.swap('"created"', '"obfuscation":"xK3","created"').asking(stream_options=options)
    assert broken(example) == {}


# Text


GREETING = ["Hi", "Hi, this is", "Hi, this is a greeting to all"]


@pytest.mark.parametrize("texts", [["ha"] * 30, ["-" * 24] * 6, ["1", "10", "100", "1000"], GREETING])
def test_repetition_is_no_snapshot(texts: list[str]) -> None:
    assert broken(stream(ROLE, *[chunk({"content": text}) for text in texts], FINISH)) == {}


def test_reasoning_in_snapshots_is_told_too() -> None:
    text = "Let me think about this for a while"
    deltas = [chunk({"reasoning_content": text[:end]}) for end in range(7, len(text) + 1, 7)]
    found = broken(stream(ROLE, *deltas, chunk({"content": "Hi"}), FINISH))
    assert found == {"cumulative-delta": ["choice 0: each of the 5 reasoning deltas holds all before it"]}


def test_a_token_that_is_split_over_deltas_is_found() -> None:
    parts = [chunk({"content": part}) for part in ("Hello", "<|im", "_e", "nd|>", "\n")]
    assert broken(stream(ROLE, *parts, FINISH)) == {"special-token-leaked": ["choice 0: the text ends with <|im_end|>"]}


@pytest.mark.parametrize("text", ["`<|im_end|>`", "<|im_end|> ends a turn", "ends with </s>", "a <tool_call> tag"])
def test_a_text_about_such_tokens_is_left_alone(text: str) -> None:
    assert broken(stream(ROLE, chunk({"content": text}), FINISH)) == {}


@pytest.mark.parametrize(("stop", "at"), [("He", 1), ("el", 1), ("ll", 2), ("lo", 2)])
def test_a_stop_sequence_is_told_at_the_delta_that_ends_it(stop: str, at: int) -> None:
    run = outcomes(TEXT.asking(stop=["never", stop]))["stop-sequence-in-content"]
    expected = f"choice 0: the text holds the stop sequence {stop!r}"
    assert [(finding.message, finding.event) for finding in run.findings] == [(expected, at)]


def test_white_space_before_the_reasoning_tag_means_nothing() -> None:
    parts = [chunk({"content": part}) for part in ("\n", " <th", "ink>", "Hm")]
    assert broken(stream(ROLE, *parts, FINISH)) == {
        "reasoning-tags-in-content": ["choice 0: the text opens with <think>"]
    }


# Events


def test_json_that_is_no_object_is_no_event() -> None:
    found = broken(TEXT.swap(FINISH, "data: null\n\ndata: 7\n\n" + event(["x"]) + event({"a": 1, "b": 2}) + FINISH))
    assert found == {
        "unknown-event": [
            "null instead of an object is neither a chunk nor an error",
            "int instead of an object is neither a chunk nor an error",
            "list instead of an object is neither a chunk nor an error",
            "an object with the members a, b is neither a chunk nor an error",
        ]
    }


def test_a_chunk_without_choices_is_not_one_with_empty_choices() -> None:
    assert set(broken(TEXT.swap(FINISH, event(HEAD) + FINISH))) == {"choices-missing"}
    assert set(broken(TEXT.swap(FINISH, chunk() + FINISH))) == {"unexpected-empty-choices"}


# Garbage

DELTAS = st.dictionaries(
    st.sampled_from(["role", "content", "tool_calls", "refusal", "reasoning", "audio"]), json_values
)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "index": json_values,
        "delta": DELTAS | json_values,
        "finish_reason": json_values,
        "message": json_values,
    },
)
CHUNKS = st.fixed_dictionaries(
    {},
    optional={
        "id": json_values,
        "object": json_values,
        "created": json_values,
        "model": json_values,
        "service_tier": json_values,
        "usage": json_values,
        "error": json_values,
        "choices": st.lists(CHOICES, max_size=3) | json_values,
    },
)


@given(
    st.lists(CHUNKS | json_values, max_size=5),
    st.dictionaries(
        st.sampled_from(["n", "stop", "tools", "tool_choice", "max_tokens", "stream_options"]),
        st.none() | st.integers(-3, 3) | st.text(max_size=3) | st.lists(st.text(max_size=3), max_size=2),
    ),
)
def test_whatever_a_peer_sends_no_rule_raises(chunks: list[object], request: dict[str, object]) -> None:
    body = "".join(f"data: {json.dumps(one)}\n\n" for one in chunks) + DONE
    assert outcomes(Example(body.encode("utf-8", "surrogatepass"), request=request))
