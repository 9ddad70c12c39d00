"""Content codings, undone piece by piece: gzip, deflate (zlib or raw), br, zstd, and lists of them.

Law: bytes in, bytes out; `feed` gives all that can be known so far, so that times of arrival stay true. A stream that
stops short is no error here (`complete` says so); bytes that are none of the coding are a `CodingError`.

Source: RFC 9110, 8.4.1 (codings are listed in the order in which they were applied); RFC 9659 for zstd.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from ..errors import ConformanceError

_SLICE = 1024
"""Coded bytes that `decode` feeds at once, so that its limit holds before a small file has filled the memory."""

_CONTROLS = bytes(number for number in range(32) if number not in b"\t\n\r") + b"\x7f"


class CodingError(ConformanceError):
    """A content coding is unknown, cannot be undone here, or the bytes are not of it. `coding` names it."""

    def __init__(self, coding: str, what: str, hint: str) -> None:
        self.coding = coding
        super().__init__(what, hint)


class Decoder:
    """Undoes one coding. `feed` bytes as they come, `flush` at the end; `complete`: the coding's own end was seen."""

    def feed(self, data: bytes) -> bytes:
        """All that can be decoded with `data`. Raises CodingError."""
        return data

    def flush(self) -> bytes:
        """What is left when the body has ended. Never raises: a body that stops short is a fact, not an error."""
        return b""

    @property
    def complete(self) -> bool:
        """True where the body may end here."""
        return True


class _Zlib(Decoder):
    """gzip (any number of members, RFC 1952, 2.2) and deflate (zlib, or raw as some servers send it)."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._inner: Any = zlib.decompressobj(31) if coding == "gzip" else None
        self._head = b""
        self._fed = False

    def feed(self, data: bytes) -> bytes:
        if not data:
            return b""
        self._fed = True
        if self._inner is None:
            self._head += data
            if len(self._head) < 2:
                return b""
            data, self._head = self._head, b""
            self._inner = zlib.decompressobj(15 if _zlib_head(data) else -15)
        return self._members(data)

    def _members(self, data: bytes) -> bytes:
        out = []
        try:
            while data:
                if self._inner.eof:
                    if self._coding != "gzip" or not data.startswith(b"\x1f"):
                        break  # padding behind the end, which readers ignore
                    self._inner = zlib.decompressobj(31)
                out.append(self._inner.decompress(data))
                data = self._inner.unused_data
        except zlib.error as error:
            raise _broken(self._coding, error) from error
        return b"".join(out)

    def flush(self) -> bytes:
        rest: bytes = self._inner.flush() if self._inner is not None else b""
        return rest

    @property
    def complete(self) -> bool:
        return not self._fed or (self._inner is not None and self._inner.eof)


def _zlib_head(data: bytes) -> bool:
    """True where `data` opens as RFC 1950, 2.2 wants it."""
    return data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0


class _Brotli(Decoder):
    def __init__(self) -> None:
        brotli = _library("br", "brotli", "brotlicffi")
        self._inner = brotli.Decompressor()
        self._error = brotli.error
        self._fed = False

    def feed(self, data: bytes) -> bytes:
        if not data or (self._fed and self._inner.is_finished()):
            return b""
        self._fed = True
        try:
            plain: bytes = self._inner.process(data)
        except self._error as error:
            raise _broken("br", error) from error
        return plain

    @property
    def complete(self) -> bool:
        return not self._fed or bool(self._inner.is_finished())


class _Zstd(Decoder):
    def __init__(self) -> None:
        self._library = _library("zstd", "zstandard")
        self._inner = self._library.ZstdDecompressor().decompressobj()
        self._fed = False

    def feed(self, data: bytes) -> bytes:
        out = []
        try:
            while data:
                self._fed = True
                if self._inner.eof:
                    self._inner = self._library.ZstdDecompressor().decompressobj()
                out.append(self._inner.decompress(data))
                data = self._inner.unused_data
        except self._library.ZstdError as error:
            raise _broken("zstd", error) from error
        return b"".join(out)

    @property
    def complete(self) -> bool:
        return not self._fed or bool(self._inner.eof)


class _Chain(Decoder):
    """Several codings; the last one applied is undone first."""

    def __init__(self, decoders: list[Decoder]) -> None:
        self._decoders = decoders

    def feed(self, data: bytes) -> bytes:
        for decoder in self._decoders:
            data = decoder.feed(data)
        return data

    def flush(self) -> bytes:
        rest = b""
        for decoder in self._decoders:
            rest = (decoder.feed(rest) if rest else b"") + decoder.flush()
        return rest

    @property
    def complete(self) -> bool:
        return all(decoder.complete for decoder in self._decoders)


_CODINGS: dict[str, Callable[[], Decoder]] = {
    "gzip": lambda: _Zlib("gzip"),
    "x-gzip": lambda: _Zlib("gzip"),
    "deflate": lambda: _Zlib("deflate"),
    "br": _Brotli,
    "zstd": _Zstd,
}


def decoder(content_encoding: str | None) -> Decoder:
    """A decoder for the value of a Content-Encoding field (None or empty: the bytes as they are).

    Raises CodingError for a coding that is unknown, or whose library is not installed.
    """
    names = _names(content_encoding)
    for name in names:
        if name not in _CODINGS:
            raise CodingError(
                name,
                f"The content coding {name!r} is unknown.",
                f"Ask for one of {', '.join(_CODINGS)} (Accept-Encoding), or for none.",
            )
    decoders = [_CODINGS[name]() for name in reversed(names)]
    return decoders[0] if len(decoders) == 1 else _Chain(decoders)


def arriving(content_encoding: str | None) -> tuple[str | None, Decoder]:
    """The content coding of a body that arrives, None where it has none, and what undoes it.

    A coding that nobody here can undo is left as it is, and no coding.
    """
    coding = (content_encoding or "").strip().lower()
    try:
        found = decoder(coding)
    except CodingError:
        return None, Decoder()
    return (coding if coding not in ("", "identity") else None), found


def _names(content_encoding: str | None) -> list[str]:
    """The codings that a field names, without those that change nothing."""
    names = (name.strip().lower() for name in (content_encoding or "").split(","))
    return [name for name in names if name not in ("", "identity")]


def decode(data: bytes, content_encoding: str | None, limit: int = 1 << 30) -> tuple[bytes, bool]:
    """A whole body decoded, and whether the coding's end was seen.

    Raises CodingError, also where more than `limit` bytes would come out.
    """
    undo = decoder(content_encoding)
    out, size = [], 0
    for start in range(0, len(data), _SLICE):
        out.append(undo.feed(data[start : start + _SLICE]))
        size += len(out[-1])
        if size > limit:
            what = f"The {content_encoding} body of {len(data)} bytes is more than {limit} bytes when decoded."
            raise CodingError(str(content_encoding), what, "Decode it yourself if it is what you expect.")
    out.append(undo.flush())
    return b"".join(out), undo.complete


def is_known(content_encoding: str | None) -> bool:
    """True where the field names codings, and all of them can be undone."""
    names = _names(content_encoding)
    return names != [] and all(name in _CODINGS for name in names)


def undo(body: bytes, content_encoding: str | None) -> tuple[bytes, bool]:
    """A body of a file without its content coding, and whether the coding's end was seen.

    What is text is without it already: curl and vcrpy undo a coding and keep the header. What is of a coding that
    nobody here knows stays as it is. Raises CodingError.
    """
    if not body or not is_known(content_encoding) or _is_text(body):
        return body, True
    return decode(body, content_encoding)


def _is_text(body: bytes) -> bool:
    if body[:_SLICE].translate(None, _CONTROLS) != body[:_SLICE]:
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _broken(coding: str, error: Exception) -> CodingError:
    what = f"The body is announced as {coding}, but cannot be decoded ({error})."
    return CodingError(coding, what, "Ask for an uncoded body: send Accept-Encoding: identity.")


def _library(coding: str, *names: str) -> Any:
    from importlib import import_module

    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    what = f"The content coding {coding!r} needs the library {names[0]}."
    raise CodingError(coding, what, f"Install it: pip install {names[0]}.")
