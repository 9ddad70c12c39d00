"""Laws of the schema of Gemini: each difference from what Google publishes is written down with its reason.

Compared are the types of the official SDK (members, their types, their values) and the protos (members, enumerations,
the kinds of a part); and the lists in rules.
"""

from __future__ import annotations

import json
import re

import pytest

from conformance import catalogue
from conformance.protocols.gemini_generate.rules import finish_reason_unknown
from conformance.protocols.gemini_generate.view import _NOT_BLOCKED, DATA_FIELDS
from tests.protocols.published import ABSENT, SPEC, Shapes, differences, inside, shapes

pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not SPEC.is_dir(), reason=ABSENT)]

FOLDER = catalogue.data_folder("schemas") / "gemini-generate"
PART = "/candidates/*/content/parts/*"
SNAKE = (
    "/model_version", "/prompt_feedback", "/response_id", "/usage_metadata", "/candidates/*/finish_reason",
    f"{PART}/code_execution_result", f"{PART}/executable_code", f"{PART}/function_call", f"{PART}/inline_data",
    f"{PART}/thought_signature",
)  # fmt: skip
REASONS = {
    "listed to be refused: snake-case-field": tuple(f"{path} here" for path in SNAKE),
    "a piece of an argument without its place is lost": (f"{PART}/functionCall/partialArgs/* required +jsonPath",),
    "REQUIRED in the proto": (
        f"{PART}/codeExecutionResult required +outcome",
        f"{PART}/executableCode required +code",
        f"{PART}/executableCode required +language",
        f"{PART}/codeExecutionResult/outcome type -null",
        f"{PART}/executableCode/code type -null",
        f"{PART}/executableCode/language type -null",
    ),
}
EXPECTED = {difference for differences in REASONS.values() for difference in differences}
UNREAD = {
    "the SDK's own": {"/automaticFunctionCallingHistory", "/parsed", "/sdkHttpResponse"},
    "news of no rule": {
        "/modelStatus", "/candidates/*/continuationToken", f"{PART}/audioTranscription", f"{PART}/mediaProcessing",
        f"{PART}/mediaResolution", f"{PART}/speechMetadata",
    },
}  # fmt: skip
OPEN = re.compile(
    r"/(citation|grounding|urlContext|logprobs|fileData|video|tool|functionResponse|partMetadata)\w*/"
    r"|/safetyRatings/\*/|TokensDetails/\*"
)
"""Members whose inside no rule reads."""


def sdk() -> Shapes:
    document = json.loads((SPEC / "google-genai-3.3.0-GenerateContentResponse.schema.json").read_text(encoding="utf-8"))
    return shapes(document, inside(document))


def ours() -> Shapes:
    document = json.loads((FOLDER / "response.json").read_text(encoding="utf-8"))
    return shapes(document, inside(document))


def proto(name: str) -> str:
    return (SPEC / f"googleapis-generativelanguage-v1beta-{name}.proto").read_text(encoding="utf-8")


def block(text: str, opening: str) -> str:
    """What stands between the braces behind `opening`."""
    start = text.index(opening) + len(opening)
    depth = 1
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return re.sub(r"//.*", "", text[start:place])
    raise AssertionError(opening)


def values(text: str, enum: str) -> set[str]:
    return set(re.findall(r"^\s*([A-Z][A-Z0-9_]*) = \d+", block(text, f"enum {enum} {{"), re.MULTILINE))


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def fields(text: str, opening: str) -> set[str]:
    """The JSON names of the members of a message, those of its own messages left out."""
    inner, count = block(text, opening), 1
    while count:
        inner, count = re.subn(r"\b(message|enum) \w+ \{[^{}]*\}", "", inner)
    return {camel(name) for name in re.findall(r"\b(\w+) = \d+", inner)}


def test_the_response_differs_from_what_google_publishes_only_where_a_reason_is_written_down() -> None:
    found = {one for one in differences(ours(), sdk()) if " value -" not in one}
    assert found - EXPECTED == set(), "differences without a reason"
    assert EXPECTED - found == set(), "reasons for differences that are gone"


def test_every_published_member_is_known_or_left_out_for_a_reason() -> None:
    mine, left = ours(), set().union(*UNREAD.values())
    theirs = {path for path in sdk() if path.rpartition("/")[0] in mine and not OPEN.search(path)}
    assert theirs - mine.keys() == left


def test_members_with_a_name_of_the_proto_have_it() -> None:
    for snake in SNAKE:
        assert snake.rpartition("/")[0] + "/" + camel(snake.rpartition("/")[2]) in sdk()
    service, content = proto("generative_service"), proto("content")
    for text, opening, path in (
        (service, "message GenerateContentResponse {", ""),
        (service, "message Candidate {", "/candidates/*"),
        (content, "message Part {", PART),
        (content, "message FunctionCall {", f"{PART}/functionCall"),
    ):
        known = {place.rpartition("/")[2] for place in ours() if place.rpartition("/")[0] == path}
        unread = {"modelStatus", "groundingAttributions", "mediaResolution"}
        assert fields(text, opening) - known <= unread, opening


def test_a_part_has_the_kinds_of_the_proto_and_those_that_the_sdk_added() -> None:
    oneof = {camel(name) for name in re.findall(r"\b(\w+) = \d+", block(proto("content"), "oneof data {"))}
    assert oneof <= set(DATA_FIELDS)
    assert {f"{PART}/{name}" for name in DATA_FIELDS} <= sdk().keys()


def test_the_finish_reasons_of_rules_are_the_published_ones() -> None:
    unspecified = {"FINISH_REASON_UNSPECIFIED"}
    assert (
        set(finish_reason_unknown._PROTO.split()) == values(proto("generative_service"), "FinishReason") - unspecified
    )
    assert sdk()["/candidates/*/finishReason"].value - unspecified == finish_reason_unknown._KNOWN
    assert set(finish_reason_unknown._SDK.split()).isdisjoint(finish_reason_unknown._PROTO.split())


def test_the_values_that_block_nothing_are_the_unspecified_ones() -> None:
    published = values(proto("generative_service"), "BlockReason") | sdk()["/promptFeedback/blockReason"].value
    assert {value for value in published if value.endswith("UNSPECIFIED")} == {value for value in _NOT_BLOCKED if value}


def test_what_the_proto_requires_is_required() -> None:
    text = proto("content")
    for name in ("ExecutableCode", "CodeExecutionResult"):
        opening, place = f"message {name} {{", name[0].lower() + name[1:]
        inner = block(text, opening)
        required = {
            camel(m[1]) for m in re.finditer(r"(\w+) = \d+ \[\(google\.api\.field_behavior\) = REQUIRED", inner)
        }
        assert ours()[f"{PART}/{place}"].required == required
