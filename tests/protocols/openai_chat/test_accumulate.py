"""Laws of the accumulator: chunks add up to one chat.completion, and broken ones to what a forgiving reader keeps.

That a legal stream adds up to what the official SDK makes of it is held in tests/differential/test_openai_chat_sdk.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance import catalogue
from conformance.core.example import Example
from conformance.core.stream import Stream
from conformance.protocols.openai_chat import samples
from conformance.protocols.openai_chat.samples import FINISH, HEAD, ROLE, call, chunk, stream, usage_chunk

PROTOCOL = catalogue.protocol("openai-chat")


def added(example: Example) -> dict[str, Any]:
    found = PROTOCOL.accumulate(Stream(example.recording(), PROTOCOL))
    assert found is not None
    return found


def message(example: Example) -> dict[str, Any]:
    found: dict[str, Any] = added(example)["choices"][0]["message"]
    return found


def test_a_text_adds_up_to_a_completion() -> None:
    assert added(samples.WITH_USAGE) == {
        "id": HEAD["id"],
        "object": "chat.completion",
        "created": HEAD["created"],
        "model": HEAD["model"],
        "service_tier": None,
        "system_fingerprint": None,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
    }


def test_a_stream_without_a_chunk_adds_up_to_nothing() -> None:
    for empty in (stream(), stream('data: {"error":{"message":"no"}}\n\n'), stream("data: 7\n\n")):
        assert PROTOCOL.accumulate(Stream(empty.recording(), PROTOCOL)) is None


def test_what_azure_sends_first_is_no_head() -> None:
    first = chunk(id="", model="", created=0, object="")
    found = added(samples.TEXT.swap(ROLE, first + ROLE))
    assert (found["id"], found["model"], found["created"]) == (HEAD["id"], HEAD["model"], HEAD["created"])


def test_the_last_tier_and_fingerprint_that_are_new_count() -> None:
    late = stream(ROLE, chunk({}, system_fingerprint="fp_1"), chunk({}, service_tier="flex", system_fingerprint=None))
    assert (added(late)["service_tier"], added(late)["system_fingerprint"]) == ("flex", "fp_1")


def test_choices_come_in_the_order_of_their_indices() -> None:
    mixed = stream(*[chunk({"content": str(index)}, index=index) for index in (2, 0, 1)])
    assert [(one["index"], one["message"]["content"]) for one in added(mixed)["choices"]] == [
        (0, "0"),
        (1, "1"),
        (2, "2"),
    ]


def test_tool_calls_are_joined_by_index_in_whatever_order_their_fragments_come() -> None:
    parts = [
        call(0, "", id="a", type="function", name="f"),
        call(1, "", id="b", type="function", name="g"),
        call(0, '{"x":'),
        call(1, "{}"),
        call(0, "1}"),
    ]
    assert message(stream(*map(chunk, parts)))["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
        {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]


def test_ids_and_names_that_come_again_count_once() -> None:
    again = stream(*[chunk(call(0, part, id="a", name="f")) for part in ("{", "}")])
    assert message(again)["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    ]


def test_a_legacy_function_call_is_joined() -> None:
    assert message(samples.FUNCTION_CALL)["function_call"] == {"name": "weather", "arguments": '{"city":"Oslo"}'}


def test_a_refusal_is_no_content() -> None:
    assert message(samples.REFUSAL) == {"role": "assistant", "content": None, "refusal": "I cannot do that."}


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_keeps_the_name_under_which_it_came(name: str) -> None:
    assert message(samples.REASONING.swap('"reasoning_content"', f'"{name}"'))[name] == "Thinking"


def test_log_probabilities_are_joined_by_member() -> None:
    assert added(samples.LOGPROBS)["choices"][0]["logprobs"] == {
        "content": [samples.token("Hel"), samples.token("lo")],
        "refusal": None,
    }
    assert added(samples.LOGPROBS.swap('"content":[{', '"refused":[{'))["choices"][0]["logprobs"] is None


def test_what_is_spoken_is_joined_and_the_rest_comes_as_it_came_last() -> None:
    parts = [
        {"id": "a", "transcript": "Hel"},
        {"transcript": "lo"},
        {"data": "UklG"},
        {"data": "RgAA"},
        {"expires_at": 9},
    ]
    spoken = stream(ROLE, *[chunk({"audio": part}) for part in parts], FINISH)
    audio = {"id": "a", "transcript": "Hello", "data": "UklGRgAA", "expires_at": 9}
    assert message(spoken)["audio"] == audio
    assert "audio" not in message(samples.TEXT)


def test_the_last_usage_and_the_last_finish_reason_count() -> None:
    twice = stream(ROLE, chunk({}, "stop", usage={"total_tokens": 1}), chunk({}, "length"), usage_chunk())
    assert added(twice)["usage"]["total_tokens"] == 11
    assert added(twice)["choices"][0]["finish_reason"] == "length"


def test_a_stream_that_broke_off_adds_up_to_what_had_come() -> None:
    cut = stream(ROLE, chunk({"content": "Hel"}), 'data: {"error":{"message":"overloaded"}}\n\n', done=False)
    assert message(cut)["content"] == "Hel"
    assert added(cut)["choices"][0]["finish_reason"] is None


def test_a_missing_role_is_the_assistants() -> None:
    assert message(stream(chunk({"content": "x"})))["role"] == "assistant"
