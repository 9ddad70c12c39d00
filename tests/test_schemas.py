"""The schemas, tested as data: every suite under schemas/*/tests, in the form of the JSON Schema Test Suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import orjson
import pytest
from referencing import Registry, Resource

SCHEMAS = Path(__file__).parent.parent / "schemas"
FILES = sorted(path for path in SCHEMAS.rglob("*.json") if path.parent.name != "tests" and path.name != "index.json")
LOADED: dict[str, dict[str, Any]] = {str(path): orjson.loads(path.read_bytes()) for path in FILES}
BY_ID = {str(schema.get("$id", path)): schema for path, schema in LOADED.items()}
REGISTRY: Any = Registry().with_resources([(uri, Resource.from_contents(schema)) for uri, schema in BY_ID.items()])
COMPILED = jsonschema_rs.Registry(list(BY_ID.items()))

SUITES = sorted(SCHEMAS.glob("*/tests/*.json"))
CASES = [
    pytest.param(group["schema"], test["data"], test["valid"], id=f"{path.parent.parent.name}-{path.stem}-{number}-{n}")
    for path in SUITES
    for number, group in enumerate(orjson.loads(path.read_bytes()))
    for n, test in enumerate(group["tests"])
]


@pytest.mark.parametrize("path", LOADED)
def test_every_schema_is_a_schema(path: str) -> None:
    jsonschema.Draft202012Validator.check_schema(LOADED[path])


@pytest.mark.parametrize(("schema", "data", "valid"), CASES)
def test_both_validators_say_what_the_suite_says(schema: dict[str, Any], data: Any, valid: bool) -> None:
    assert jsonschema.Draft202012Validator(schema, registry=REGISTRY).is_valid(data) is valid
    assert jsonschema_rs.Draft202012Validator(schema, registry=COMPILED).is_valid(data) is valid


@pytest.mark.parametrize("index", sorted(SCHEMAS.glob("*/index.json")), ids=lambda path: path.parent.name)
def test_every_kind_has_valid_and_invalid_examples(index: Path) -> None:
    kinds = orjson.loads(index.read_bytes())["kinds"]
    tested: dict[str, set[bool]] = {}
    for suite in index.parent.glob("tests/*.json"):
        for group in orjson.loads(suite.read_bytes()):
            name = str(group["schema"]["$ref"]).rpartition("/")[2]
            tested.setdefault(name, set()).update(test["valid"] for test in group["tests"])
    assert {name for name in kinds.values() if tested.get(name) != {True, False}} == set()


@pytest.mark.parametrize("index", sorted(SCHEMAS.glob("*/index.json")), ids=lambda path: path.parent.name)
def test_every_fault_that_a_schema_names_is_a_rule(index: Path) -> None:
    from conformance import catalogue

    def faults(node: Any) -> set[str]:
        if isinstance(node, list):
            return set().union(*(faults(item) for item in node)) if node else set()
        if not isinstance(node, dict):
            return set()
        said = node.get("x-fault", {})
        own = {said} if isinstance(said, str) else set(said.values())
        return own.union(*(faults(value) for key, value in node.items() if key != "x-fault"))

    named = {fault for path in index.parent.glob("*.json") for fault in faults(orjson.loads(path.read_bytes()))}
    assert {fault for fault in named if f"{index.parent.name}/{fault}" not in catalogue.rules()} == set()
