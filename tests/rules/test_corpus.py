"""The shared rules over recorded streams: what they report is known by name, and was read against the bytes.

A new finding here is a false alarm until somebody has looked at the bytes and written it down.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import library
from conformance.core.dialect import STRICT
from conformance.core.finding import Level
from conformance.core.recording import Evidence, Recording
from tests.rules.outcome import SHARED, broken

pytestmark = pytest.mark.corpus

KNOWN = {
    # written by hand for a test of a client: a blank in front of the first `data:`
    ("openrouter/chat/simonw-llm-009", "sse/near-miss-field"): 1,
    # written by hand: the last brace is missing in the first and in the last event
    ("openai/responses/vercel-ai-109", "sse/payload-not-json"): 2,
    # JSON errors of `alt=sse` requests that Google labels as event streams
    ("google-vertex/gemini/newrelic-newrelic-python-agent-009", "http/error-as-event-stream"): 1,
    ("google-vertex/gemini/newrelic-newrelic-python-agent-010", "http/error-as-event-stream"): 1,
    ("google/gemini/newrelic-newrelic-python-agent-003", "http/error-as-event-stream"): 1,
    # Replicate numbers its events, and ends with a comment: one blank line more than events
    ("replicate/other/traceloop-openllmetry-081", "sse/read-differently-by-clients"): 1,
}
"""(cassette, rule) -> findings."""

SILENT_ON_CACHING = {
    "ai21", "azure", "braintrust-proxy", "cloudflare-workers-ai", "databricks", "google", "google-openai-compat",
    "google-vertex", "huggingface-router", "mistral", "ollama", "openai", "openrouter", "replicate", "vllm",
}  # fmt: skip
"""Providers of whose streams some were recorded with a Date and without a Cache-Control."""


@pytest.fixture(scope="module")
def findings(corpus: Path) -> list[tuple[str, str, Level]]:
    """(cassette, rule, level) of every finding of a shared rule over all cassettes."""
    folder = corpus / "cassettes"
    return [
        (path.relative_to(folder).with_suffix("").as_posix(), finding.rule, finding.level)
        for path in sorted(folder.glob("*/*/*.yaml"))
        for recording in library.load(path)
        for finding in library.check(recording, dialect=STRICT).findings
        if finding.rule in SHARED
    ]


def test_every_finding_is_known(findings: list[tuple[str, str, Level]]) -> None:
    found = Counter((name, rule) for name, rule, _ in findings if rule != "http/cache-control-missing")
    assert found == Counter(KNOWN)


def test_a_missing_cache_control_is_a_note_on_those_who_send_none(findings: list[tuple[str, str, Level]]) -> None:
    notes = [(name, level) for name, rule, level in findings if rule == "http/cache-control-missing"]
    assert {level for _, level in notes} == {Level.NOTE}
    assert {name.partition("/")[0] for name, _ in notes} == SILENT_ON_CACHING


# Wire faults in real streams

Wire = Callable[[bytes], bytes]


def before_second(text: bytes) -> Wire:
    """Puts `text` in front of the second event."""

    def change(body: bytes) -> bytes:
        blank = b"\r\n\r\n" if b"\r\n\r\n" in body else b"\n\n"
        place = body.index(blank) + len(blank)
        return body[:place] + text + body[place:]

    return change


FAULTS: dict[str, tuple[Wire, set[str]]] = {
    "a byte order mark": (lambda body: b"\xef\xbb\xbf" + body, {"sse/byte-order-mark"}),
    "a stray line": (before_second(b"PROCESSING\r\n\r\n"), {"sse/unknown-field"}),
    "a misspelled field": (before_second(b"Data: {}\r\n\r\n"), {"sse/near-miss-field"}),
    "bare JSON": (before_second(b'{"error":{"message":"x"}}\r\n\r\n'), {"sse/json-without-field"}),
    "a comment as data": (before_second(b"data: : ping\r\n\r\n"), {"sse/comment-as-data"}),
    "a text as data": (before_second(b"data: ping\r\n\r\n"), {"sse/payload-not-json"}),
    "a block without data": (before_second(b"event: ping\r\n\r\n"), {"sse/dataless-event"}),
    "an id": (before_second(b"id: 1\r\n"), {"sse/id-field"}),
    "a retry": (before_second(b"retry: 10\r\n"), {"sse/retry-field"}),
    "a bad retry": (before_second(b"retry: soon\r\n"), {"sse/retry-not-a-number"}),
    "a byte that is no UTF-8": (before_second(b": \xff\r\n\r\n"), {"sse/not-utf8"}),
    "no space": (lambda body: body.replace(b"data: ", b"data:"), {"sse/no-space-after-colon"}),
    "CRLF throughout": (lambda body: re.sub(rb"\r?\n", b"\r\n", body), set()),
    "LF throughout": (lambda body: body.replace(b"\r\n", b"\n"), set()),
    "CR throughout": (lambda body: re.sub(rb"\r?\n", b"\r", body), set()),
    "comments": (before_second(b": ping\r\n\r\n: ping\r\n\r\n"), set()),
}


@pytest.fixture(scope="module")
def clean(corpus: Path) -> list[Recording]:
    """Some recordings of every known API whose framing is the wire's, and of which no shared rule says a thing."""
    found = []
    for api in ("chat", "messages", "responses", "gemini"):
        names = sorted((corpus / "cassettes").glob(f"*/{api}/*.yaml"))[::23]
        recordings = [recording for path in names for recording in library.load(path)]
        found += [one for one in recordings if one.has(Evidence.FRAMING) and one.status == 200][:8]
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_wire_fault_in_a_real_stream_is_found_and_alone(clean: list[Recording], name: str) -> None:
    assert len(clean) >= 20
    change, expected = FAULTS[name]
    for recording in clean:
        speaking = library.protocol_of(recording).name
        before = broken(recording, speaking)
        after = broken(replace(recording, body=change(recording.body)), speaking) - {"sse/line-endings-mixed"}
        assert after - before == expected, (recording.source, after)
