"""Paced streams from which the rules of this folder make their good and bad examples.

Law: complete, legal and small. PLAIN is of no known protocol, so that only the rules of no single API judge it; CHAT
has an event that ends the answer. `timed` gives every block its own time.
"""

from __future__ import annotations

from collections.abc import Sequence

from conformance.core.example import Example
from conformance.core.recording import End, EndKind


def timed(blocks: Sequence[tuple[float, str]], end: float, kind: EndKind = EndKind.EOF, **fields: object) -> Example:
    """An exchange whose blocks come in one read each. Times in milliseconds since the request."""
    reads = tuple((at, len(text.encode())) for at, text in blocks)
    example = Example("".join(text for _, text in blocks), reads=reads, end=End(kind, at=end), headers_at=40.0)
    return example.but(**fields)


def token(number: int) -> str:
    """One event of no known protocol."""
    return f'data: {{"text":"word {number} "}}\n\n'


PLAIN = timed([(50.0 + 20 * n, token(n)) for n in range(60)], 1300.0)

_HEAD = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-x"'


def _chunk(delta: str, finish: str = "null") -> str:
    return f'data: {{{_HEAD},"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}\n\n'


CHAT_BLOCKS = (
    (50.0, _chunk('{"role":"assistant","content":""}')),
    (70.0, _chunk('{"content":"Hello"}')),
    (90.0, _chunk("{}", '"stop"')),
    (91.0, "data: [DONE]\n\n"),
)

CHAT = timed(
    CHAT_BLOCKS,
    92.0,
    request={"model": "gpt-x", "stream": True, "messages": [{"role": "user", "content": "Hi"}]},
    path="/v1/chat/completions",
)
