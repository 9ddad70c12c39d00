"""conformance dialect: what is learned loads as a dialect, what is checked tells kept from broken from stale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance import catalogue
from conformance.cli import group
from tests.reports import GOOD, cassette

ROOT = Path(__file__).parents[2]
REPEATED_ROLE = GOOD.replace('"delta": {"content"', '"delta": {"role": "assistant", "content"')


def call(*arguments: object) -> Result:
    return CliRunner().invoke(group, ["dialect", *map(str, arguments)], terminal_width=100)


def dialect(path: Path, *more: str) -> Path:
    path.write_text("\n".join(['title = "Mine"', *more]) + "\n", encoding="utf-8")
    return path


WAIVES = '[[deviation]]\nrule = "openai-chat/role-repeated"\nbecause = "It does"\nsee = "1 of 1"\nobserved = true'
EXPECTS = '[[expect]]\ntrait = "role.style"\nvalues = ["first-only"]\nbecause = "It does"\nsee = "https://a.org"'
PROMISES = '[[promise]]\nrule = "openai-chat/finish-missing"\nbecause = "It does"\nsee = "https://a.org"'


def test_list_names_every_dialect_with_its_title() -> None:
    result = call("list")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines[:-2]] == list(catalogue.dialects())
    assert lines[-1] == f"{len(catalogue.dialects())} dialects."


def test_show_tells_what_a_dialect_declares() -> None:
    text = call("show", "openrouter").output
    for words in ("$OPENROUTER_API_KEY", "https://openrouter.ai/api/v1/messages", "OPENROUTER PROCESSING", "B16"):
        assert words in text
    assert "openai-chat/role-repeated" in text and "41 of 41 recorded streams" in text


@pytest.mark.parametrize("name", list(catalogue.dialects()))
def test_show_has_words_for_every_dialect(name: str) -> None:
    result = call("show", name)
    assert result.exit_code == 0 and result.output.startswith(f"{name}  ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("show", "opanai"), "Did you mean openai"), (("check", "mistrel", "x.yaml"), "Did you mean mistral")],
)
def test_an_unknown_name_is_answered_with_the_nearest(arguments: tuple[str, ...], says: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert says in result.output


# learn


def test_what_is_learned_is_a_dialect_that_the_same_streams_keep(tmp_path: Path) -> None:
    file, draft = cassette(tmp_path / "a.json", *[REPEATED_ROLE] * 3), tmp_path / "mine.toml"
    result = call("learn", file, "-o", draft, "--title", "My server")
    assert result.exit_code == 0, result.output
    assert "3 streams: " in result.output and f"conformance dialect check {draft}" in result.output
    learned = catalogue.read_dialect(draft)
    assert learned.title == "My server" and learned.protocols == ("openai-chat",)
    assert [item.rule for item in learned.deviations] == ["openai-chat/role-repeated"]
    assert ("role.style", ("every-delta",)) in [(item.trait, item.values) for item in learned.expectations]
    assert call("check", draft, file).exit_code == 0


def test_a_draft_goes_to_standard_output_alone(tmp_path: Path) -> None:
    result = call("learn", cassette(tmp_path / "a.json", *[GOOD] * 3, provider="somebody"))
    assert result.exit_code == 0
    assert result.stdout.startswith("# A draft by `conformance dialect learn`, from 3 streams.")
    assert 'title = "somebody"' in result.stdout and "3 streams: " not in result.stdout


def test_synthetic_streams_teach_nothing_where_there_are_others(tmp_path: Path) -> None:
    real, made = tmp_path / "a.json", tmp_path / "b.json"
    cassette(real, *[GOOD] * 3), cassette(made, *[REPEATED_ROLE] * 3, synthetic=True)
    assert "3 streams: " in call("learn", real, made).stderr
    assert "role-repeated" not in call("learn", real, made).stdout
    assert "role-repeated" in call("learn", made).stdout


def test_learning_from_nothing_is_no_draft(tmp_path: Path) -> None:
    result = call("learn", tmp_path / "no-such.yaml")
    assert result.exit_code == 3
    assert "There is no such file" in result.output and "hold no event stream to learn from" in result.output


# check


def test_a_deviation_that_no_longer_occurs_is_stale(tmp_path: Path) -> None:
    mine, file = dialect(tmp_path / "mine.toml", WAIVES), cassette(tmp_path / "a.json", *[GOOD] * 3)
    few = call("check", mine, file)
    assert (few.exit_code, "0 of 3, 10 needed" in few.output) == (0, True)
    stale = call("check", mine, file, "--least", 3)
    assert stale.exit_code == 1
    assert "stale        openai-chat/role-repeated  0 of 3" in stale.output


def test_a_deviation_that_occurs_is_not(tmp_path: Path) -> None:
    file = cassette(tmp_path / "a.json", GOOD, GOOD, REPEATED_ROLE)
    result = call("check", dialect(tmp_path / "mine.toml", WAIVES), file, "--least", 1)
    assert result.exit_code == 0
    assert "occurs       openai-chat/role-repeated  1 of 3" in result.output


def test_an_expectation_that_is_no_longer_met_is_told_with_what_was_seen(tmp_path: Path) -> None:
    file = cassette(tmp_path / "a.json", GOOD, REPEATED_ROLE)
    result = call("check", dialect(tmp_path / "mine.toml", EXPECTS), file)
    assert result.exit_code == 1
    assert "broken       role.style  1 of 2" in result.output
    assert "It does. Seen: every-delta in 1." in result.output


def test_a_promise_that_is_broken_is_told(tmp_path: Path) -> None:
    file = cassette(tmp_path / "a.json", GOOD.replace('"stop"', "null"))
    result = call("check", dialect(tmp_path / "mine.toml", PROMISES), file)
    assert result.exit_code == 1 and "broken       openai-chat/finish-missing  0 of 1" in result.output


def test_the_same_as_json(tmp_path: Path) -> None:
    result = call("check", dialect(tmp_path / "mine.toml", EXPECTS), cassette(tmp_path / "a.json", GOOD), "--json")
    (found,) = json.loads(result.stdout)
    assert (found["kind"], found["name"], found["state"], found["kept"]) == ("expects", "role.style", "kept", 1)


def test_without_evidence_there_is_no_verdict(tmp_path: Path) -> None:
    file = cassette(tmp_path / "a.json", GOOD)
    mine = dialect(tmp_path / "mine.toml", 'protocols = ["gemini-generate"]', EXPECTS)
    result = call("check", mine, file)
    assert result.exit_code == 3
    assert "1 of 1 streams speak none of its protocols" in result.output


def test_a_dialect_that_is_no_dialect_names_the_place(tmp_path: Path) -> None:
    mine = dialect(tmp_path / "mine.toml", '[[expect]]\ntrait = "x"')
    result = call("check", mine, cassette(tmp_path / "a.json", GOOD))
    assert result.exit_code == 3
    assert "mine.toml" in result.output and "expect/0" in result.output


@pytest.mark.parametrize("gateway", ["anyrouter", "openrouter", "arouter", "infron", "yuhuan"])
def test_every_gateway_keeps_its_dialect_in_the_streams_that_are_made_after_its_page(gateway: str) -> None:
    paths = sorted(ROOT.glob(f"cassettes/*/{gateway}"))
    result = call("check", gateway, *paths)
    assert result.exit_code == 0, result.output
    assert "broken" not in result.output and "no evidence" not in result.output
