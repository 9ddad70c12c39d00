"""Laws of the schemas of Messages: each difference from what Anthropic publishes is written down with its reason.

Compared are the types of the official SDK, the plain ones and the beta ones: which events there are, which members each
kind of event, block, delta and citation requires, of which type those are that we know; and the lists in rules.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance import catalogue
from conformance.protocols.anthropic_messages.rules import citation_type_unknown, error_type_unknown
from conformance.protocols.anthropic_messages.rules import stop_reason_unknown as unknown_reason
from conformance.protocols.anthropic_messages.view import FOREIGN_REASONS, KINDS, KNOWN_BLOCKS, KNOWN_DELTAS
from tests.protocols.published import ABSENT, SPEC, Shapes, differences, inside, kind_of, shapes

pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not SPEC.is_dir(), reason=ABSENT)]

FOLDER = catalogue.data_folder("schemas") / "anthropic-messages"
OURS_ALONE = {"ping", "error"}
"""Kinds of events that the SDK does not hand on."""

START, DELTA, MESSAGE = "content_block_start/content_block", "message_delta", "message_start/message"
REASONS = {
    "the documentation's example opens a block without it": (f"{START}[thinking] required -signature",),
    "no recorded fallback says why": (f"{START}[fallback] required -trigger",),
    "counts that came later than the others": (
        f"{DELTA}/usage/server_tool_use required -web_fetch_requests",
        f"{DELTA}/usage/server_tool_use required -web_search_requests",
        f"{MESSAGE}/usage/server_tool_use required -web_fetch_requests",
        f"{MESSAGE}/usage/server_tool_use required -web_search_requests",
        f"{MESSAGE}/usage/cache_creation required -ephemeral_1h_input_tokens",
        f"{MESSAGE}/usage/cache_creation required -ephemeral_5m_input_tokens",
    ),
    "its content is text, and may become something else": (
        f"{START}[mcp_tool_result]/content/* required -text",
        f"{START}[mcp_tool_result]/content/*[text] here",
        f"{START}[mcp_tool_result]/content/*[text]/text here",
    ),
    "no rule reads them": (
        f"{DELTA}/context_management/applied_edits/*[clear_thinking_20251015] there",
        f"{DELTA}/context_management/applied_edits/*[clear_tool_uses_20250919] there",
        f"{DELTA}/delta/stop_details[refusal] there",
    ),
    "a warning tells of another one: stop-reason-unknown": tuple(
        f"{place}/stop_reason value -{reason}"
        for place in (f"{DELTA}/delta", MESSAGE)
        for reason in unknown_reason._KNOWN
    ),
    "tiers may be added": tuple(
        f"{MESSAGE}/usage/service_tier value -{tier}" for tier in ("standard", "priority", "batch")
    ),
    "a server may have other tools": tuple(
        f"{START}[server_tool_use]/name value -{name}"
        for name in (
            "advisor", "bash_code_execution", "code_execution", "text_editor_code_execution", "tool_search_tool_bm25",
            "tool_search_tool_regex", "web_fetch", "web_search",
        )
    ),
    "a message begins empty, or whole with its tool calls": tuple(
        f"{MESSAGE}/content/*[{kind}] there"
        for kind in (
            "advisor_tool_result", "bash_code_execution_tool_result", "code_execution_tool_result", "compaction",
            "container_upload", "fallback", "mcp_tool_listing", "mcp_tool_result", "mcp_tool_use", "redacted_thinking",
            "server_tool_use", "text", "text_editor_code_execution_tool_result", "thinking", "tool_search_tool_result",
            "web_fetch_tool_result", "web_search_tool_result",
        )
    ),
}  # fmt: skip
EXPECTED = {difference for differences in REASONS.values() for difference in differences}


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SPEC / f"anthropic-2.10.0-{name}.schema.json").read_text(encoding="utf-8"))
    return found


def published(name: str) -> Shapes:
    """Every event of a published union, under its type."""
    document, found = load(name), Shapes()
    for part in document["anyOf"]:
        event = inside(document)(part["$ref"])
        shapes(event, inside(document), str(kind_of(event)), found)
    return found


def ours() -> Shapes:
    found = Shapes()
    for kind, name in json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))["kinds"].items():
        document = json.loads((FOLDER / name).read_text(encoding="utf-8"))
        shapes(document, inside(document), kind, found)
    return found


PLAIN, BETA = "RawMessageStreamEvent", "BetaRawMessageStreamEvent"


def kinds(found: Shapes, path: str) -> set[str]:
    """The kinds of what stands at a place."""
    return {
        place[len(path) + 1 : -1]
        for place in found
        if place.startswith(f"{path}[") and place.endswith("]") and place.count("[") == 1
    }


def test_every_published_event_is_known() -> None:
    known = {path for found in (published(PLAIN), published(BETA)) for path in found if "/" not in path}
    assert known | OURS_ALONE == KINDS


def test_the_events_differ_from_what_anthropic_publishes_only_where_a_reason_is_written_down() -> None:
    mine = {path: shape for path, shape in ours().items() if path.partition("/")[0] not in OURS_ALONE}
    plain, beta = (differences(mine, published(name)) for name in (PLAIN, BETA))
    found = {one for one in plain | beta if not one.endswith(" here") or one in plain & beta}
    found = {one for one in found if "/model value -" not in one}  # models come and go
    assert found - EXPECTED == set(), "differences without a reason"
    assert EXPECTED - found == set(), "reasons for differences that are gone"


def test_the_lists_in_rules_are_the_published_ones() -> None:
    beta = published(BETA)
    assert beta["message_delta/delta/stop_reason"].value == unknown_reason._KNOWN
    assert not unknown_reason._KNOWN & FOREIGN_REASONS
    citation = "content_block_delta/delta[citations_delta]/citation"
    places = {path.rpartition("[")[2][:-1] for path in beta if path.startswith(f"{citation}[") and path.endswith("]")}
    assert places == citation_type_unknown._KNOWN


def test_every_published_delta_is_known_and_every_block_that_takes_some() -> None:
    assert kinds(published(BETA), "content_block_delta/delta") == KNOWN_DELTAS
    bare = {"container_upload", "fallback", "mcp_tool_listing"}
    results = {kind for kind in kinds(published(BETA), START) if kind.endswith("_tool_result")}
    assert kinds(published(BETA), START) == KNOWN_BLOCKS | bare | results


def test_the_error_and_its_types_are_the_published_ones() -> None:
    document = load("ErrorResponse")
    error = document["properties"]["error"]
    parts = [inside(document)(part["$ref"]) for part in error.get("anyOf", error.get("oneOf", ()))]
    assert {kind_of(part) for part in parts} | {"request_too_large"} == error_type_unknown._KNOWN
    mine = json.loads((FOLDER / "error.json").read_text(encoding="utf-8"))
    assert set(mine["required"]) == set(document["required"]) - {"request_id"}
    assert all(set(part["required"]) == set(mine["properties"]["error"]["required"]) for part in parts)
