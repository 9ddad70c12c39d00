"""A Chat Completions stream and its unstreamed twin, from which the rules of this folder make their examples.

Law: complete, legal and small; both answers say the same.
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
_HEAD = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-x"'
_END = ',"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}'
_WHOLE = '"id":"chatcmpl-2","object":"chat.completion","created":1700000001,"model":"gpt-x"'


def _chunk(delta: str, finish: str = "null") -> str:
    choice = f'"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}],"usage":null'
    return f"data: {{{_HEAD},{choice}}}\n\n"


def _message(message: str, finish: str) -> str:
    return f'{{{_WHOLE},"choices":[{{"index":0,"message":{message},"finish_reason":{finish}}}]{_END}}}'


_ASKED = {
    "model": "gpt-x",
    "stream": True,
    "stream_options": {"include_usage": True},
    "messages": [{"role": "user", "content": "Hi"}],
}
_LAST = f'data: {{{_HEAD},"choices":[]{_END}}}\n\ndata: [DONE]\n\n'

TEXT = Example(
    _chunk('{"role":"assistant","content":""}') + _chunk('{"content":"Hello"}') + _chunk("{}", '"stop"') + _LAST,
    request=_ASKED,
    path="/v1/chat/completions",
    headers=HEADERS,
    twin=_message('{"role":"assistant","content":"Hello"}', '"stop"'),
)

_FUNCTION = '{"name":"get_time","arguments":"{\\"city\\":\\"Lima\\"}"}'

CALL = Example(
    _chunk(
        '{"role":"assistant","content":null,"tool_calls":'
        f'[{{"index":0,"id":"call_1","type":"function","function":{_FUNCTION}}}]}}'
    )
    + _chunk("{}", '"tool_calls"')
    + _LAST,
    request={**_ASKED, "tools": [{"type": "function", "function": {"name": "get_time", "parameters": {}}}]},
    path="/v1/chat/completions",
    headers=HEADERS,
    twin=_message(
        '{"role":"assistant","content":null,"tool_calls":'
        f'[{{"id":"call_2","type":"function","function":{_FUNCTION}}}]}}',
        '"tool_calls"',
    ),
)
