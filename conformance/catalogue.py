"""What there is: protocols, rules, dialects, scenarios, schemas, statements, found by walking their folders.

Law: the folder is the registry. Nothing is named twice, and nothing is imported or read before it is asked for.
"""

from __future__ import annotations

import copyreg
import pkgutil
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson

from .core.dialect import STRICT, Deviation, Dialect, Expectation, Promise
from .core.example import Example
from .core.place import Place
from .core.protocol import UNKNOWN, Protocol
from .core.rule import Rule
from .core.schema import SchemaSet
from .core.trait import Trait
from .edge import tomlfile
from .errors import UsageError

PACKAGE = Path(__file__).parent
RULESET = "2026.11"
"""The ruleset of this version: rules whose `since` is not later count."""


def data_folder(name: str) -> Path:
    """`schemas` or `cassettes`: inside the installed package, else at the top of the repository."""
    installed = PACKAGE / name
    return installed if installed.is_dir() else PACKAGE.parent / name


def _folders(package: str) -> list[str]:
    path = PACKAGE.joinpath(*package.split("."))
    return sorted(info.name for info in pkgutil.iter_modules([str(path)]) if info.ispkg)


def _modules(package: str) -> Iterator[ModuleType]:
    path = PACKAGE.joinpath(*package.split("."))
    for info in sorted(pkgutil.iter_modules([str(path)]), key=lambda info: info.name):
        if not info.ispkg:
            yield import_module(f"conformance.{package}.{info.name}")


def nearest(name: str, known: Mapping[str, object], what: str) -> UsageError:
    """The error that answers an unknown name: with the nearest ones, else with all. `what` says of what it is one."""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Known: {', '.join(sorted(known)) or 'none'}."
    return UsageError(f"There is no {what} {name!r}.", hint)


# Protocols


@cache
def protocols() -> dict[str, Protocol[Any]]:
    """All protocols by name, with their schemas and traits."""
    found = {}
    for folder in _folders("protocols"):
        bare: Protocol[Any] = import_module(f"conformance.protocols.{folder}").PROTOCOL
        own = _traits(f"protocols.{folder}")
        found[bare.name] = replace(bare, schemas=schemas(bare.name), traits=(*own, *shared_traits()))
    return found


def protocol(name: str) -> Protocol[Any]:
    """The protocol of this name. Raises UsageError with the nearest names."""
    if name == UNKNOWN.name:
        return unknown_protocol()
    known = protocols()
    if name not in known:
        raise nearest(name, known, "protocol")
    return known[name]


copyreg.pickle(Protocol, lambda one: (protocol, (one.name,)))  # between processes goes its name


@cache
def unknown_protocol() -> Protocol[Any]:
    """The protocol of a stream that nobody recognises: only what holds for every event stream is judged."""
    return replace(UNKNOWN, traits=shared_traits())


@cache
def schemas(name: str) -> SchemaSet:
    """The schemas of one protocol, as `schemas/<protocol>/index.json` lists them."""
    folder = data_folder("schemas") / name
    if not (folder / "index.json").exists():
        return SchemaSet({}, {})
    files = {
        path.name: orjson.loads(path.read_bytes())
        for path in sorted(folder.glob("*.json"))
        if path.name != "index.json"
    }
    return SchemaSet(files, orjson.loads((folder / "index.json").read_bytes())["kinds"])


def _traits(package: str) -> tuple[Trait, ...]:
    if not (PACKAGE.joinpath(*package.split(".")) / "traits.py").exists():
        return ()
    module = import_module(f"conformance.{package}.traits")
    return tuple(value for value in vars(module).values() if isinstance(value, Trait))


@cache
def shared_traits() -> tuple[Trait, ...]:
    """The traits of no single API."""
    return tuple(trait for folder in _folders("rules") for trait in _traits(f"rules.{folder}"))


@cache
def places(protocol: str) -> dict[str, Place]:
    """Where the bytes stand that show the traits of a protocol: `trait`, or `trait=value`, -> place."""
    files = sorted((PACKAGE / "rules").glob("*/places.toml"))
    own = PACKAGE / "protocols" / protocol.replace("-", "_") / "places.toml"
    told = [tomllib.loads(path.read_text(encoding="utf-8")) for path in [*files, own] if path.exists()]
    return {name: Place(**place) for file in told for name, place in file.items()}


# Rules


@dataclass(frozen=True)
class RuleEntry:
    """A rule with what stands beside it: a good and a bad stream."""

    rule: Rule
    good: tuple[Example, ...]
    bad: tuple[Example, ...]


@cache
def shared_rules() -> tuple[Rule, ...]:
    """The rules of no single API, in the order of their ids."""
    return tuple(_rule(module) for folder in _folders("rules") for module in _rule_modules(f"rules.{folder}"))


@cache
def rules_of(name: str) -> tuple[Rule, ...]:
    """The rules that judge a stream of this protocol: its own, then the shared ones."""
    if name == UNKNOWN.name:
        return shared_rules()
    folder = name.replace("-", "_")
    return (*(_rule(module) for module in _rule_modules(f"protocols.{folder}.rules")), *shared_rules())


@cache
def rules() -> dict[str, RuleEntry]:
    """All rules by id, with their examples."""
    packages = [f"protocols.{folder}.rules" for folder in _folders("protocols")]
    packages += [f"rules.{folder}" for folder in _folders("rules")]
    modules = [module for package in packages for module in _rule_modules(package)]
    return {
        _rule(module).id: RuleEntry(_rule(module), _examples(module, "GOOD"), _examples(module, "BAD"))
        for module in modules
    }


def rule(rule_id: str) -> RuleEntry:
    """The rule of this id. Raises UsageError with the nearest ids."""
    known = rules()
    if rule_id not in known:
        raise nearest(rule_id, known, "rule")
    return known[rule_id]


def _rule_modules(package: str) -> Iterator[ModuleType]:
    return (module for module in _modules(package) if hasattr(module, "check"))


def _rule(module: ModuleType) -> Rule:
    found: Rule = module.check
    return found


def _examples(module: ModuleType, name: str) -> tuple[Example, ...]:
    value = getattr(module, name)
    return (value,) if isinstance(value, Example) else tuple(value)


# Dialects


@cache
def dialects() -> dict[str, Dialect]:
    """The dialects that travel with the package, by name, in alphabetical order."""
    return {path.stem: read_dialect(path) for path in sorted((PACKAGE / "dialects").glob("*.toml"))}


def dialect(name: str) -> Dialect:
    """The dialect of this name, or of this TOML file. Raises UsageError with the nearest names, or InputError."""
    if name == STRICT.name:
        return STRICT
    if name.endswith(".toml"):
        return read_dialect(Path(name))
    known = dialects()
    if name not in known:
        titled = [one.name for one in known.values() if name.lower() in re.findall(r"[\w.]+", one.title.lower())]
        if titled:
            raise UsageError(f"There is no dialect {name!r}.", f"Did you mean {' or '.join(titled)}?")
        raise nearest(name, known, "dialect")
    return known[name]


def read_dialect(path: Path) -> Dialect:
    """A dialect from its file. Raises InputError with the place where it does not fit `schemas/dialect.json`."""
    data = read_toml(path, "dialect.json")
    return Dialect(
        name=path.stem,
        title=data["title"],
        protocols=tuple(data.get("protocols", ())),
        hosts=tuple(data.get("hosts", ())),
        endpoints=data.get("endpoints", {}),
        key_env=data.get("key_env"),
        headers=data.get("headers", {}),
        expectations=tuple(Expectation(**{"values": (), **_tuples(item)}) for item in data.get("expect", ())),
        deviations=tuple(Deviation(**_tuples(item)) for item in data.get("deviation", ())),
        models={protocol: tuple(names) for protocol, names in data.get("models", {}).items()},
        docs=data.get("docs"),
        promises=tuple(Promise(**_tuples(item)) for item in data.get("promise", ())),
        statements=tuple(data.get("statements", ())),
    )


def _tuples(item: dict[str, Any]) -> dict[str, Any]:
    """The members of a table, its lists as tuples; lists inside these stay lists, as the values of traits are."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in item.items()}


def read_toml(path: Path, schema: str) -> dict[str, Any]:
    """A TOML file that fits one of our own schemas. Raises InputError that names file, place and what was expected."""
    data = tomlfile.read(path)
    tomlfile.fitting(data, path, data_folder("schemas") / schema)
    return data


# Statements


@dataclass(frozen=True, slots=True)
class Statement:
    """One numbered, cited sentence of a specification (or of a gateway's page), and why nothing tests it, if so."""

    id: str
    level: str
    says: str
    source: str
    untested: str | None = None


@cache
def statements() -> dict[str, Statement]:
    """All numbered statements by id, in the order of their files."""
    found = {}
    for path in sorted(PACKAGE.glob("*/**/statements.toml")):
        for name, item in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found[name] = Statement(name, item["level"], item["says"], item["source"], item.get("untested"))
    return found


def trace() -> dict[str, list[str]]:
    """Statement id -> what tests it: `rule ID`, `trait NAME`, `dialect NAME: expects TRAIT`."""
    named: dict[str, list[str]] = {statement: [] for statement in statements()}
    for rule_id, entry in rules().items():
        for statement in entry.rule.statements:
            named.setdefault(statement, []).append(f"rule {rule_id}")
    for owner, found in [(name, found.traits) for name, found in protocols().items()]:
        for one in found:
            for statement in one.statements:
                label = f"trait {one.name}" if one in shared_traits() else f"trait {owner} {one.name}"
                if label not in named.setdefault(statement, []):
                    named[statement].append(label)
    for speaking in dialects().values():
        for statement, label in speaking.tested():
            if label not in named.setdefault(statement, []):
                named[statement].append(label)
    return named
