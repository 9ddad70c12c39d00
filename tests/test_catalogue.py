"""Laws of the catalogue: the folder is the registry; every name leads somewhere, an unknown one to its neighbours."""

from __future__ import annotations

import pickle
import re
import sys
from collections.abc import Iterator, Mapping
from inspect import getsource
from pathlib import Path
from typing import Any

import orjson
import pytest

from conformance import catalogue
from conformance.core.dialect import STRICT
from conformance.core.grammar import ANY, DEFAULT_FAULT, Grammar
from conformance.core.protocol import UNKNOWN
from conformance.core.rule import Rule
from conformance.core.schema import DEFAULT_FAULT as SHAPE_FAULT
from conformance.errors import InputError, UsageError

PROTOCOLS = catalogue.protocols()
GRAMMARS = [
    pytest.param(name, grammar, id=f"{name} {grammar.name}")
    for name, protocol in PROTOCOLS.items()
    for grammar in protocol.grammars
]


def folders(path: Path) -> set[str]:
    return {item.name for item in path.iterdir() if (item / "__init__.py").exists()}


# Protocols


def test_every_folder_is_a_protocol_of_its_name() -> None:
    assert {name.replace("-", "_") for name in PROTOCOLS} == folders(catalogue.PACKAGE / "protocols")
    assert all(protocol.name == name for name, protocol in PROTOCOLS.items())
    assert catalogue.protocol("openai-chat") is PROTOCOLS["openai-chat"]


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_brings_its_schemas_and_its_traits_and_those_of_all(name: str) -> None:
    protocol = PROTOCOLS[name]
    assert protocol.schemas.kinds
    assert set(catalogue.shared_traits()) < set(protocol.traits)
    names = [trait.name for trait in protocol.traits]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [*PROTOCOLS, UNKNOWN.name])
def test_a_protocol_goes_between_processes_by_its_name(name: str) -> None:
    protocol = catalogue.protocol(name)
    assert pickle.loads(pickle.dumps(protocol)) is protocol


def test_the_unknown_protocol_has_the_rules_and_traits_of_all() -> None:
    unknown = catalogue.protocol("unknown")
    assert unknown is catalogue.unknown_protocol() and unknown.name == UNKNOWN.name
    assert unknown.traits == catalogue.shared_traits()
    assert catalogue.rules_of("unknown") == catalogue.shared_rules()


def test_a_protocol_without_schemas_has_none() -> None:
    assert catalogue.schemas("nobody").kinds == frozenset()


# Rules


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_is_judged_by_its_own_rules_and_then_by_those_of_all(name: str) -> None:
    rules = catalogue.rules_of(name)
    shared = catalogue.shared_rules()
    own = rules[: len(rules) - len(shared)]
    assert rules[len(own) :] == shared
    assert own and all(rule.id.startswith(f"{name}/") for rule in own)
    assert [rule.id for rule in own] == sorted(rule.id for rule in own)


def test_every_rule_is_found_by_its_id() -> None:
    known = catalogue.rules()
    assert all(catalogue.rule(rule_id).rule.id == rule_id for rule_id in known)
    assert {rule.id for name in (*PROTOCOLS, "unknown") for rule in catalogue.rules_of(name)} == set(known)
    assert all(entry.good and entry.bad for entry in known.values())


# Names that lead nowhere


@pytest.mark.parametrize(
    ("find", "name", "hint"),
    [
        (catalogue.protocol, "openai-chta", "Did you mean openai-chat"),
        (catalogue.protocol, "OpenAI-Chat", "openai-chat"),
        (catalogue.protocol, "zzz", "Known: anthropic-messages, "),
        (catalogue.rule, "openai-chat/id-change", "Did you mean openai-chat/id-changes"),
        (catalogue.rule, "id-changes", "openai-chat/id-changes"),
        (catalogue.dialect, "opanai", "Did you mean openai"),
        (catalogue.dialect, "OneRouter", "Did you mean infron"),
        (catalogue.dialect, "Kimi", "Did you mean moonshot"),
        (catalogue.dialect, "zzz", "Known: "),
    ],
)
def test_an_unknown_name_gives_its_neighbours_or_all(find: Any, name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        find(name)
    assert repr(name) in caught.value.what
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


# Grammars


@pytest.mark.parametrize(("protocol", "grammar"), GRAMMARS)
def test_a_grammar_is_closed(protocol: str, grammar: Grammar) -> None:
    states = set(grammar.table)
    assert grammar.start in states
    assert grammar.accept and grammar.accept <= states
    assert {following for row in grammar.table.values() for following in row.values()} <= states
    assert set(grammar.resync.values()) <= states
    assert {state for state, _ in grammar.faults if state != ANY} <= states
    reachable, waiting = set(), [grammar.start]
    while waiting:
        state = waiting.pop()
        if state not in reachable:
            reachable.add(state)
            waiting += [*grammar.table[state].values(), *grammar.resync.values()]
    assert reachable == states


SILENT = {
    ("anthropic-messages", "whole", ANY): "message-start-not-empty tells of blocks behind a whole message",
    ("openai-responses", ANY, "resumed"): "no event: the view puts it before the first",
}
"""(protocol, state, symbol) of missteps for which no rule speaks by order, and why."""


@pytest.mark.parametrize(("protocol", "grammar"), GRAMMARS)
def test_every_misstep_has_a_rule_that_speaks_for_it(protocol: str, grammar: Grammar) -> None:
    short = {rule.name for rule in catalogue.rules_of(protocol)}
    assert set(grammar.faults.values()) <= short
    symbols = {symbol for row in grammar.table.values() for symbol in row} | set(grammar.resync)
    mute = {
        (state, symbol)
        for state, row in grammar.table.items()
        for symbol in symbols - row.keys()
        if grammar._fault(state, symbol) not in short
    }
    expected = {
        (state, symbol) for state, symbol in mute if {(protocol, state, ANY), (protocol, ANY, symbol)} & set(SILENT)
    }
    assert mute == expected


@pytest.mark.parametrize(("protocol", "grammar"), GRAMMARS)
def test_a_named_transition_is_no_misstep(protocol: str, grammar: Grammar) -> None:
    dead = [key for key in grammar.faults if ANY not in key and key[1] in grammar.table[key[0]]]
    assert dead == []


# Schemas and the rules that speak for them


def x_faults(node: object) -> Iterator[str]:
    """Every name that a schema gives to its failures."""
    if isinstance(node, Mapping):
        said = node.get("x-fault")
        if isinstance(said, str):
            yield said
        elif isinstance(said, Mapping):
            yield from (name for name in said.values() if isinstance(name, str))
        for key, item in node.items():
            if key != "x-fault":
                yield from x_faults(item)
    elif isinstance(node, list):
        for item in node:
            yield from x_faults(item)


def schema_names(protocol: str) -> set[str]:
    files = (catalogue.data_folder("schemas") / protocol).glob("*.json")
    return {name for path in files for name in x_faults(orjson.loads(path.read_bytes()))} | {SHAPE_FAULT}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_schema_failure_has_a_rule_that_speaks_for_it(protocol: str) -> None:
    assert schema_names(protocol) <= {rule.name for rule in catalogue.rules_of(protocol)}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_schema_lists_every_file_that_it_needs(protocol: str) -> None:
    folder = catalogue.data_folder("schemas") / protocol
    index = orjson.loads((folder / "index.json").read_bytes())
    assert index["protocol"] == protocol
    assert all((folder / name).is_file() for name in index["kinds"].values())
    assert catalogue.schemas(protocol).is_valid.keys() == index["kinds"].keys()  # all compile


ASKS = re.compile(r'(shape|order)_faults\(\s*"([a-z0-9-]+)"')


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_rule_asks_only_for_faults_that_somebody_names(protocol: str) -> None:
    shapes = schema_names(protocol)
    orders = {name for grammar in PROTOCOLS[protocol].grammars for name in grammar.faults.values()} | {DEFAULT_FAULT}
    deaf = [
        (rule.id, kind, name)
        for rule in own_rules(protocol)
        for kind, name in ASKS.findall(getsource(sys.modules[rule.module]))
        if name not in (shapes if kind == "shape" else orders)
    ]
    assert deaf == []


def own_rules(protocol: str) -> list[Rule]:
    return [rule for rule in catalogue.rules_of(protocol) if rule.id.startswith(f"{protocol}/")]


# Dialects


def test_every_dialect_reads_and_names_what_there_is() -> None:
    traits = {trait.name for protocol in PROTOCOLS.values() for trait in protocol.traits}
    for name, dialect in catalogue.dialects().items():
        assert dialect.name == name and dialect.title
        assert set(dialect.protocols) <= set(PROTOCOLS), name
        assert set(dialect.endpoints) <= set(PROTOCOLS), name
        assert {item.rule for item in (*dialect.deviations, *dialect.promises)} <= set(catalogue.rules()), name
        assert {name for item in dialect.expectations for name in item.given} <= traits, name
        assert {p for expectation in dialect.expectations for p in expectation.protocols} <= set(PROTOCOLS), name


def test_what_is_expected_is_a_trait_of_the_protocol() -> None:
    """A misnamed one would never be judged. Of a dialect's protocols, at least one must show it."""
    shows = {name: {trait.name for trait in protocol.traits} for name, protocol in PROTOCOLS.items()}
    for name, dialect in catalogue.dialects().items():
        for item in dialect.expectations:
            spoken = item.protocols or dialect.protocols
            found = [protocol for protocol in spoken if item.trait in shows[protocol]]
            assert found == list(item.protocols) if item.protocols else found, f"{name}: {item.trait}"


def test_no_dialect_waives_a_rule_twice() -> None:
    for dialect in catalogue.dialects().values():
        rules = [deviation.rule for deviation in dialect.deviations]
        assert len(rules) == len(set(rules)), dialect.name


def test_strict_is_a_dialect_that_waives_nothing() -> None:
    assert catalogue.dialect("strict") is STRICT
    assert STRICT.deviations == STRICT.expectations == ()
    assert "strict" not in catalogue.dialects()


DIALECT = """
title = "An orchard"
protocols = ["openai-chat"]
hosts = ["*.orchard.com"]
key_env = "ORCHARD_KEY"

[endpoints]
openai-chat = "https://api.orchard.com/v1/chat/completions"

[headers]
X-Api-Version = "2"

[[expect]]
trait = "usage.placement"
values = ["own-chunk"]
because = "it says so"
see = "https://orchard.com/docs"

[[deviation]]
rule = "openai-chat/id-changes"
because = "one id per apple"
see = "recorded in 2026"
observed = true
statements = ["C02"]
"""


def test_a_dialect_is_its_file(tmp_path: Path) -> None:
    path = tmp_path / "orchard.toml"
    path.write_text(DIALECT)
    found = catalogue.dialect(str(path))
    assert (found.name, found.title, found.protocols, found.hosts) == (
        "orchard", "An orchard", ("openai-chat",), ("*.orchard.com",))  # fmt: skip
    assert found.endpoints == {"openai-chat": "https://api.orchard.com/v1/chat/completions"}
    assert found.headers == {"X-Api-Version": "2"} and found.key_env == "ORCHARD_KEY"
    (expectation,), (deviation,) = found.expectations, found.deviations
    assert (expectation.trait, expectation.values, expectation.observed) == ("usage.placement", ("own-chunk",), False)
    assert (deviation.rule, deviation.observed, deviation.statements) == ("openai-chat/id-changes", True, ("C02",))
    assert found.deviation("openai-chat/id-changes") is deviation and found.deviation("openai-chat/other") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "is not TOML"),
        ("", '"title" is a required property (at the top)'),
        ('title = "x"\ncolour = "red"', "colour"),
        ('title = "x"\nhosts = ["https://a/b"]', "(at hosts/0)"),
        ('title = "x"\n[[deviation]]\nrule = "a/b"', "(at deviation/0)"),
        ('title = "x"\nprotocols = "openai-chat"', "(at protocols)"),
        (b"title = '\xff'", "is not TOML"),
    ],
)
def test_a_dialect_that_does_not_fit_is_refused_with_its_place(tmp_path: Path, text: str | bytes, said: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        catalogue.dialect(str(path))
    assert caught.value.path == str(path) and str(caught.value).startswith(f"{path}: ")
    assert said in caught.value.what and caught.value.hint


def test_a_dialect_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        catalogue.dialect(str(tmp_path / "none.toml"))


# Data


def test_data_stands_in_the_package_or_beside_it() -> None:
    assert (catalogue.data_folder("schemas") / "dialect.json").is_file()


def test_statements_have_a_level_and_a_source() -> None:
    for statement in catalogue.statements().values():
        assert statement.level in ("MUST", "SHOULD", "MAY", "OBSERVED", "CLAIM"), statement.id
        assert statement.says and statement.source, statement.id
    assert set(catalogue.statements()) <= set(catalogue.trace())
