"""The schemas, written for the wire, beside the published descriptions (../shared/spec_data): the same, or listed here.

Four descriptions: OpenAI's OpenAPI file, its Python SDK, Open Responses, OpenRouter's OpenAPI file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from conformance import catalogue
from conformance.core.rule import Cite
from conformance.protocols.openai_responses.wire import CORE_KINDS, ITEM_STATUSES, ITEM_TYPES

pytestmark = pytest.mark.corpus
SCHEMAS = catalogue.data_folder("schemas") / "openai-responses"
KINDS: dict[str, str] = orjson.loads((SCHEMAS / "index.json").read_bytes())["kinds"]

OPENAI, SDK, OPEN, ROUTER = (
    "openai_openapi_f85dbe2",
    "openai_python_3.51.0",
    "openresponses_2026-04-24",
    "openrouter_openapi",
)
FLAT = "the wire has them in an `error` object; both forms are accepted (R29)"
NAME = "no recorded event has it (R22)"
LOGPROBS = "xAI and older OpenAI streams leave them out where none were asked for (R35)"
REQUIRED = {
    (OPENAI, "error", "code"): FLAT,
    (OPENAI, "error", "message"): FLAT,
    (OPENAI, "error", "param"): FLAT,
    (SDK, "error", "message"): FLAT,
    (OPEN, "error", "error"): FLAT,
    (ROUTER, "error", "code"): FLAT,
    (ROUTER, "error", "message"): FLAT,
    (ROUTER, "error", "param"): FLAT,
    (OPENAI, "response.function_call_arguments.done", "name"): NAME,
    (ROUTER, "response.function_call_arguments.done", "name"): NAME,
    **{
        (source, f"response.output_text.{end}", "logprobs"): LOGPROBS
        for source in (OPENAI, SDK, ROUTER)
        for end in ("delta", "done")
    },
    (SDK, "response.output_text.annotation.added", "annotation"): "an annotation is what the event is for",
}
"""(description, event type, member): required by one of the two and not by the other, and why."""

ITEM_REQUIRED = {
    ("function_call", "id"): "on the wire every item has an id; events refer to it",
    ("custom_tool_call", "id"): "on the wire every item has an id; events refer to it",
    ("function_call_output", "call_id"): "it says which call is answered",
    ("shell_call", "environment"): "one of four recorded calls has none",
}
USAGE = {"cache_write_tokens": "new in 2026: recordings before have none"}


@cache
def described(folder: Path) -> dict[str, dict[str, Any]]:
    """Description -> event type -> required and optional members."""
    found: dict[str, dict[str, Any]] = orjson.loads(
        (folder.parent / "spec_data" / "derived-responses-events.json").read_bytes()
    )
    return found


@cache
def openai(folder: Path) -> dict[str, Any]:
    """The schemas of OpenAI's OpenAPI file."""
    text = (folder.parent / "spec_data" / "openai-openapi.yaml").read_bytes()
    schemas: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)["components"]["schemas"]
    return schemas


def ours(name: str) -> dict[str, Any]:
    """One of our schemas."""
    schema: dict[str, Any] = orjson.loads((SCHEMAS / name).read_bytes())
    return schema


def members(schemas: dict[str, Any], schema: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Properties and required members of one of their schemas, through `allOf` and references."""
    properties: dict[str, Any] = {}
    required: set[str] = set()
    for piece in schema.get("allOf", [schema]):
        if "$ref" in piece:
            more, needed = members(schemas, schemas[piece["$ref"].rpartition("/")[2]])
        else:
            more, needed = piece.get("properties", {}), set(piece.get("required", ()))
        properties |= more
        required |= needed
    return properties, required


def test_every_event_type_that_is_described_has_a_schema_and_none_else(corpus: Path) -> None:
    known = set().union(*described(corpus).values())
    assert known == set(KINDS)
    assert len(known) == 73


def test_the_kinds_that_no_rule_calls_unknown_are_those_of_openai_and_open_responses(corpus: Path) -> None:
    known = described(corpus)
    official = {*known[OPENAI], *known[SDK], *known[OPEN]}
    on_the_wire = {f"response.apply_patch_call_operation_diff.{end}" for end in ("delta", "done")}
    assert official | on_the_wire == CORE_KINDS


def test_the_same_members_are_required(corpus: Path) -> None:
    found = set()
    for source, events in described(corpus).items():
        for kind, fields in events.items():
            needed = {*fields["required"], "sequence_number"}
            mine = set(ours(KINDS[kind])["required"]) - {"type"}
            found |= {(source, kind, member) for member in needed ^ mine}
    assert found == set(REQUIRED)


def test_every_described_member_of_an_event_is_described(corpus: Path) -> None:
    missing = set()
    for events in described(corpus).values():
        for kind, fields in events.items():
            known = ours(KINDS[kind])["properties"]
            missing |= {(kind, member) for member in (*fields["required"], *fields["optional"]) if member not in known}
    assert missing == {("error", member) for member in ("code", "message", "param", "error")}, FLAT


def test_a_response_needs_the_same_members_and_knows_the_same_statuses(corpus: Path) -> None:
    properties, required = members(openai(corpus), openai(corpus)["Response"])
    mine = ours("response.json")
    assert set(mine["required"]) == required
    assert mine["properties"]["status"]["enum"] == properties["status"]["enum"]
    reasons = properties["incomplete_details"]["anyOf"][0]["properties"]["reason"]["enum"]
    details = ours("response.incomplete.json")["properties"]["response"]["properties"]["incomplete_details"]
    assert details["properties"]["reason"]["enum"] == reasons


def test_a_usage_needs_the_same_figures(corpus: Path) -> None:
    properties, required = members(openai(corpus), openai(corpus)["ResponseUsage"])
    mine = ours("usage.json")
    assert set(mine["required"]) == required
    for details in ("input_tokens_details", "output_tokens_details"):
        theirs = set(properties[details]["required"])
        assert theirs - set(mine["properties"][details]["required"]) <= set(USAGE)
        assert set(properties[details]["properties"]) == set(mine["properties"][details]["properties"])


def _items() -> dict[str, set[str]]:
    """Item type -> members that ours requires when it is done."""
    found: dict[str, set[str]] = {}
    for name in ("item.json", "item-done.json"):
        for case in ours(name)["allOf"]:
            kind = case["if"]["properties"]["type"]["const"]
            found.setdefault(kind, {"id", "type"}).update(case["then"].get("required", ()))
    return found


def test_the_item_types_are_the_same_and_need_the_same_members(corpus: Path) -> None:
    found, statuses, types = set(), set(), set()
    mine = _items()
    for reference in openai(corpus)["OutputItem"]["oneOf"]:
        properties, required = members(openai(corpus), openai(corpus)[reference["$ref"].rpartition("/")[2]])
        kind = properties["type"]["enum"][0]
        types.add(kind)
        found |= {(kind, member) for member in required ^ mine[kind]}
        status = properties.get("status", {})
        statuses.update((openai(corpus).get(status.get("$ref", "").rpartition("/")[2]) or status).get("enum", ()))
    assert types == ITEM_TYPES == set(mine)
    assert found == set(ITEM_REQUIRED)
    assert statuses == ITEM_STATUSES


@pytest.mark.parametrize(
    ("schema", "file", "union"),
    [("part", "part.json", "OutputContent"), ("annotation", "annotation.json", "Annotation")],
)
def test_parts_and_annotations_are_the_same(corpus: Path, schema: str, file: str, union: str) -> None:
    theirs = {}
    for reference in openai(corpus)[union]["oneOf"]:
        properties, required = members(openai(corpus), openai(corpus)[reference["$ref"].rpartition("/")[2]])
        theirs[properties["type"]["enum"][0]] = required - {"type"}
    mine = {
        case["if"]["properties"]["type"]["const"]: set(case["then"].get("required", ())) for case in ours(file)["allOf"]
    }
    loose = {"annotations", "logprobs", "title", "filename"}  # left out by Bedrock, xAI and older streams
    extra = {"summary_text"} if schema == "part" else set()  # of reasoning summaries, described with their events
    assert set(mine) - extra == set(theirs)
    assert {kind: needed - loose for kind, needed in theirs.items()} == {
        k: v for k, v in mine.items() if k not in extra
    }


def test_what_is_quoted_from_openai_stands_in_its_description(corpus: Path) -> None:
    text = " ".join((corpus.parent / "spec_data" / "openai-openapi.yaml").read_text(encoding="utf-8").split())
    cites = [
        cite
        for name, entry in catalogue.rules().items()
        if name.startswith("openai-responses/")
        for cite in entry.rule.cite
    ]
    from_openai = [cite for cite in cites if cite.url.startswith("https://platform.openai.com/")]
    assert len(from_openai) > 60
    assert [cite.quote for cite in from_openai if not _stands(cite, text)] == []


def _stands(cite: Cite, text: str) -> bool:
    words = " ".join(cite.quote.split())
    return words in text or words.replace("'", "''") in text
