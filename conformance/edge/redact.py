"""No secret reaches a cassette: headers by an allow-list, URIs by their parameters, text and bodies by `secrets.py`.

Law: bodies, URIs and other text keep their length, so that offsets, reads and times stay true; what is redacted stays
as it is when redacted again. Of a header that is not listed nothing is kept; of one that carries a secret, its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..core.recording import End, Headers, Recording, Request
from .secrets import Span, find_secrets

FILLER = b"*"
"""Stands for each byte of a secret in bodies and URIs."""
REDACTED = "REDACTED"
"""The value of a header that carries a secret."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEPT = _words("""
    accept accept-charset accept-encoding accept-language accept-ranges age allow alt-svc cache-control connection
    content-disposition content-encoding content-language content-length content-type date etag expect expires host
    inference-id keep-alive last-event-id last-modified location pragma priority proxy-connection range report-id
    request-id retry-after retry-after-ms server server-timing strict-transport-security te traceparent traceresponse
    trailer trailers transfer-encoding upgrade vary via warning x-accel-buffering x-accel-expires x-api-warning x-app
    x-cache x-cache-hits x-cloud-trace-context x-compute-time x-content-type-options x-generation-id x-inference-id
    x-inference-provider x-inference-version x-model-id x-powered-by x-process-time x-provider x-response-time
    x-robots-tag x-served-by x-should-retry x-zero-data-retention helicone-cache helicone-id api-version
""")
_KEPT_BEGINNINGS = tuple(
    _words("""
    access-control- anthropic- cf- eagleid fireworks- ms-azureml- openai- ratelimit x-aig- x-amz- x-amzn- x-azure-
    x-bifrost- x-cohere- x-deepinfra- x-envoy- x-fireworks- x-goog- x-google- x-groq x-kong- x-litellm- x-llm- x-ms-
    x-openrouter- x-portkey- x-ratelimit x-stainless- x-together- x-vercel- x-vllm- x-xai-
""")
)
_KEPT_ENDINGS = ("-call-id", "-correlation-id", "-request-id", "-requestid", "-trace-id", "-transaction-id")
_SECRET_WORDS = _words("""
    apikey auth authorization config cookie cookie2 credential credentials ip jwt key keys metadata organization passwd
    password principal project secret secrets session sig signature subscription token user virtual workspace
""")
"""A header with one of these words between its hyphens keeps its name alone (`x-api-key`, `openai-organization`)."""
_FACTS = _words("access-control-allow-credentials proxy-authenticate user-agent www-authenticate")
"""Kept whole although a word of theirs says otherwise; so are limits (`x-ratelimit-limit-project-tokens`)."""

_PARAMETERS = (
    r"(?:[a-z0-9_.-]*(?:api[-_]?key|token|secret|password|signature|credential)|key|sig|code|auth|jwt|session|pwd)"
)
PARAMETER = re.compile(rf"(?<=[?&#;])({_PARAMETERS}=)([^&#;]*)", re.IGNORECASE)
USERINFO = re.compile(r"(?<=://)[^/?#]*(?=@)")


def redact_body(body: bytes, known: Iterable[str] = ()) -> bytes:
    """The body with every secret replaced by as many bytes of FILLER. `known` are exact keys."""
    return blank(body, find_secrets(body, known))


def blank(body: bytes, spans: Iterable[Span]) -> bytes:
    """The body with FILLER at these places."""
    found = list(spans)
    if not found:
        return body
    copy = bytearray(body)
    for start, end, _ in found:
        copy[start:end] = FILLER * (end - start)
    return bytes(copy)


def redact_text(text: str, known: Iterable[str] = ()) -> str:
    """Text with every secret replaced. Lone surrogates become `?`, since no file can hold them."""
    return redact_body(text.encode("utf-8", "replace"), known).decode("utf-8")


def redact_uri(uri: str, known: Iterable[str] = ()) -> str:
    """The URI with user, password, and the values of parameters that carry keys replaced, at the same length."""
    uri = USERINFO.sub(lambda found: "*" * len(found[0]), uri)
    uri = PARAMETER.sub(lambda found: found[1] + "*" * len(found[2]), uri)
    return redact_text(uri, known)


def redact_headers(headers: Headers, known: Iterable[str] = ()) -> Headers:
    """The header fields that carry facts; of those that carry secrets the name, with REDACTED; no others."""
    secrets = tuple(known)
    kept = []
    for name, value in headers:
        low = name.lower()
        if is_secret_header(low):
            kept.append((name, REDACTED))
        elif _is_fact(low) or low in _KEPT or low.startswith(_KEPT_BEGINNINGS) or low.endswith(_KEPT_ENDINGS):
            kept.append((name, redact_uri(value, secrets) if low == "location" else redact_text(value, secrets)))
    return Headers(kept)


def is_secret_header(name: str) -> bool:
    """True where a header of this name carries a secret."""
    low = name.lower()
    return not _is_fact(low) and not _SECRET_WORDS.isdisjoint(low.replace("_", "-").split("-"))


def _is_fact(low: str) -> bool:
    return low in _FACTS or "ratelimit" in low


def redact_request(request: Request, known: Iterable[str] = ()) -> Request:
    """The request without secrets."""
    secrets = tuple(known)
    return Request(
        method=redact_text(request.method),
        uri=redact_uri(request.uri, secrets),
        headers=redact_headers(request.headers, secrets),
        body=redact_body(request.body, secrets),
    )


def redact_end(end: End, known: Iterable[str] = ()) -> End:
    """The end without secrets in its words."""
    secrets = tuple(known)
    detail = None if end.detail is None else redact_text(end.detail, secrets)
    by = None if end.by is None else redact_text(end.by, secrets)
    return replace(end, by=by, detail=detail, observed=redact_mapping(end.observed, secrets))


def redact_mapping(mapping: Mapping[str, object], known: Iterable[str] = ()) -> dict[str, object]:
    """Metadata without secrets: plain values, at any depth that JSON allows."""
    secrets = tuple(known)
    return {redact_text(str(name), secrets): _value(item, secrets) for name, item in mapping.items()}


def _value(value: object, known: tuple[str, ...]) -> object:
    if isinstance(value, str):
        return redact_text(value, known)
    if isinstance(value, Mapping):
        return redact_mapping(value, known)
    if isinstance(value, list | tuple):
        return [_value(item, known) for item in value]
    return value


def redact_recording(recording: Recording, known: Iterable[str] = ()) -> Recording:
    """The recording as it may be written: no secret in it anywhere, the same reads and times."""
    secrets = tuple(known)
    return replace(
        recording,
        request=redact_request(recording.request, secrets),
        reason=redact_text(recording.reason, secrets),
        headers=redact_headers(recording.headers, secrets),
        body=redact_body(recording.body, secrets),
        end=redact_end(recording.end, secrets),
        metadata=redact_mapping(recording.metadata, secrets),
    )
