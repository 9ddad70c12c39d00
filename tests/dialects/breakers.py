"""One recording per claim that breaks it: which claim, of which recording, how, and the rule or trait that must say so.

Law: a table. The recordings are those under cassettes/PROTOCOL/GATEWAY; the edits stand in `edits`.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.dialects.edits import (
    Edit,
    answered,
    chain,
    cumulative,
    first,
    headed,
    held_back,
    insert,
    reparsed,
    swap,
    typed,
    unnoticed,
    without,
)

BOM = b"\xef\xbb\xbf"
DONE = "data: [DONE]\n\n"
WHOLE = b'{"id":"chatcmpl-1","object":"chat.completion","choices":[]}'
CHUNK = 'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[]%s}\n\n'
EMPTY, COUNTED = CHUNK % "", CHUNK % ',"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}'
NOT_STREAMED, PLAIN_TEXT = answered(WHOLE, "application/json"), typed("text/plain")
ON_ONE_LINE_EACH = swap("\n\ndata: ", "\ndata: ")
ROLE_AGAIN = swap('"delta":{"content"', '"delta":{"role":"assistant","content"')
UNFINISHED = swap('"finish_reason":"stop"', '"finish_reason":null')
TWO_LINES = swap(',"choices"', '\ndata: ,"choices"', 1)
GARBLED = swap('"choices":[{', '"choices":[{{', 1)
AS_DATA = swap(": INFRONAI", "data: : INFRONAI")


class Breaker(NamedTuple):
    """A claim, the recording it is broken in, and what names the breach: a rule's id, or a trait."""

    claim: str
    recording: str
    edit: Edit
    judge: str


BREAKERS = (
    # AnyRouter
    Breaker("A01", "openai-chat/anyrouter/text", NOT_STREAMED, "http/not-streamed"),
    Breaker("A01", "anthropic-messages/anyrouter/text", NOT_STREAMED, "http/not-streamed"),
    Breaker("A02", "openai-chat/anyrouter/text", PLAIN_TEXT, "http/content-type"),
    Breaker("A02", "openai-chat/anyrouter/text", answered(b": hello\n\n", "text/event-stream"), "sse/no-event"),
    Breaker("A03", "openai-chat/anyrouter/text", held_back, "timing.delivery"),
    Breaker("A04", "openai-chat/anyrouter/text", ON_ONE_LINE_EACH, "sse/events-not-separated"),
    Breaker("A05", "openai-chat/anyrouter/text", swap('"created":1790845200,', ""), "openai-chat/chunk-field-missing"),
    Breaker("A06", "openai-chat/anyrouter/text", reparsed(cumulative), "openai-chat/cumulative-delta"),
    Breaker(
        "A06",
        "openai-chat/anyrouter/text",
        swap('"content":"Air"', '"content":["Air"]'),
        "openai-chat/content-not-a-string",
    ),
    Breaker("A07", "openai-chat/anyrouter/text", ROLE_AGAIN, "role.style"),
    Breaker("A08", "openai-chat/anyrouter/text", UNFINISHED, "openai-chat/finish-missing"),
    Breaker(
        "A08",
        "openai-chat/anyrouter/text",
        swap('"content":"Air"},"finish_reason":null', '"content":"Air"},"finish_reason":"stop"'),
        "openai-chat/content-after-finish",
    ),
    Breaker("A09", "openai-chat/anyrouter/text", without("[DONE]"), "done"),
    Breaker("A09", "openai-chat/anyrouter/text", insert(EMPTY), "openai-chat/data-after-done"),
    Breaker("A10", "openai-chat/anyrouter/text", GARBLED, "sse/payload-not-json"),
    Breaker("A10", "openai-chat/anyrouter/text", first(b"data: \xff\n\n"), "sse/not-utf8"),
    Breaker("A10", "openai-chat/anyrouter/text", first(BOM), "sse.byte-order-mark"),
    Breaker("A10", "openai-chat/anyrouter/text", insert(EMPTY, DONE), "choices.empty"),
    Breaker("A10", "openai-chat/anyrouter/text", insert(COUNTED, DONE), "usage.placement"),
    Breaker("A11", "openai-chat/anyrouter/cancelled", unnoticed, "cancel/not-propagated"),
    Breaker("A12", "openai-chat/anyrouter/cancelled", unnoticed, "cancel/not-propagated"),
    # OpenRouter
    Breaker("B01", "openai-chat/openrouter/text", NOT_STREAMED, "http/not-streamed"),
    Breaker("B02", "openai-chat/openrouter/text", PLAIN_TEXT, "http/content-type"),
    Breaker("B03", "openai-chat/openrouter/text", swap(": OPENROUTER PROCESSING", ": ping"), "sse.comment-texts"),
    Breaker("B04", "openai-chat/openrouter/text", swap(": OPENROUTER", "data: : OPENROUTER"), "sse/comment-as-data"),
    Breaker("B05", "openai-chat/openrouter/text", GARBLED, "sse/payload-not-json"),
    Breaker("B05", "openai-chat/openrouter/text", first(BOM), "sse.byte-order-mark"),
    Breaker("B06", "openai-chat/openrouter/text", swap("data: {", "data:{"), "sse.space-after-colon"),
    Breaker("B06", "openai-chat/openrouter/text", swap("\n", "\r"), "sse.line-endings"),
    Breaker("B06", "openai-chat/openrouter/text", TWO_LINES, "sse.data-lines"),
    Breaker("B07", "openai-chat/openrouter/cancelled", unnoticed, "cancel/not-propagated"),
    Breaker("B10", "openai-chat/openrouter/error-before-stream", swap("402", "429"), "dialect/error-code-differs"),
    Breaker(
        "B11",
        "openai-chat/openrouter/error",
        chain(without('"error":'), insert('data: {"error":{"code":503,"message":"x"}}\n\n')),
        "error.form",
    ),
    Breaker(
        "B11", "openai-chat/openrouter/error", swap('"message":"Provider overloaded",', ""), "openai-chat/error-shape"
    ),
    Breaker("B11", "openai-chat/openrouter/error", insert(EMPTY), "openai-chat/data-after-error"),
    Breaker("B12", "openai-chat/openrouter/error", swap('"code":503,', '"code":null,'), "error.code"),
    Breaker("B13", "openai-chat/openrouter/error", swap("provider_overloaded", "too_hot"), "error.type"),
    Breaker("B14", "openai-chat/openrouter/text", without('"usage"'), "usage.placement"),
    Breaker("B14", "openai-chat/openrouter/text", insert(EMPTY, DONE), "usage.followed-by"),
    Breaker("B15", "openai-chat/openrouter/text", swap('"cost":0.00042,', ""), "usage.extra"),
    Breaker("B16", "openai-chat/openrouter/text", headed("x-generation-id", None), "dialect/generation-id-differs"),
    Breaker("B16", "openai-responses/openrouter/text", headed("x-generation-id", "x"), "dialect/generation-id-differs"),
    Breaker("B17", "openai-chat/openrouter/text", swap('"id":"gen-', '"id":"chatcmpl-'), "id.prefix"),
    Breaker("B17", "openai-chat/openrouter/text", swap('"provider":"OpenAI",', ""), "extra-fields"),
    Breaker(
        "B18", "openai-chat/openrouter/text", swap('"finish_reason":"stop"', '"finish_reason":"eos"'), "finish.reasons"
    ),
    Breaker(
        "B19",
        "openai-responses/openrouter/text",
        without("event: response.completed"),
        "openai-responses/terminal-missing",
    ),
    Breaker(
        "B19",
        "openai-responses/openrouter/error",
        swap('"error":{"type"', '"failure":{"type"'),
        "openai-responses/error-shape",
    ),
    Breaker(
        "B20",
        "openai-responses/openrouter/text",
        swap("response.output_text.delta", "response.content_part.delta"),
        "openai-responses/invented-event",
    ),
    Breaker("B20", "openai-responses/openrouter/text", without("[DONE]"), "done"),
    Breaker(
        "B21",
        "anthropic-messages/openrouter/error",
        swap('"error":{"type":"overloaded_error","message":"Overloaded"}', '"error":"x"'),
        "anthropic-messages/error-shape",
    ),
    # ARouter
    Breaker("D01", "openai-chat/arouter/text", NOT_STREAMED, "http/not-streamed"),
    Breaker("D02", "openai-chat/arouter/text", held_back, "timing.delivery"),
    Breaker("D03", "openai-chat/arouter/text", swap(',"choices"', ', "choices"', 1), "dialect/forwarded-changed"),
    Breaker("D04", "openai-chat/arouter/text", held_back, "timing.delivery"),
    Breaker("D05", "openai-chat/arouter/text", insert(COUNTED, DONE), "usage.placement"),
    Breaker("D06", "anthropic-messages/arouter/text", insert(DONE), "anthropic-messages/done-sent"),
    Breaker("D06", "gemini-generate/arouter/text", insert(DONE), "gemini-generate/done-sent"),
    Breaker("D07", "openai-chat/arouter/text", ON_ONE_LINE_EACH, "sse/events-not-separated"),
    Breaker("D07", "openai-chat/arouter/text", swap('"created":1790845200,', ""), "openai-chat/chunk-field-missing"),
    Breaker("D07", "openai-chat/arouter/text", swap(',"finish_reason":null', ""), "finish.key"),
    Breaker("D07", "openai-chat/arouter/text", without("[DONE]"), "done"),
    Breaker("D07", "openai-chat/arouter/text", UNFINISHED, "openai-chat/finish-missing"),
    Breaker("D08", "openai-chat/arouter/text", insert(EMPTY, DONE), "choices.empty"),
    # Infron
    Breaker("E01", "openai-chat/infron/text", NOT_STREAMED, "http/not-streamed"),
    Breaker("E02", "openai-chat/infron/text", swap(": INFRONAI", "INFRONAI"), "sse.ignored-lines"),
    Breaker("E02", "openai-chat/infron/text", swap("INFRONAI PROCESSING", "ping"), "sse.comment-texts"),
    Breaker("E03", "openai-chat/infron/text", AS_DATA, "sse/comment-as-data"),
    Breaker("E04", "openai-chat/infron/text", swap("data: {", "data:{"), "sse.space-after-colon"),
    Breaker("E04", "openai-chat/infron/text", swap("\n", "\r\n"), "sse.line-endings"),
    Breaker("E04", "openai-chat/infron/text", TWO_LINES, "sse.data-lines"),
    Breaker("E05", "openai-chat/infron/text", GARBLED, "sse/payload-not-json"),
    Breaker("E05", "openai-chat/infron/text", first(BOM), "sse.byte-order-mark"),
    # YuhuanStudio
    Breaker("F01", "openai-chat/yuhuan/text", PLAIN_TEXT, "http/content-type"),
    Breaker("F01", "openai-chat/yuhuan/text", ON_ONE_LINE_EACH, "sse/events-not-separated"),
    Breaker("F02", "openai-chat/yuhuan/text", ROLE_AGAIN, "role.style"),
    Breaker(
        "F02",
        "openai-chat/yuhuan/text",
        swap('{"role":"assistant"}', '{"role":"assistant","content":"A"}'),
        "content.first",
    ),
    Breaker("F03", "openai-chat/yuhuan/text", UNFINISHED, "openai-chat/finish-missing"),
    Breaker("F03", "openai-chat/yuhuan/text", swap('"created":1790845200,', ""), "openai-chat/chunk-field-missing"),
    Breaker("F04", "openai-chat/yuhuan/usage", without('"prompt_tokens"'), "openai-chat/usage-missing"),
    Breaker("F04", "openai-chat/yuhuan/usage", swap('"choices":[],', ""), "openai-chat/choices-missing"),
    Breaker("F04", "openai-chat/yuhuan/usage", insert(EMPTY, DONE), "usage.followed-by"),
    Breaker("F04", "openai-chat/yuhuan/usage", without("[DONE]"), "done"),
    Breaker("F05", "openai-chat/yuhuan/text", insert(EMPTY, DONE), "choices.empty"),
    Breaker("F05", "openai-chat/yuhuan/text", insert(COUNTED, DONE), "usage.placement"),
    Breaker("F06", "openai-chat/yuhuan/reasoning", swap("reasoning_content", "reasoning"), "reasoning.field"),
    Breaker(
        "F07", "openai-chat/yuhuan/tools", swap('"type":"function",', ""), "openai-chat/tool-call-start-incomplete"
    ),
    Breaker("F07", "openai-chat/yuhuan/tools", swap('\\"}', '\\"', 1), "openai-chat/tool-arguments-not-json"),
    Breaker(
        "F07",
        "openai-chat/yuhuan/tools",
        swap('"finish_reason":null}]}', '"finish_reason":null}]}}', 1),
        "sse/payload-not-json",
    ),
    Breaker("F08", "openai-chat/yuhuan/tools", swap('[{"index":0,"', '[{"'), "openai-chat/tool-call-index-missing"),
    Breaker(
        "F09",
        "anthropic-messages/yuhuan/text",
        without("event: message_start"),
        "anthropic-messages/message-start-missing",
    ),
    Breaker(
        "F09",
        "anthropic-messages/yuhuan/text",
        without("event: message_stop"),
        "anthropic-messages/message-stop-missing",
    ),
    Breaker(
        "F09",
        "anthropic-messages/yuhuan/text",
        swap("event: content_block_delta\n", ""),
        "anthropic-messages/event-name-missing",
    ),
    Breaker(
        "F10", "openai-responses/yuhuan/text", without("event: response.created"), "openai-responses/created-missing"
    ),
    Breaker(
        "F10",
        "openai-responses/yuhuan/text",
        without("event: response.content_part.done"),
        "openai-responses/part-not-closed",
    ),
    Breaker(
        "F10",
        "openai-responses/yuhuan/text",
        without("event: response.completed"),
        "openai-responses/terminal-missing",
    ),
)
