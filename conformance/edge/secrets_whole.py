"""Secrets that stand in a text in one piece: those of `secrets_table`, and known keys exactly.

Law: finds, changes nothing. Cheap searches for literals come before patterns, and most literals are looked for only in
the few long tokens of a text. What prose could match must look drawn by lot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote

from .secrets_table import KINDS, Kind

_SHORTEST = 8
"""A known key that is shorter (`EMPTY`, `ollama`) is no secret, and would be found in innocent text."""
TOKEN_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~+/="
_TOKENS = bytes(byte if byte in TOKEN_BYTES else 32 for byte in range(256))
_LEAST = 19
"""Bytes of the shortest secret that is one token."""
_VARIED = 8
"""A secret has so many different characters at least; `sk-xxxxxxxxxxxxxxxx` is none."""
_ONE_TOKEN = [kind for kind in KINDS if kind.token]
_STARTS = re.compile(
    rb"[ ./+=~](?:[bfnrt]|u[0-9A-Fa-f]{4})?(?:%b)" % b"|".join(re.escape(k.literal) for k in _ONE_TOKEN if not k.back)
    + rb"|%b" % b"|".join(re.escape(k.literal) for k in _ONE_TOKEN if k.back)
)
"""What in the long tokens of a text, each behind a blank, may begin a secret or stand in one."""
_NAMED = [kind for kind in KINDS if kind.fold]
_OTHERS = [kind for kind in KINDS if not (kind.token or kind.fold)]
_RUN = re.compile(rb"[A-Za-z0-9]{8,}")
_RISE = re.compile(rb"[a-z][A-Z]")


class Span(NamedTuple):
    """Where a secret stands in a body, and what it seems to be."""

    start: int
    end: int
    kind: str


def spellings(known: Iterable[str]) -> list[bytes]:
    """The ways a key may be spelled in a body: as it is, as JSON with escaped slashes, as part of a URL."""
    spelled: dict[bytes, None] = {}
    for secret in known:
        if len(secret) >= _SHORTEST:
            for form in (secret, secret.replace("/", "\\/"), quote(secret, safe="")):
                spelled[form.encode("utf-8", "replace")] = None
    return list(spelled)


def whole(text: bytes, known: Sequence[bytes] = ()) -> Iterator[Span]:
    """The secrets that stand in `text` in one piece. `known` are spellings of known keys."""
    for secret in known:
        at = text.find(secret)
        while at >= 0:
            yield Span(at, at + len(secret), "known")
            at = text.find(secret, at + len(secret))
    for kind, where in _likely(text):
        at = where.find(kind.literal)
        while at >= 0:
            found = kind.pattern.match(text, at - kind.back) if at >= kind.back else None
            if found and (span := _span(kind, found)):
                yield span
            at = where.find(kind.literal, found.end() if found else at + 1)


def _likely(text: bytes) -> Iterator[tuple[Kind, bytes]]:
    """The kinds that the text can hold, each with the text to look for its literal in."""
    lower = text.lower()
    for kind in _NAMED:
        yield kind, lower
    for kind in _OTHERS:
        yield kind, text
    tokens = b" " + b" ".join({token for token in text.translate(_TOKENS).split() if len(token) >= _LEAST})
    if _STARTS.search(tokens):
        for kind in _ONE_TOKEN:
            if kind.literal in tokens:
                yield kind, text


def _span(kind: Kind, found: re.Match[bytes]) -> Span | None:
    """What was found, if it can be a secret of this kind."""
    start, end = found.span(1 if kind.pattern.groups else 0)
    token = found[0][len(kind.literal) :] if start == found.start() else found[1]
    if len(set(token)) < _VARIED or (kind.drawn and not is_drawn(token)):
        return None
    return Span(start, end, kind.name)


def is_drawn(token: bytes) -> bool:
    """True where a token looks drawn by lot: letters and digits in one run, or capitals where no word has them."""
    return any(
        not (run.isalpha() or run.isdigit()) or len(_RISE.findall(run)) > max(2, len(run) // 6)
        for run in _RUN.findall(token)
    )
