"""Laws of the chat rules on tool calls, refusals, log probabilities, reasoning and usage, beyond their good and bad
streams: what they pass over, when they do not apply, and that one cause is told once."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import catalogue, pipeline
from conformance.core.dialect import STRICT
from conformance.core.example import Example
from conformance.core.finding import Outcome, Verdict
from conformance.core.recording import End, EndKind, Evidence
from conformance.protocols.openai_chat.samples import (
    FINISH,
    FUNCTION_CALL,
    LOGPROBS,
    REASONING,
    REFUSAL,
    ROLE,
    TEXT,
    TOOL,
    TWO_TOOLS,
    USAGE_ON_FINISH,
    WHOLE_TOOL,
    WITH_USAGE,
    call,
    chunk,
    event,
    likely,
    stream,
    token,
    usage_chunk,
)

PROTOCOL = catalogue.protocol("openai-chat")
RULES = tuple(rule for rule in catalogue.rules_of("openai-chat") if rule.id.startswith("openai-chat/"))
ASKING = {"stream_options": {"include_usage": True}}
LATER = '"function":{"arguments":"{'
OPENING = '"tool_calls":[{"index":'
ROLE_REFUSAL = chunk({"role": "assistant", "content": None, "refusal": ""})
FINISH_NULL = chunk({}, "stop", usage=None)


def outcomes(example: Example) -> dict[str, Outcome]:
    run = pipeline.check(example.recording(), PROTOCOL, RULES, STRICT)
    return {outcome.rule.partition("/")[2]: outcome for outcome in run.outcomes}


def broken(example: Example) -> dict[str, list[tuple[str, int]]]:
    """Rule -> messages and counts, of the rules that the stream breaks."""
    found = outcomes(example)
    return {rule: [(f.message, f.count) for f in one.findings] for rule, one in found.items() if one.findings}


def verdict(example: Example, rule: str) -> tuple[Verdict, str | None]:
    outcome = outcomes(example)[rule]
    return outcome.verdict, outcome.reason


# When a rule applies


@pytest.mark.parametrize(
    ("prefix", "reason"),
    [
        ("tool-call", "no tool call in the stream"),
        ("function-call", "no function_call in the stream"),
        ("refusal", "no refusal in the stream"),
        ("reasoning-", "no "),
        ("logprob", "no logprobs in the stream"),
        ("usage-", "no "),
    ],
)
def test_a_rule_about_what_did_not_come_does_not_apply(prefix: str, reason: str) -> None:
    asked = ("usage-missing", "usage-unasked", "usage-null-missing", "usage-on-finish-chunk", "usage-chunk-misplaced")
    asked += ("logprobs-unasked", "logprobs-missing", "reasoning-tags-in-content")
    found = {rule: outcome for rule, outcome in outcomes(TEXT).items() if rule.startswith(prefix) and rule not in asked}
    assert len(found) > 1
    assert {(one.verdict, (one.reason or "").startswith(reason)) for one in found.values()} == {
        (Verdict.NOT_APPLICABLE, True)
    }


@pytest.mark.parametrize(
    ("rule", "example"),
    [
        ("usage-missing", WITH_USAGE),
        ("usage-unasked", WITH_USAGE),
        ("usage-on-finish-chunk", WITH_USAGE),
        ("usage-chunk-misplaced", WITH_USAGE),
        ("usage-null-missing", WITH_USAGE),
        ("tool-name-unknown", TOOL),
        ("parallel-tool-calls-unasked", TWO_TOOLS),
        ("function-call-finish-reason", FUNCTION_CALL),
        ("logprobs-missing", TEXT),
        ("logprobs-unasked", LOGPROBS),
        ("top-logprobs-exceeded", LOGPROBS),
    ],
)
def test_what_rests_on_the_request_is_not_recorded_without_it(rule: str, example: Example) -> None:
    blind = example.but(missing=frozenset({Evidence.REQUEST}))
    assert verdict(blind, rule) == (Verdict.NOT_RECORDED, "not recorded: request")


@pytest.mark.parametrize("rule", ["usage-unasked", "logprobs-unasked"])
def test_a_request_that_nobody_can_read_did_not_forbid_anything(rule: str) -> None:
    assert verdict(WITH_USAGE.but(request={}), rule)[0] is Verdict.NOT_APPLICABLE


# Tool calls


def test_a_whole_call_as_gemini_sends_it_is_told_of_its_index_and_its_id() -> None:
    gemini = WHOLE_TOOL.swap(f'{OPENING}0,"id":"call_1"', '"tool_calls":[{"id":""')
    assert set(broken(gemini)) == {"tool-call-index-missing", "tool-call-start-incomplete"}


def test_calls_as_mistral_sends_them_are_told_of_their_index_and_their_type_once() -> None:
    both = [{"id": name, "function": {"name": "time", "arguments": "{}"}} for name in "ab"]
    mistral = stream(ROLE, chunk({"tool_calls": both}, "tool_calls"))
    assert broken(mistral)["tool-call-start-incomplete"] == [("choice 0: a tool call starts without `type`", 2)]
    assert set(broken(mistral)) == {"tool-call-index-missing", "tool-call-start-incomplete"}


def test_several_calls_at_index_0_are_told_once() -> None:
    ollama = TWO_TOOLS.swap(f"{OPENING}1", f"{OPENING}0").swap('"name":"time"', '"name":"weather"')
    message = "choice 0: tool call 0 has id 'call_1', then 'call_2'"
    assert broken(ollama) == {"tool-call-id-changes": [(message, 1)]}


def test_every_choice_counts_its_own_calls() -> None:
    each = [chunk(call(0, "{}", id=name, type="function", name="f"), index=n) for n, name in enumerate("ab")]
    ends = [chunk({}, "tool_calls", index=n) for n in (0, 1)]
    roles = [chunk({"role": "assistant", "content": None}, index=n) for n in (0, 1)]
    assert broken(stream(*roles, *each, *ends, n=2)) == {}


def test_calls_that_end_in_another_order_than_they_began_have_no_gap() -> None:
    assert "tool-call-index-gap" not in broken(TWO_TOOLS)
    backwards = (
        TWO_TOOLS.swap(f"{OPENING}0", f"{OPENING}9")
        .swap(f"{OPENING}1", f"{OPENING}0")
        .swap(f"{OPENING}9", f"{OPENING}1")
    )
    assert broken(backwards)["tool-call-index-gap"] == [("choice 0: a tool call opens with index 1, expected 0", 1)]


@pytest.mark.parametrize("later", ['"id":"",', '"id":null,', '"type":"function",'])
def test_a_later_fragment_may_say_nothing_new(later: str) -> None:
    assert broken(TOOL.swap(LATER, f"{later}{LATER}")) == {}


def test_a_custom_tool_call_has_no_function() -> None:
    custom = {"index": 0, "id": "call_1", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
    assert broken(stream(ROLE, chunk({"tool_calls": [custom]}), chunk({}, "tool_calls"))) == {}


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_arguments_that_were_cut_are_nobodys_fault(reason: str) -> None:
    cut = TOOL.swap(chunk(call(0, '"Oslo"}')), "").swap('"finish_reason":"tool_calls"', f'"finish_reason":"{reason}"')
    assert "tool-arguments-not-json" not in broken(cut)
    assert verdict(cut, "tool-arguments-not-json")[0] is Verdict.NOT_APPLICABLE


def test_arguments_of_a_call_that_ends_with_stop_are_judged() -> None:
    assert "tool-arguments-not-json" in broken(
        TOOL.swap('"Oslo', "Oslo").swap('"finish_reason":"tool_calls"', '"finish_reason":"stop"')
    )


def test_empty_arguments_that_were_null_are_told_of_the_null_alone() -> None:
    null = WHOLE_TOOL.swap('"arguments":"{\\"city\\":\\"Oslo\\"}"', '"arguments":null')
    assert set(broken(null)) == {"tool-arguments-not-a-string"}


@pytest.mark.parametrize(
    ("parameters", "said"), [({}, "none"), ({"properties": {"city": {}}}, "some"), (None, "none")], ids=str
)
def test_empty_arguments_are_told_with_what_the_function_takes(parameters: Any, said: str) -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": parameters}}
    empty = WHOLE_TOOL.swap('{\\"city\\":\\"Oslo\\"}', "").asking(tools=[tool])
    assert broken(empty)["tool-arguments-empty"][0][0].endswith(f"expected {{}}; the function takes {said}")


def test_a_name_in_pieces_is_told_of_the_pieces_and_not_as_unknown() -> None:
    pieces = TOOL.swap('"name":"weather"', '"name":"wea"').swap(LATER, '"function":{"name":"ther","arguments":"{')
    assert set(broken(pieces)) == {"tool-call-name-changes"}


def test_tools_offered_in_the_older_form_are_offered() -> None:
    older = TOOL.asking(tools=None, functions=[{"name": "weather"}])
    assert verdict(older, "tool-name-unknown")[0] is Verdict.PASS
    assert "tool-name-unknown" in broken(older.asking(functions=[{"name": "time"}]))
    assert verdict(TOOL.asking(tools=None), "tool-name-unknown")[0] is Verdict.NOT_APPLICABLE


def test_one_call_per_choice_is_not_parallel() -> None:
    assert verdict(TOOL.asking(parallel_tool_calls=False), "parallel-tool-calls-unasked")[0] is Verdict.PASS
    assert (
        verdict(TWO_TOOLS.asking(parallel_tool_calls=None), "parallel-tool-calls-unasked")[0] is Verdict.NOT_APPLICABLE
    )


# Refusals and log probabilities


@pytest.mark.parametrize("reason", ["stop", "length"])
def test_a_refusal_may_be_cut(reason: str) -> None:
    assert "refusal-finish-reason" not in broken(REFUSAL.swap('"stop"', f'"{reason}"'))


def test_a_refusal_after_some_content_is_legal() -> None:
    assert "refusal-beside-content" not in broken(
        REFUSAL.swap(ROLE_REFUSAL, ROLE_REFUSAL + chunk({"content": "Well, "}))
    )


def test_the_rounding_of_a_short_float_is_no_probability() -> None:
    assert broken(LOGPROBS.swap("-0.25", "0.000030517578125")) == {}


def test_tokens_behind_the_text_are_passed_over() -> None:
    ended = LOGPROBS.swap(FINISH, likely({}, token("<|im_end|>")) + FINISH)
    assert broken(ended) == {}


def test_tokens_of_a_character_are_joined_by_their_bytes() -> None:
    halves = [{"token": "?", "logprob": -1, "bytes": [byte], "top_logprobs": []} for byte in "é".encode()]
    split = stream(ROLE, likely({"content": "é"}, *halves), FINISH, logprobs=True)
    assert broken(split) == {}


def test_bytes_that_no_text_can_hold_are_no_difference() -> None:
    broken_off = {"token": "\ufffd", "logprob": -1, "bytes": [0xE6], "top_logprobs": []}
    assert broken(stream(ROLE, likely({"content": "\ufffd"}, broken_off), FINISH, logprobs=True)) == {}


def test_missing_tokens_are_told_where_the_text_goes_on_without_them() -> None:
    fewer = LOGPROBS.swap(likely({"content": "lo"}, token("lo")), chunk({"content": "lo"}))
    assert set(broken(fewer)) == {"logprobs-tokens-differ"}


def test_an_empty_object_of_log_probabilities_was_not_sent_unasked() -> None:
    assert broken(stream(likely({"role": "assistant", "content": ""}), chunk({"content": "x"}), FINISH)) == {}


# Reasoning


def test_reasoning_after_a_tool_call_is_a_new_thought() -> None:
    again = stream(
        ROLE,
        chunk({"reasoning": "Hm"}),
        chunk({"content": "Let me see"}),
        chunk(call(0, "{}", id="call_1", type="function", name="weather")),
        chunk({"reasoning": "So"}),
        chunk({}, "tool_calls"),
    )
    assert "reasoning-after-content" not in broken(again)


def test_reasoning_between_tools_that_the_server_runs_does_not_count() -> None:
    between = REASONING.swap(FINISH, chunk({"executed_tools": []}) + chunk({"reasoning_content": "So"}) + FINISH)
    assert verdict(between, "reasoning-after-content") == (
        Verdict.NOT_APPLICABLE,
        "the server runs tools in between",
    )


def test_reasoning_and_content_in_one_delta_are_in_order() -> None:
    both = REASONING.swap('"content":"Hello"', '"content":"Hello","reasoning_content":"!"')
    assert "reasoning-after-content" not in broken(both)


def test_different_thoughts_under_two_names_are_not_the_same_twice() -> None:
    two = REASONING.swap('"reasoning_content":"Think"', '"reasoning_content":"Think","reasoning":"Ponder"')
    assert "reasoning-twice" not in broken(two)


# Usage


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        (WITH_USAGE.but(end=End(EndKind.CANCELLED)), "the client ended the stream (cancelled)"),
        (WITH_USAGE.swap("data: [DONE]\n\n", ""), "the stream ended before [DONE]"),
        (WITH_USAGE.swap(FINISH_NULL, event({"error": {"message": "no"}})), None),
        (TEXT, "the request does not set stream_options.include_usage"),
    ],
)
def test_usage_is_missing_only_where_the_stream_came_to_its_end(example: Example, reason: str | None) -> None:
    without = example.swap(usage_chunk(), "") if usage_chunk() in str(example.body) else example
    found, why = verdict(without, "usage-missing")
    assert found is Verdict.NOT_APPLICABLE
    assert why == (reason or "the stream broke off with an error")


def test_without_the_framing_a_finish_reason_is_the_end() -> None:
    ended = WITH_USAGE.swap(usage_chunk(), "").but(missing=frozenset({Evidence.FRAMING}))
    assert verdict(ended, "usage-missing")[0] is Verdict.FAIL
    assert verdict(ended.swap('"stop"', "null"), "usage-missing")[0] is Verdict.NOT_APPLICABLE


def test_usage_that_stands_wrong_is_told_once() -> None:
    assert set(broken(USAGE_ON_FINISH)) == {"usage-on-finish-chunk"}
    again = WITH_USAGE.swap(
        usage_chunk(), chunk({}, "stop", usage={"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11})
    )
    assert {"usage-chunk-misplaced", "finish-repeated"} <= set(broken(again))
    assert "usage-on-finish-chunk" not in broken(again)


def test_usage_on_every_chunk_is_told_once_with_the_number_and_is_right_if_asked_for() -> None:
    counts = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
    every = stream(*[chunk({"content": "x"}, usage=counts) for _ in range(5)], FINISH_NULL, usage_chunk(), **ASKING)
    assert broken(every)["usage-repeated"] == [("6 of 7 chunks carry usage, expected one", 1)]
    asked = every.asking(stream_options={"include_usage": True, "continuous_usage_stats": True})
    assert verdict(asked, "usage-repeated") == (Verdict.NOT_APPLICABLE, "the request sets continuous_usage_stats")


@pytest.mark.parametrize("delta", [{"audio": {"expires_at": 1700003600}}, None], ids=["audio", "moderation"])
def test_what_openai_itself_sends_behind_the_usage_is_passed_over(delta: dict[str, Any] | None) -> None:
    extra = chunk(delta, usage=None) if delta else chunk(usage=None, moderation={})
    assert "chunk-after-usage" not in broken(WITH_USAGE.swap(usage_chunk(), usage_chunk() + extra))


def test_chunks_of_a_content_filter_need_no_usage() -> None:
    filtered = WITH_USAGE.but(body=chunk(prompt_filter_results=[]) + str(WITH_USAGE.body))
    assert "usage-null-missing" not in broken(filtered)


def test_usage_that_is_no_object_is_told_by_its_shape_alone() -> None:
    assert set(
        broken(WITH_USAGE.swap(chunk({"content": "Hello"}, usage=None), chunk({"content": "Hello"}, usage=7)))
    ) == {"usage-shape"}


@pytest.mark.parametrize("counts", [{"total_tokens": None}, {"total_tokens": True}, {}], ids=str)
def test_counts_that_are_no_numbers_are_not_added_up(counts: dict[str, Any]) -> None:
    odd = stream(ROLE, FINISH, chunk(usage={"prompt_tokens": 1, "completion_tokens": 2, **counts}), **ASKING)
    assert {"usage-total-wrong", "usage-reasoning-exceeds"}.isdisjoint(broken(odd))
