"""Neutral facts about HTTP around a stream: what the head says, and how the body was framed."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait
from conformance.rules.http.charset_not_utf8 import charset_of
from conformance.rules.http.conditions import coding_of, fields
from conformance.rules.http.request_id_missing import id_field

_HEADERS = (Evidence.HEADERS,)


@trait("http.media-type", statements=("S01",), needs=_HEADERS)
def media_type(stream: Stream[Any]) -> Value:
    """The essence of Content-Type, in lower case."""
    return fields(stream).get("content-type", "").partition(";")[0].strip().lower() or None


@trait("http.charset", statements=("S02",), needs=_HEADERS)
def charset(stream: Stream[Any]) -> Value:
    """The charset parameter of Content-Type, in lower case, or `none`."""
    sent = fields(stream).get("content-type")
    if sent is None:
        return None
    found = charset_of(sent) if ";" in sent else None
    return found.lower() if found else "none"


@trait("http.version", statements=("T02",))
def version(stream: Stream[Any]) -> Value:
    """The HTTP version: `HTTP/1.1`, `HTTP/2`."""
    return stream.recording.http_version


@trait("http.transfer", statements=("S25",), needs=_HEADERS)
def transfer(stream: Stream[Any]) -> Value:
    """How the end of the body is told over HTTP/1: `chunked`, `content-length`, or `close` of the connection.

    A recording whose fields may have been left out shows the first two only.
    """
    headers = fields(stream)
    if "chunked" in (headers.get("transfer-encoding") or "").lower():
        return "chunked"
    if "content-length" in headers:
        return "content-length"
    known = stream.recording.has(Evidence.READS) and (stream.recording.http_version or "").startswith("HTTP/1")
    return "close" if known else None


@trait("http.content-encoding", statements=("S26",), needs=_HEADERS)
def content_encoding(stream: Stream[Any]) -> Value:
    """The content coding on the wire (`gzip`), or `none`."""
    return coding_of(stream) or "none"


@trait("http.cache-control", statements=("S24",), needs=_HEADERS)
def cache_control(stream: Stream[Any]) -> Value:
    """The value of Cache-Control, in lower case; nothing where it is missing."""
    sent = fields(stream).get("cache-control")
    return sent.strip().lower() if sent else None


@trait("http.x-accel-buffering", statements=("S27",), needs=_HEADERS)
def x_accel_buffering(stream: Stream[Any]) -> Value:
    """The value of X-Accel-Buffering, which nginx reads; nothing where it is missing."""
    sent = fields(stream).get("x-accel-buffering")
    return sent.strip().lower() if sent else None


@trait("http.connection", statements=("T04",), needs=_HEADERS)
def connection(stream: Stream[Any]) -> Value:
    """The value of Connection: whether the server keeps it open behind the stream; nothing where it is missing."""
    sent = fields(stream).get("connection")
    return sent.strip().lower() if sent else None


@trait("http.month", needs=_HEADERS)
def month(stream: Stream[Any]) -> Value:
    """The month in which the server answered, by its Date: `2025-10`. Promises and habits have their time."""
    try:
        return parsedate_to_datetime(fields(stream)["date"]).strftime("%Y-%m")
    except (KeyError, ValueError):
        return None


@trait("http.request-id", statements=("T08",), needs=_HEADERS)
def request_id(stream: Stream[Any]) -> Value:
    """The name of the header field that identifies the request; nothing where there is none."""
    return id_field(fields(stream))
