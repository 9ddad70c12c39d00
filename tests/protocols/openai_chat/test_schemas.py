"""Laws of the schemas of Chat Completions: each failure is told by the rule that the suite names (its `comment`), and
where they differ from what OpenAI publishes, or it sends, the difference is written down with its reason.

That they are schemas, and decide as their suite says, is tested for all protocols in tests/test_schemas.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance import catalogue
from conformance.core.schema import DEFAULT_FAULT, SchemaSet

FOLDER = catalogue.data_folder("schemas") / "openai-chat"
SHARED = Path(__file__).parents[4] / "shared"
SPEC = SHARED / "spec_data"
KINDS = {"chunk": "chunk.json", "error": "error.json", "usage": "usage.json"}

Schema = dict[str, Any]
Resolve = Callable[[str], Schema]
Shape = dict[str, set[str]]

FILES: dict[str, Schema] = {name: json.loads((FOLDER / name).read_text(encoding="utf-8")) for name in KINDS.values()}
SCHEMAS = SchemaSet(FILES, KINDS)
BY_ID = {schema["$id"]: kind for kind, name in KINDS.items() for schema in [FILES[name]]}


def suite() -> Iterator[Any]:
    """Every test of `schemas/openai-chat/tests`, with the kind of event that its schema is for."""
    for path in sorted((FOLDER / "tests").glob("*.json")):
        for group in json.loads(path.read_text(encoding="utf-8")):
            for test in group["tests"]:
                yield pytest.param(BY_ID[group["schema"]["$ref"]], test, id=f"{path.stem}: {test['description']}")


SUITE = list(suite())


@pytest.mark.parametrize(("kind", "test"), [one for one in SUITE if not one.values[1]["valid"]])
def test_a_failure_is_told_by_the_rule_that_the_suite_names(kind: str, test: dict[str, Any]) -> None:
    assert {error.fault for error in SCHEMAS.errors(kind, test["data"])} == {test["comment"]}


def faults(node: object) -> Iterator[str]:
    """Every name that an `x-fault` gives, anywhere in a schema."""
    if isinstance(node, dict):
        said = node.get("x-fault")
        yield from [said] if isinstance(said, str) else (said or {}).values()
        for value in node.values():
            yield from faults(value)
    elif isinstance(node, list):
        for value in node:
            yield from faults(value)


NAMED = {fault for schema in FILES.values() for fault in faults(schema)} | {DEFAULT_FAULT}


def test_every_fault_has_a_rule_that_speaks_for_it_and_a_test_in_the_suite() -> None:
    entries = catalogue.rules()
    for fault in NAMED:
        module = entries[f"openai-chat/{fault}"].rule.module
        assert f'shape_faults("{fault}")' in Path(*_path(module)).read_text(encoding="utf-8")
    assert {one.values[1].get("comment") for one in SUITE} - {None} == NAMED


def _path(module: str) -> list[str]:
    return [str(catalogue.PACKAGE.parent), *module.split(".")[:-1], module.rpartition(".")[2] + ".py"]


# What OpenAI publishes

REASONS = {
    "providers send null for nothing, and every client reads it so": (
        "/choices/*/delta/function_call type +null",
        "/choices/*/delta/function_call/name type +null",
        "/choices/*/delta/role type +null",
        "/choices/*/delta/tool_calls type +null",
        "/choices/*/delta/tool_calls/*/function type +null",
        "/choices/*/delta/tool_calls/*/function/name type +null",
        "/choices/*/delta/tool_calls/*/id type +null",
        "/choices/*/delta/tool_calls/*/type type +null",
        "/obfuscation type +null",
        "/system_fingerprint type +null",
        "/usage/completion_tokens_details type +null",
        "/usage/completion_tokens_details/* type +null",
        "/usage/prompt_tokens_details type +null",
        "/usage/prompt_tokens_details/* type +null",
    ),
    "the SDK makes every optional member nullable; on the wire null is no string to append": (
        "/choices/*/delta/function_call/arguments type -null",
        "/choices/*/delta/tool_calls/*/function/arguments type -null",
    ),
    "a warning tells of a missing key: finish-reason-key-missing": ("/choices/* required -finish_reason",),
    "required by the API description, optional in the SDK's types": (
        "/choices/*/logprobs required +content",
        "/choices/*/logprobs required +refusal",
        "/choices/*/logprobs/*/* required +bytes",
        "/choices/*/logprobs/*/*/top_logprobs/* required +bytes",
    ),
    "a warning tells of another role, where it is one: role-not-assistant": (
        "/choices/*/delta/role value -assistant",
        "/choices/*/delta/role value -developer",
        "/choices/*/delta/role value -system",
        "/choices/*/delta/role value -tool",
        "/choices/*/delta/role value -user",
    ),
    "asked of the first fragment of a call only: tool-call-start-incomplete": (
        "/choices/*/delta/tool_calls/*/type value -function",
    ),
    "a warning tells of another tier: service-tier-unknown": (
        "/service_tier value -auto",
        "/service_tier value -default",
        "/service_tier value -fast",
        "/service_tier value -flex",
        "/service_tier value -priority",
        "/service_tier value -scale",
    ),
    "members of other providers, which have a type all the same": (
        "/choices/*/delta/reasoning here",
        "/choices/*/delta/reasoning_content here",
        "/choices/*/delta/reasoning_details here",
    ),
    "in the SDK's types, and sent by the audio models, but not in the API description": (
        "/choices/*/delta/audio here",
    ),
    "an add-on that no rule reads": (
        "/moderation there",
        "/moderation required -input",
        "/moderation required -output",
    ),
}
EXPECTED = {difference: reason for reason, differences in REASONS.items() for difference in differences}
PARTS = re.compile(r"(?<=/logprobs/)(content|refusal)|(?<=_tokens_details/)\w+")
TREES = ("/choices/*/delta/reasoning_details", "/choices/*/delta/audio", "/moderation")


def shapes(schema: Schema, resolve: Resolve, path: str = "", found: dict[str, Shape] | None = None) -> dict[str, Shape]:
    """Path -> types, values and required members that a schema allows there; `*` stands for an item."""
    found = {} if found is None else found
    shape = found.setdefault(path, {"type": set(), "value": set(), "required": set()})
    for part in _alternatives(schema, resolve):
        types = part.get("type", [])
        shape["type"] |= {types} if isinstance(types, str) else set(types)
        shape["type"] |= {"null"} if part.get("nullable") else set()
        values = [*part.get("enum", ()), *([part["const"]] if "const" in part else ())]
        shape["type"] |= {"string" for value in values if isinstance(value, str)}
        shape["value"] |= {value for value in values if isinstance(value, str)}
        shape["required"] |= set(part.get("required", ()))
        for name, sub in part.get("properties", {}).items():
            shapes(sub, resolve, f"{path}/{name}", found)
        if "items" in part:
            shapes(part["items"], resolve, f"{path}/*", found)
    return found


def _alternatives(schema: Schema, resolve: Resolve) -> Iterator[Schema]:
    """The schema, what it refers to, and what it is made of."""
    yield schema
    if "$ref" in schema:
        yield from _alternatives(resolve(schema["$ref"]), resolve)
    for word in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(word, ()):
            if "if" not in part:
                yield from _alternatives(part, resolve)


def inside(document: Schema) -> Resolve:
    """Resolves references within one document, and to our files."""

    def resolve(ref: str) -> Schema:
        name, _, fragment = ref.partition("#")
        node = FILES[name] if name else document
        for part in fragment.split("/")[1:]:
            node = node[part]
        return node

    return resolve


def differences(ours: dict[str, Shape], theirs: dict[str, Shape]) -> set[str]:
    """What ours allows or asks more (`+`) or less (`-`), and members that only one has."""
    found = set()
    for path in ours.keys() | theirs.keys():
        if path not in theirs or path not in ours:
            tree = next((tree for tree in TREES if path.startswith(tree)), path)
            found.add(f"{tree} {'here' if path in ours else 'there'}")
            continue
        for what in ("type", "value", "required"):
            here, there = ours[path][what], theirs[path][what]
            found |= {f"{path} {what} +{one}" for one in here - there} | {
                f"{path} {what} -{one}" for one in there - here
            }
    return {PARTS.sub("*", difference) for difference in found}


def sdk() -> dict[str, Shape]:
    document = json.loads((SPEC / "openai-3.51.0-ChatCompletionChunk.schema.json").read_text(encoding="utf-8"))
    return shapes(document, inside(document))


def description() -> dict[str, Shape]:
    document = yaml.load((SPEC / "openai-openapi.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    return shapes(document["components"]["schemas"]["CreateChatCompletionStreamResponse"], inside(document))


@pytest.mark.corpus
@pytest.mark.skipif(not SPEC.is_dir(), reason="the published descriptions (../shared/spec_data) are not here")
def test_the_chunk_differs_from_what_openai_publishes_only_where_a_reason_is_written_down() -> None:
    definitions = {name: part for schema in FILES.values() for name, part in schema.get("$defs", {}).items()}
    ours = shapes(FILES["chunk.json"], inside({"$defs": definitions}))
    found = differences(ours, sdk()) | differences(ours, description())
    assert found - set(EXPECTED) == set(), "differences without a reason"
    assert set(EXPECTED) - found == set(), "reasons for differences that are gone"


@pytest.mark.corpus
@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded streams (../shared/corpus) are not here")
def test_what_openai_sends_fits_but_for_its_audio_models() -> None:
    misfits, read = {}, 0
    for path in sorted((SHARED / "corpus" / "cassettes" / "openai" / "chat").glob("*.yaml")):
        cassette = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for interaction in cassette["interactions"]:
            for data in _payloads(interaction["response"]["body"]["string"]):
                read += 1
                for error in SCHEMAS.errors("chunk", data):
                    misfits.setdefault(str(data["model"]), set()).add(error.fault)
    assert read > 5000
    assert misfits == {"gpt-audio-1.5": {"choices-missing"}}


def _payloads(body: str | bytes) -> Iterator[dict[str, Any]]:
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    for line in text.splitlines():
        if line.startswith("data: {"):
            yield json.loads(line[6:])
