"""Recorded streams of Messages, Gemini, legacy completions and Cohere: every error found is listed with its why.

The recordings lie beside the project (../shared/corpus).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from conformance import library
from conformance.core.finding import Level, Run, Verdict

pytestmark = pytest.mark.corpus

JOINED = "several turns, written one behind the other into one file"
SPLICED = "made to test a client: a second message begins within the first"
NOT_COMPLETIONS = "a shape of its own under the path of completions"

KNOWN = {
    "messages": {
        ("vercel-ai-032", "message-start-repeated"): JOINED,
        ("vercel-ai-034", "message-start-repeated"): JOINED,
        ("vercel-ai-035", "message-start-repeated"): JOINED,
        ("vercel-ai-039", "message-start-repeated"): SPLICED,
        ("vercel-ai-040", "message-start-repeated"): SPLICED,
        ("vercel-ai-040", "block-index-reused"): SPLICED,
    },
    "gemini": {},
    "completions": {
        ("traceloop-openllmetry-031", "event-shape"): "the last choice is that of a chat: a delta, no index, no text",
        ("traceloop-openllmetry-js-012", "object-value"): "Together names its own object, `completion.chunk`",
        ("traceloop-openllmetry-js-012", "finish-reason-unknown"): "Together names its own reason, `eos`",
        ("traceloop-openllmetry-095", "unknown-event"): NOT_COMPLETIONS,
        ("traceloop-openllmetry-095", "done-missing"): NOT_COMPLETIONS,
    },
    "cohere": {},
}
"""Errors: (recording, rule) -> why the finding is true."""

COUNTS = {"messages": 150, "gemini": 85, "completions": 18, "cohere": 18}
NAMES = {"messages": "anthropic-messages", "gemini": "gemini-generate", "completions": "openai-completions",
         "cohere": "cohere-chat"}  # fmt: skip


@cache
def judged(folder: Path, api: str) -> dict[str, Run]:
    """Name of the cassette -> what became of it, with nothing waived."""
    paths = sorted(folder.glob(f"cassettes/*/{api}/*.yaml"))
    return {path.stem: library.check(library.load(path)[0], dialect="strict") for path in paths}


@pytest.mark.parametrize("api", KNOWN)
def test_every_error_in_a_recording_is_listed_and_what_is_listed_is_found(corpus: Path, api: str) -> None:
    runs = judged(corpus, api)
    found = {
        (name, finding.rule.partition("/")[2])
        for name, run in runs.items()
        for finding in run.findings
        if finding.level is Level.ERROR
    }
    assert found == set(KNOWN[api])
    assert len([run for run in runs.values() if run.protocol == NAMES[api]]) >= COUNTS[api]


@pytest.mark.parametrize("api", KNOWN)
def test_a_recording_without_errors_passes(corpus: Path, api: str) -> None:
    broken = {name for name, _ in KNOWN[api]}
    verdicts = {name: run.verdict for name, run in judged(corpus, api).items()}
    assert {name for name, verdict in verdicts.items() if verdict is not Verdict.PASS} == broken
