"""What a provider is known to do otherwise is found in its streams, and waived there: in nobody else's.

Law: a table. Each stream has habits of one provider, as public recordings of it show them, and no other fault.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from conformance.core.example import Example
from conformance.core.finding import Level
from conformance.library import check
from conformance.protocols.anthropic_messages import samples as messages
from conformance.protocols.gemini_generate import samples as gemini
from conformance.protocols.openai_chat import samples as chat
from conformance.protocols.openai_responses import samples as responses
from conformance.protocols.openai_responses import script

COUNTED = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
SAID = {"role": "assistant", "content": "Hello"}
CALLED = chat.call(0, "", id="call_1", type="function", name="weather")


class Habit(NamedTuple):
    """A provider, an address of it, a stream with its habits, and the rules that these break."""

    dialect: str
    url: str
    example: Example
    breaks: frozenset[str]


def habit(dialect: str, url: str, example: Example, protocol: str, *rules: str) -> Habit:
    """A row of the table."""
    return Habit(dialect, url, example, frozenset(f"{protocol}/{rule}" for rule in rules))


def chunk(delta: dict[str, Any], **more: Any) -> str:
    """A chunk of one choice without any member that is not given; `usage` is a member of the chunk."""
    usage = {name: more.pop(name) for name in ("usage",) if name in more}
    return chat.event({**chat.HEAD, "choices": [{"index": 0, "delta": delta, **more}], **usage})


def asked(*events: str, **request: Any) -> Example:
    """An exchange whose request asks for usage."""
    return chat.stream(*events, stream_options={"include_usage": True}, **request)


GEMINI_PRO = gemini.stream(
    *(
        gemini.event(
            {"candidates": [{"content": {"parts": [{"text": text}], "role": "model"}, "finishReason": "STOP"}]}
        )
        for text in ("Hel", "lo")
    )
)
TOGETHER = asked(
    chunk({"role": "assistant", **CALLED}, finish_reason=None),
    chunk({"role": "assistant", **chat.call(0, '{"city":"Oslo"}')}, finish_reason="tool_calls"),
    chunk({"role": "assistant", "content": ""}, finish_reason="tool_calls", usage=COUNTED),
    tools=chat.TOOL.request["tools"],
)
COPILOT = asked(chunk(SAID), chunk({"content": None}, finish_reason="stop", usage=COUNTED)).swap(
    '"object":"chat.completion.chunk",', ""
)
PERPLEXITY = asked(
    chunk(SAID, message=SAID, finish_reason=None, usage=COUNTED),
    chunk({}, message=SAID, finish_reason="stop", usage=COUNTED),
)
REASONED = {"reasoning_content": [{"token": "So", "bytes": [83, 111], "logprob": 0.0, "top_logprobs": []}]}
COPILOT_ITEM = script.edit(responses.TEXT_EVENTS, "output_item.done", "item.id", "msg_2")
COPILOT_RESPONSES = script.stream(*script.edit(COPILOT_ITEM, "completed", "response.id", "resp_2"))
CODEX = script.stream(*script.edit(responses.TEXT_EVENTS, "completed", "response.output", []))
CHAT = "openai-chat"
HABITS = (
    habit(
        "google",
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-pro:streamGenerateContent?alt=sse",
        GEMINI_PRO,
        *("gemini-generate", "finish-on-every-chunk", "usage-missing"),
    ),
    habit(
        "together",
        "https://api.together.xyz/v1/chat/completions",
        TOGETHER,
        *(CHAT, "role-repeated", "finish-repeated", "usage-chunk-misplaced", "usage-null-missing"),
    ),
    habit(
        "github-copilot",
        "https://api.individual.githubcopilot.com/chat/completions",
        COPILOT,
        *(CHAT, "chunk-field-missing", "finish-reason-key-missing", "usage-null-missing", "usage-on-finish-chunk"),
    ),
    habit(
        "github-copilot",
        "https://api.githubcopilot.com/responses",
        COPILOT_RESPONSES,
        *("openai-responses", "item-id-changes", "response-id-changes", "output-differs-from-items"),
    ),
    habit(
        "perplexity",
        "https://api.perplexity.ai/chat/completions",
        PERPLEXITY,
        *(CHAT, "message-in-choice", "usage-on-finish-chunk", "usage-repeated"),
    ),
    habit(
        "openrouter",
        "https://openrouter.ai/api/v1/chat/completions",
        chat.WITH_USAGE.swap('"model":', '"service_tier":"standard","model":').swap("}}\n", ',"cost":0.1}}\n'),
        *(CHAT, "service-tier-unknown"),
    ),
    habit(
        "huggingface-router",
        "https://router.huggingface.co/hf-inference/models/m/v1/chat/completions",
        chat.TEXT.swap('"id":"chatcmpl-1"', '"id":""'),
        *(CHAT, "id-empty"),
    ),
    habit(
        "azure",
        "https://x.services.ai.azure.com/models/chat/completions",
        asked(chunk(SAID), chunk({}, finish_reason="stop"), chat.usage_chunk()),
        *(CHAT, "finish-reason-key-missing", "usage-null-missing"),
    ),
    habit(
        "deepseek",
        "https://api.deepseek.com/v1/chat/completions",
        asked(chunk(SAID, finish_reason=None), chunk({}, finish_reason="stop", usage=COUNTED)),
        *(CHAT, "usage-null-missing", "usage-on-finish-chunk"),
    ),
    habit(
        "deepseek",
        "https://api.deepseek.com/chat/completions",
        asked(
            chunk({"role": "assistant", "content": None}, finish_reason=None, logprobs=REASONED, usage=None),
            chunk({"content": "42"}, finish_reason="stop", usage=None),
            chat.usage_chunk(),
        ),
        *(CHAT, "logprobs-shape"),
    ),
    habit(
        "openrouter",
        "https://openrouter.ai/api/v1/messages",
        messages.TEXT.but(body=messages.TEXT.raw + b"event: data\ndata: [DONE]\n\n"),
        *("anthropic-messages", "done-sent"),
    ),
    habit(
        "chatgpt",
        "https://chatgpt.com/backend-api/codex/responses",
        CODEX,
        *("openai-responses", "output-differs-from-items"),
    ),
)


@pytest.mark.parametrize("known", HABITS, ids=lambda known: known.dialect)
def test_a_habit_is_waived_where_it_is_known_and_nowhere_else(known: Habit) -> None:
    recording = known.example.recording()
    recording = replace(recording, request=replace(recording.request, uri=known.url))
    here, elsewhere = check(recording), check(recording, dialect="strict")
    assert here.dialect == known.dialect
    assert {found.rule for found in here.findings if found.level > Level.NOTE} == known.breaks
    assert {found.rule for found in here.findings if found.waived} == known.breaks
    assert {found.rule for found in elsewhere.findings if found.level > Level.NOTE and not found.waived} == known.breaks


def test_a_habit_of_some_streams_waives_nothing_in_others() -> None:
    """Google's first models sent no usage, and named no version of themselves. Those that do are held to it."""
    url = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    example = gemini.TEXT.swap(
        ',"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":3,"totalTokenCount":7}', ""
    )
    recording = example.recording()
    run = check(replace(recording, request=replace(recording.request, uri=url)))
    assert run.dialect == "google"
    assert [(found.rule, found.waived) for found in run.findings if found.level > Level.NOTE] == [
        ("gemini-generate/usage-missing", None)
    ]
