"""Writes what five gateways promise, as recordings: `python cassettes/make_gateways`. A test holds the files to it.

Law: the entry alone. Chat streams are made in `chat`; those of the other protocols are the built-in ones, sent from the
gateway's address, for its page says that it follows the originator's format.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent.parent), str(HERE.parent)]

from conformance.catalogue import dialects  # noqa: E402
from conformance.core.cuts import splice  # noqa: E402
from conformance.core.recording import Headers, Recording  # noqa: E402
from conformance.edge.cassette import save  # noqa: E402
from conformance.edge.load import load  # noqa: E402
from make_gateways.chat import STYLES, Style, recordings  # noqa: E402

BORROWED = {
    "anyrouter": ("anthropic-messages",),
    "openrouter": ("anthropic-messages", "openai-responses"),
    "arouter": ("anthropic-messages", "gemini-generate"),
    "yuhuan": ("anthropic-messages", "openai-responses"),
}
"""Gateway -> protocols whose streams it promises to send as their originators do."""
ERROR = {
    "anthropic-messages": b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error",'
    b'"message":"Overloaded"}}\n\n',
    "openai-responses": b'event: error\ndata: {"type":"error","sequence_number":%d,"error":{"type":"server_error",'
    b'"code":"server_error","message":"Overloaded","param":null}}\n\n',
}


def main(folder: Path = HERE.parent) -> None:
    """Writes all recordings into `folder`/PROTOCOL/GATEWAY/."""
    for style in STYLES:
        for scenario, one in [*recordings(style), *borrowed(style)]:
            path = folder / str(one.metadata["protocol"]) / style.gateway / f"{scenario}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            save(path, [one])


def borrowed(style: Style) -> Iterator[tuple[str, Recording]]:
    """The built-in text of other protocols, from this gateway; and one that ends in an error."""
    for protocol in BORROWED.get(style.gateway, ()):
        one = load(HERE.parent / protocol / "builtin" / "text.yaml")[0]
        yield "text", with_done(at_gateway(one, style, protocol, "text"), style, protocol)
        if style.always_usage:
            broken = ending_in_error(one, protocol)
            yield "error", with_done(at_gateway(broken, style, protocol, "error"), style, protocol)


def at_gateway(one: Recording, style: Style, protocol: str, scenario: str) -> Recording:
    """The recording as if the gateway had been asked."""
    dialect = dialects()[style.gateway]
    model = dialect.models.get(protocol, ("model-id",))[0]
    request = replace(one.request, uri=dialect.endpoints[protocol].replace("{model}", model))
    metadata = {"protocol": protocol, "dialect": style.gateway, "scenario": scenario, "synthetic": True}
    fields = [("x-generation-id", _id(one, protocol))] if style.gateway == "openrouter" else []
    return replace(one, request=request, metadata=metadata, headers=Headers([*one.headers, *fields]))


def _id(one: Recording, protocol: str) -> str:
    """The id of the message or the response."""
    mark = b'"id":"msg_' if protocol == "anthropic-messages" else b'"id":"resp_'
    start = one.body.index(mark) + len(b'"id":"')
    return one.body[start : one.body.index(b'"', start)].decode()


def ending_in_error(one: Recording, protocol: str) -> Recording:
    """The recording, cut in its text, and ended by an error."""
    kind = b"event: content_block_delta" if protocol == "anthropic-messages" else b"event: response.output_text.delta"
    place = one.body.rindex(kind)
    error = ERROR[protocol]
    if b"%d" in error:
        error = error % one.body[:place].count(b"\ndata: ")
    return splice(one, place, len(one.body), error)


def with_done(one: Recording, style: Style, protocol: str) -> Recording:
    """OpenRouter's page ends Responses streams with [DONE]."""
    if style.gateway != "openrouter" or protocol != "openai-responses":
        return one
    return splice(one, len(one.body), len(one.body), b"data: [DONE]\n\n")


if __name__ == "__main__":
    main()
