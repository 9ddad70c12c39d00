"""Exchanges from which the rules of this folder make their good and bad examples.

Law: complete, legal and small. PLAIN is of no known protocol, so that only the rules of no single API judge it; CHAT is
a Chat Completions stream, ERROR a refusal. Header fields are as a careful server sends them.
"""

from __future__ import annotations

from conformance.core.example import Example

HEADERS = (
    ("date", "Tue, 14 Nov 2023 22:13:20 GMT"),
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache, no-transform"),
    ("transfer-encoding", "chunked"),
    ("x-request-id", "req_1"),
)

PLAIN = Example('data: {"text":"Hel"}\n\ndata: {"text":"lo"}\n\ndata: [DONE]\n\n', headers=HEADERS)

_HEAD = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-x"'


def _chunk(delta: str, finish: str = "null") -> str:
    return f'data: {{{_HEAD},"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}\n\n'


CHAT = Example(
    _chunk('{"role":"assistant","content":""}')
    + _chunk('{"content":"Hello"}')
    + _chunk("{}", '"stop"')
    + "data: [DONE]\n\n",
    request={"model": "gpt-x", "stream": True, "messages": [{"role": "user", "content": "Hi"}]},
    path="/v1/chat/completions",
    headers=HEADERS,
)

ERROR = Example(
    '{"error":{"message":"Slow down.","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"}}',
    request={"model": "gpt-x", "stream": True, "messages": [{"role": "user", "content": "Hi"}]},
    path="/v1/chat/completions",
    status=429,
    headers=(
        ("date", "Tue, 14 Nov 2023 22:13:20 GMT"),
        ("content-type", "application/json"),
        ("content-length", "101"),
        ("retry-after", "2"),
        ("x-request-id", "req_1"),
    ),
)


def without(example: Example, *names: str) -> Example:
    """The example without these header fields."""
    return example.but(headers=tuple((name, value) for name, value in example.headers if name not in names))


def with_field(example: Example, name: str, value: str) -> Example:
    """The example with this header field added or replaced."""
    return example.but(headers=(*without(example, name).headers, (name, value)))
