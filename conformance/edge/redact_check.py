"""What in a recording looks like a secret, and where: for telling, never with the secret itself.

Law: what `redact_recording` took out is not told again; what it would take out for privacy alone (organisations,
users) is no secret. A value that a header or parameter of a telling name holds must look drawn by lot, else `test-key`
were one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..core.recording import Headers, Recording
from .redact import PARAMETER, USERINFO, is_secret_header
from .secrets import secrets_in
from .secrets_whole import is_drawn

_SHOWN = 4
"""Characters of a secret that are shown, at most; never more than a quarter of it."""
_IDENTITY = frozenset({
    "config", "ip", "metadata", "organization", "principal", "project", "session", "subscription", "user", "virtual",
    "workspace",
})  # fmt: skip
"""Words of headers that are taken out although they open nothing."""
_VALUE = re.compile(r"[A-Za-z0-9_.~+/%-]{16,}=*")


class Leak(NamedTuple):
    """Something that looks like a secret."""

    kind: str
    place: str
    """`request header x-api-key`, `response body, byte 1042, in 3 pieces`."""
    shown: str
    """Its beginning, and its length."""


def leaks(recording: Recording, known: Iterable[str] = ()) -> Iterator[Leak]:
    """What looks like a secret in a recording, from the request to the metadata. `known` are exact keys."""
    secrets = tuple(known)
    request, end = recording.request, recording.end
    yield from _uri(request.uri, secrets)
    yield from _headers("request", request.headers, secrets)
    yield from _body("request body", request.body, secrets)
    yield from _text("response reason", recording.reason, secrets)
    yield from _headers("response", recording.headers, secrets)
    yield from _body("response body", recording.body, secrets)
    ends = {"by": end.by, "detail": end.detail, **end.observed}
    for place, value in (("end", ends), ("metadata", recording.metadata)):
        for path, text in _texts(value, place):
            yield from _text(path, text, secrets)


def _uri(uri: str, known: tuple[str, ...]) -> Iterator[Leak]:
    if (user := USERINFO.search(uri)) and user[0].strip("*"):
        yield Leak("url-password", "request URI, user and password", shown(user[0]))
    named = [found for found in PARAMETER.finditer(uri) if found[2].strip("*")]
    for found in named:
        if secrets := secrets_in(found[2].encode("utf-8", "replace"), known):
            yield Leak(secrets[0][0].kind, f"request URI, parameter {found[1][:-1]}", shown(found[2]))
        elif _looks(found[2]):
            yield Leak("parameter", f"request URI, parameter {found[1][:-1]}", shown(found[2]))
    rest = USERINFO.sub("", PARAMETER.sub(lambda found: found[1], uri))
    yield from _text("request URI", rest, known)


def _headers(side: str, headers: Headers, known: tuple[str, ...]) -> Iterator[Leak]:
    for name, value in headers:
        place = f"{side} header {name.lower()}"
        found = list(_text(place, value, known))
        yield from found
        if not found and is_secret_header(name) and not _IDENTITY & {*name.lower().split("-")} and _looks(value):
            yield Leak("cookie" if "cookie" in name.lower() else "header", place, shown(value))


def _body(place: str, body: bytes, known: tuple[str, ...]) -> Iterator[Leak]:
    for group in secrets_in(body, known):
        secret = b"".join(body[span.start : span.end] for span in group).decode("utf-8", "replace")
        pieces = f", in {len(group)} pieces" if len(group) > 1 else ""
        yield Leak(group[0].kind, f"{place}, byte {group[0].start}{pieces}", shown(secret))


def _text(place: str, text: str, known: tuple[str, ...]) -> Iterator[Leak]:
    raw = text.encode("utf-8", "replace")
    for group in secrets_in(raw, known):
        yield Leak(group[0].kind, place, shown(raw[group[0].start : group[-1].end].decode("utf-8", "replace")))


def _texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    """The texts in plain values, with what leads to them."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield f"a key of {place}", str(name)
            yield from _texts(item, f"{place}.{name}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, f"{place}[{index}]")


def _looks(value: str) -> bool:
    """True where a value holds a long token that looks drawn by lot."""
    return any(is_drawn(found[0].encode()) for found in _VALUE.finditer(value))


def shown(secret: str) -> str:
    """`sk-p... (51 characters)`."""
    return f"{secret[: min(_SHOWN, len(secret) // 4)]}... ({len(secret)} characters)"
