"""The shared rules over recorded streams: what they report is known by name, and was read against the bytes.

A new finding here is a false alarm until somebody has looked at the bytes and written it down.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance import library
from conformance.core.dialect import STRICT
from conformance.core.finding import Level
from tests.rules.outcome import SHARED

pytestmark = pytest.mark.corpus

KNOWN = {
    # written by hand for a test of a client: a blank in front of the first `data:`
    ("openrouter/chat/simonw-llm-009", "sse/near-miss-field"): 1,
    # written by hand: two braces are missing in each of the two responses
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
