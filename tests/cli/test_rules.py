"""`conformance rules`: every rule, its page, and what tests each statement."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter

import pytest
from click.testing import CliRunner, Result

from conformance import catalogue
from conformance.cli import group
from conformance.render._text import width


def rules(*arguments: str, **more: object) -> Result:
    return CliRunner().invoke(group, ["rules", *arguments], **more)  # type: ignore[arg-type]


def test_the_list_names_every_rule_once_with_level_and_title() -> None:
    text = rules().output
    for rule_id, entry in catalogue.rules().items():
        name = rule_id.partition("/")[2]
        assert re.search(rf"^  {entry.rule.level.label} +{re.escape(name)}  ", text, re.MULTILINE), rule_id
    assert f"{len(catalogue.rules())} rules: " in text


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_the_list_fits_the_terminal(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    longest = max(len(entry.rule.name) for entry in catalogue.rules().values())
    assert max(width(line) for line in rules().output.split("\n")) <= max(int(columns), longest + 14)


def test_a_page_tells_all_there_is_to_a_rule() -> None:
    entry = catalogue.rule("openai-chat/id-changes")
    text = rules("openai-chat/id-changes").output
    for words in (
        "openai-chat/id-changes  error",
        "The `id` is not the same in all chunks.",
        entry.rule.cite[0].url,
        entry.rule.breaks[0].client,
        entry.rule.breaks[0].url,
        "statements  C02",
        "\ngood\n",
        "\nbad\n",
        "▲ openai-chat/id-changes: 2 different ids in one stream",
    ):
        assert words in text, words
    assert entry.rule.cite[0].quote in " ".join(text.split())


@pytest.mark.parametrize("rule_id", sorted(catalogue.rules()))
def test_every_page_shows_what_its_bad_stream_breaks(rule_id: str) -> None:
    text = rules(rule_id).output
    assert text.startswith(rule_id)
    assert f"▲ {rule_id}: " in text.partition("\nbad\n")[2]
    assert "▲" not in text.partition("\ngood\n")[2].partition("\nbad\n")[0]


def test_the_last_part_of_an_id_and_patterns_will_do() -> None:
    names = Counter(entry.rule.name for entry in catalogue.rules().values())
    alone = next(rule_id for rule_id in catalogue.rules() if names[rule_id.partition("/")[2]] == 1)
    assert rules(alone.partition("/")[2]).output == rules(alone).output
    wanted = [rule_id for rule_id in catalogue.rules() if rule_id.startswith("openai-chat/c")]
    assert f"{len(wanted)} rule" in rules("openai-chat/c*").output


def test_a_last_part_that_several_rules_share_lists_them() -> None:
    name, count = Counter(entry.rule.name for entry in catalogue.rules().values()).most_common(1)[0]
    assert count == 1 or f"{count} rules: " in rules(name).output


def test_an_unknown_rule_is_answered_with_the_nearest() -> None:
    result = rules("openai-chat/id-chnages")
    assert result.exit_code == 2
    assert "Did you mean openai-chat/id-changes" in result.stderr


def test_a_protocol_shows_its_own_rules_and_the_shared_ones() -> None:
    listed = {one["id"] for one in json.loads(rules("--protocol", "openai-chat", "--json").stdout)}
    assert listed == {rule.id for rule in catalogue.rules_of("openai-chat")}
    assert rules("--protocol", "nothing").exit_code == 2


def test_json_holds_the_citations() -> None:
    (one,) = json.loads(rules("openai-chat/id-changes", "--json").stdout)
    assert one["cite"][0]["quote"]
    assert one["page"].startswith("The `id` is not the same in all chunks.")


def test_the_trace_names_every_statement_and_adds_up() -> None:
    text = rules("--trace").output
    said = catalogue.statements()
    assert all(re.search(rf"^{name} ", text, re.MULTILINE) for name in said)
    data = json.loads(rules("--trace", "--json").stdout)
    assert [one["id"] for one in data] == list(said)
    tested = sum(bool(one["tested_by"]) for one in data)
    assert not data or f"{len(data)} statements: {tested} tested" in text


def test_the_command_runs_as_a_process() -> None:
    asked = [sys.executable, "-m", "conformance", "rules", "openai-chat/id-changes"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False, encoding="utf-8")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("openai-chat/id-changes")
