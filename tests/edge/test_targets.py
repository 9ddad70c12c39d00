"""Laws of declared targets: where they are looked for, what they may hold, and what the environment stands in for."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

from conformance import catalogue
from conformance.edge.targets import Declared, Limits, config_folder, expand, how_to_set, places, variables
from conformance.errors import InputError, TargetError
from conformance.targets import declared, ready

SCHEMA = json.loads((catalogue.data_folder("schemas") / "targets.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "config"))


def write(path: Path, name: str, url: str, head: str = "targets") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f'[{head}.{name}]\nurl = "{url}"\n')


def test_the_schema_is_one_and_knows_what_the_classes_know() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    target = SCHEMA["$defs"]["target"]["properties"]
    assert set(target) == {field.name for field in fields(Declared)} - {"name", "source"}
    assert set(target["limits"]["properties"]) == {field.name for field in fields(Limits)}


def test_targets_are_looked_for_here_then_in_the_project_then_in_the_users_folder() -> None:
    assert list(places()) == []
    write(config_folder() / "targets.toml", "far", "http://far")
    write(config_folder() / "targets.toml", "both", "http://far")
    write(Path("pyproject.toml"), "project", "http://project", "tool.conformance.targets")
    write(Path("pyproject.toml"), "both", "http://project", "tool.conformance.targets")
    write(Path("targets.toml"), "near", "http://near")
    write(Path("targets.toml"), "both", "http://near")
    found = declared()
    assert {name: one.url for name, one in found.items()} == {
        "near": "http://near", "both": "http://near", "project": "http://project", "far": "http://far",
    }  # fmt: skip
    assert found["project"].source == "pyproject.toml"


def test_a_project_of_other_tools_declares_nothing() -> None:
    Path("pyproject.toml").write_text('[project]\nname = "x"\n[tool.ruff]\nline-length = 120\n')
    assert declared() == {}


def test_all_that_a_target_may_say_is_read() -> None:
    Path("targets.toml").write_text(
        """
[targets.mine]
url = "https://${HOST}/v1"
protocols = ["openai-chat", "anthropic-messages"]
models = ["a", "b"]
key_env = "MY_KEY"
dialect = "openrouter"
headers = { X-Team = "${TEAM}" }
skip = { reasoning = "its models do not think" }
version = "2.1"
limits = { timeout = 60, idle = 5.5, concurrency = 2, requests = 100, tokens = 50000, bytes = 1000 }
"""
    )
    assert declared()["mine"] == Declared(
        "mine", "targets.toml", "https://${HOST}/v1", ("openai-chat", "anthropic-messages"), ("a", "b"), "MY_KEY",
        {"X-Team": "${TEAM}"}, "openrouter", {"reasoning": "its models do not think"},
        Limits(60, 5.5, 2, 100, 50000, 1000), "2.1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[targets.a]\nurl = "http://x"\nkey_evn = "K"', "Did you mean key_env?"),
        ('[targets.a]\nurl = "http://x"\nlimits = { timeuot = 3 }', "(at targets/a/limits). Did you mean timeout?"),
        ('[target.a]\nurl = "http://x"', "Did you mean targets?"),
        ("[targets.a]\nmodels = ['m']", "(at targets/a)"),
        ('[targets.a]\nurl = "ftp://x"', "(at targets/a/url)"),
        ('[targets.a]\nurl = "http://x"\nlimits = { concurrency = 0 }', "(at targets/a/limits/concurrency)"),
        ('[targets.builtin]\nurl = "http://x"', "builtin"),
        ('[targets.a]\nurl = "http://x"\nheaders = { "a b" = "c" }', "(at targets/a/headers)"),
        ("[targets.a\n", "is not TOML"),
    ],
)
def test_what_does_not_fit_is_told_with_the_place_and_the_nearest_name(text: str, words: str) -> None:
    Path("targets.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        declared()
    assert words in str(caught.value)
    assert str(caught.value).startswith("targets.toml: ")


def test_a_place_in_a_project_is_named_whole() -> None:
    Path("pyproject.toml").write_text('[tool.conformance.targets.a]\nurl = "http://x"\nmodel = "m"')
    with pytest.raises(InputError, match=r"at tool/conformance/targets/a.*Did you mean models"):
        declared()


def test_variables_are_filled_from_the_environment_and_a_missing_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST_OF_MINE", "gateway.example")
    assert expand("https://${HOST_OF_MINE}/v1/${HOST_OF_MINE}$X", "t") == "https://gateway.example/v1/gateway.example$X"
    assert variables("${A}/${B_2}/$C") == ["A", "B_2"]
    monkeypatch.setenv("EMPTY_ONE_OF_MINE", " ")
    for name, hint in (("HOST_OF_MIEN", "Did you mean HOST_OF_MINE"), ("EMPTY_ONE_OF_MINE", "is not set")):
        with pytest.raises(TargetError, match=hint):
            expand(f"${{{name}}}", "t")
    assert how_to_set("QQQ_ZZZ_42") == "Set it: export QQQ_ZZZ_42=..."


def test_every_provider_with_an_endpoint_is_ready_and_its_protocols_can_be_asked() -> None:
    from conformance.suite import endpoints

    found = ready()
    assert {"openai", "anthropic", "openrouter", "anyrouter"} <= set(found)
    for one in found.values():
        assert one.protocols and set(one.protocols) <= set(endpoints()), one.name
