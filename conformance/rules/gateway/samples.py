"""A Chat Completions stream on both sides of a gateway, from which the rules of this folder make their examples.

Law: complete, legal and small; what is not changed is the same on both sides.
"""

from __future__ import annotations

from conformance.core.example import Example
from conformance.core.recording import End, EndKind

HEADERS = (
    ("date", "Tue, 14 Nov 2023 22:13:20 GMT"),
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache, no-transform"),
    ("transfer-encoding", "chunked"),
    ("x-request-id", "req_1"),
)
_HEAD = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-x"'
USAGE = '"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}'
ASKED = {
    "model": "gpt-x",
    "stream": True,
    "stream_options": {"include_usage": True},
    "messages": [{"role": "user", "content": "Hi"}],
}
TRUNCATED = End(EndKind.TRUNCATED)
DONE = "data: [DONE]\n\n"


def chunk(delta: str, finish: str = "null") -> str:
    """One chunk of one choice."""
    choice = f'"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}],"usage":null'
    return f"data: {{{_HEAD},{choice}}}\n\n"


LAST = f'data: {{{_HEAD},"choices":[],{USAGE}}}\n\n'


def _stream(*blocks: str) -> Example:
    return Example("".join(blocks), request=ASKED, path="/v1/chat/completions", headers=HEADERS)


ROLE = chunk('{"role":"assistant","content":""}')
HELLO = ROLE + chunk('{"content":"Hello"}') + chunk('{"content":" there"}')
TEXT = _stream(HELLO, chunk("{}", '"stop"'), LAST, DONE)
THOUGHT = TEXT.swap(HELLO, ROLE + chunk('{"reasoning_content":"Hm, well."}') + chunk('{"content":"Hello"}'))
CALL = _stream(
    chunk(
        '{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function",'
        '"function":{"name":"get_time","arguments":"{\\"city\\":\\"Lima\\"}"}}]}'
    ),
    chunk("{}", '"tool_calls"'),
    LAST,
    DONE,
).asking(tools=[{"type": "function", "function": {"name": "get_time", "parameters": {}}}])

ERROR = 'data: {"error":{"message":"Overloaded, try later","type":"server_error","code":"overloaded"}}\n\n'
BROKEN = TEXT.but(body=HELLO, end=TRUNCATED)
"""A stream that broke off."""
FAILED = TEXT.but(body=HELLO + ERROR)
"""A stream that an error ended."""
REFUSED = TEXT.but(
    body='{"error":{"message":"Slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}',
    status=429,
    headers=(*(pair for pair in HEADERS if pair[0] != "content-type"), ("content-type", "application/json"),
             ("retry-after", "7")),
)  # fmt: skip
"""An answer before the stream."""


def through(below: Example, *above: Example, **asked: object) -> Example:
    """What the client got, above it what the upstream wrote; by default the same."""
    return below.but(upstream=above or (below,), asked=asked)


SAME = through(TEXT)


def paced(example: Example, *times: float, head: float | None = None) -> Example:
    """The example with one read per event at these times, ended a millisecond later."""
    timed = example.paced()
    reads = tuple((at, size) for at, (_, size) in zip(times, timed.reads, strict=True))
    return timed.but(reads=reads, end=End(example.end.kind, at=times[-1] + 1), headers_at=head)
