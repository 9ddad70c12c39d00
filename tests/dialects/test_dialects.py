"""Every dialect can be asked, names its source, and neither waives what it promises nor promises what is no error."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

import pytest

from conformance import catalogue
from conformance.core.dialect import Dialect
from conformance.core.finding import Level

DIALECTS = catalogue.dialects()
WANTED = """
    anthropic anyrouter arouter azure bedrock-mantle cerebras cloudflare-workers-ai cohere databricks deepseek
    fireworks google google-openai-compat google-vertex groq huggingface-router infron litellm llama-cpp
    lmstudio mistral moonshot ollama open-responses openai openrouter perplexity sglang snowflake-cortex
    together vercel-ai-gateway vllm writer xai yuhuan zai
"""
NO_SERVER = {"open-responses", "github-copilot", "chatgpt"}
"""A specification, and services whose endpoint no document names."""
_COUNTS = re.compile(r"\b\d+ of \d+\b")
_VARIABLE = re.compile(r"\$\{[A-Z][A-Z0-9_]*\}")

each = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda one: one.name)


def test_there_is_a_dialect_for_each_gateway_and_provider() -> None:
    assert set(WANTED.split()) <= set(DIALECTS)


@each
def test_it_names_where_it_is_asked_and_where_that_is_written(dialect: Dialect) -> None:
    assert set(dialect.endpoints) <= set(dialect.protocols)
    assert set(dialect.models) <= set(dialect.endpoints)
    assert bool(dialect.endpoints) is (dialect.name not in NO_SERVER)
    assert dialect.docs or dialect.name == "github-copilot"


@each
def test_its_endpoints_are_at_its_hosts_and_their_variables_have_names(dialect: Dialect) -> None:
    for url in dialect.endpoints.values():
        bare = _VARIABLE.sub("x", url)
        assert "$" not in bare
        host = urlsplit(bare).hostname or ""
        own = host == "localhost" or "." not in host
        assert own or any(fnmatchcase(host, pattern) for pattern in dialect.hosts) or "${DATABRICKS_HOST}" in url, url


@each
def test_nothing_is_promised_and_waived(dialect: Dialect) -> None:
    promised, waived = {one.rule for one in dialect.promises}, {one.rule for one in dialect.deviations}
    assert promised & waived == set()
    assert len(promised) == len(dialect.promises)


@each
def test_a_promise_that_is_broken_is_an_error(dialect: Dialect) -> None:
    """A rule of a lower level would let a broken promise pass: it takes an expectation of a trait."""
    levels = {one.rule: catalogue.rule(one.rule).rule.level for one in dialect.promises}
    assert {rule for rule, level in levels.items() if level is not Level.ERROR} == set()


@each
def test_what_is_observed_is_counted_and_what_is_promised_has_an_address(dialect: Dialect) -> None:
    for item in (*dialect.expectations, *dialect.deviations):
        assert bool(_COUNTS.search(item.see)) is item.observed, item.see
        assert item.see.startswith("https://") is not item.observed, item.see


@each
def test_its_rules_are_those_of_its_protocols(dialect: Dialect) -> None:
    for item in (*dialect.promises, *dialect.deviations):
        room = item.rule.partition("/")[0]
        assert room in dialect.protocols or room not in catalogue.protocols(), item.rule


def test_two_dialects_that_share_a_host_share_no_protocol() -> None:
    """Else the one that comes first in the alphabet would judge both."""
    found = [
        (host, protocol, one.name) for one in DIALECTS.values() for host in one.hosts for protocol in one.protocols
    ]
    pairs = [(host, protocol) for host, protocol, _ in found]
    assert len(pairs) == len(set(pairs))
