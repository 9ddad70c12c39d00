"""Streams from which the rules of this folder make their good and bad examples.

Law: complete, legal and small. PLAIN is of no known protocol, so that only the rules of no single API judge it; CHAT is
for the rules that rest on what the clients of the known APIs do.
"""

from __future__ import annotations

from conformance.core.example import Example

PLAIN = Example('data: {"text":"Hel"}\n\ndata: {"text":"lo"}\n\ndata: {"text":"!"}\n\ndata: [DONE]\n\n')

NAMED = Example('event: delta\ndata: {"text":"Hello"}\n\nevent: end\ndata: {"text":"!"}\n\n')

_HEAD = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-x"'


def chat_chunk(delta: str, finish: str = "null") -> str:
    """One Chat Completions chunk as wire text; `delta` and `finish` are JSON."""
    return f'data: {{{_HEAD},"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}\n\n'


CHAT = Example(
    chat_chunk('{"role":"assistant","content":""}')
    + chat_chunk('{"content":"Hel"}')
    + chat_chunk('{"content":"lo"}')
    + chat_chunk("{}", '"stop"')
    + "data: [DONE]\n\n",
    request={"model": "gpt-x", "stream": True, "messages": [{"role": "user", "content": "Hi"}]},
    path="/v1/chat/completions",
)
