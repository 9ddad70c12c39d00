"""The report for a terminal, as text."""

from __future__ import annotations

import re

import pytest

from conformance.core.finding import Failure, Finding, Level, Run, Stale, Verdict
from conformance.protocols.openai_chat.rules import id_changes
from conformance.render._text import ansi, width
from conformance.render.table import FEW, MANY, labels, render, summary
from tests.reports import finding, report, run

ERROR = finding(event=1, offset=260, at=104.5, message="two ids: 'a', then 'b'", count=3)
WARNING = finding("demo/doubt", Level.WARNING, "a doubt")
WAIVED = finding("demo/known", Level.WARNING, "known", waived="the provider says so")
NO_VERDICT = run("x.yaml", verdict=Verdict.NOT_APPLICABLE, outcomes=run().outcomes[2:3])


def test_one_run_is_shown_in_full() -> None:
    assert render(report(run("a.yaml", ERROR, WARNING, WAIVED)), 80) == (
        "FAIL  a.yaml\n"
        "  openai-chat · strict · gpt-x · 12 events, 3.5 kB\n"
        "\n"
        "  error    demo/fault                              event 1 · byte 260 · 104.5 ms\n"
        "    two ids: 'a', then 'b' (3 times)\n"
        "\n"
        "  warning  demo/doubt\n"
        "    a doubt\n"
        "\n"
        "  waived   demo/known\n"
        "    known\n"
        "    waived: the provider says so\n"
        "\n"
        "  7 rules: 2 fail, 1 waived, 2 pass, 1 not applicable, 1 not recorded (reads,\n"
        "  timing)\n"
        "\n"
        "1 stream: 1 fail. 1 error, 1 warning, 1 waived.\n"
    )


def test_a_finding_of_a_known_rule_carries_its_sentence_and_who_breaks() -> None:
    text = render(report(run("a.yaml", finding("openai-chat/id-changes"))), 100)
    assert "“A unique identifier for the chat completion. Each chunk has the same ID.”" in text
    assert "https://platform.openai.com/docs/api-reference/chat-streaming" in text
    assert f"breaks {id_changes.check.breaks[0].client}" in text


def test_a_sentence_is_quoted_once_per_run() -> None:
    found = [finding("openai-chat/id-changes", message=f"place {number}") for number in range(3)]
    assert render(report(run("a.yaml", *found)), 100).count("Each chunk has the same ID") == 1


def test_the_bytes_come_from_the_caller() -> None:
    def excerpt(run: Run, finding: Finding, columns: int) -> list[str]:
        return [f"{run.source} {finding.offset} {columns}"]

    assert "    │ a.yaml 260 74\n" in render(report(run("a.yaml", ERROR)), 80, excerpt=excerpt)


def test_many_runs_are_a_table_and_what_is_broken_another() -> None:
    runs = [
        run("c/groq/a.yaml", ERROR),
        run("c/groq/b.yaml", WARNING),
        run("c/vllm/a.yaml"),
        run("c/vllm/b.yaml", ERROR),
    ]
    assert render(report(*runs), 100) == (
        "file         protocol     dialect  verdict  err  warn  note  events\n"
        "groq/a.yaml  openai-chat  strict   fail       1                  12\n"
        "groq/b.yaml  openai-chat  strict   waived           1            12\n"
        "vllm/a.yaml  openai-chat  strict   pass                          12\n"
        "vllm/b.yaml  openai-chat  strict   fail       1                  12\n"
        "\n"
        "level    rule        runs  places  first in\n"
        "error    demo/fault     2       6  groq/a.yaml\n"
        "warning  demo/doubt     1       1  groq/b.yaml\n"
        "\n"
        "4 streams: 1 pass, 2 fail and 1 waived. 2 errors, 1 warning.\n"
    )


def test_beyond_many_runs_only_those_with_errors_or_warnings_are_listed() -> None:
    runs = [run(f"f{number}.yaml") for number in range(MANY)] + [run("bad.yaml", ERROR), NO_VERDICT]
    text = render(report(*runs), 100)
    assert f"{MANY} more without errors or warnings (--all lists them)\n1 without verdict: no tool was called\n" in text
    assert "bad.yaml" in text
    assert "f7.yaml" not in text
    assert "f7.yaml" in render(report(*runs), 100, every=True)


@pytest.mark.parametrize("columns", [60, 80, 100, 160])
@pytest.mark.parametrize("count", [1, FEW + 1, MANY + 3])
def test_no_line_is_wider_than_the_terminal(columns: int, count: int) -> None:
    name = "recordings/of/some/provider/with/a/long/name/and-a-file-with-a-longer-one-{}.yaml"
    long = finding(message="what is wrong, in many words " * 8, event=1, offset=2)
    content = report(*(run(name.format(number), long, WAIVED) for number in range(count)))
    assert max(width(line) for line in render(content, columns, ansi).split("\n")) <= columns


def test_a_hostile_stream_does_not_reach_the_terminal() -> None:
    hostile = run("a\x1b]0;x\x07.yaml", finding(message="\x1b[2J\u202egone"), model="m\x1b[31m")
    for runs in ([hostile], [hostile, *(run(f"{n}.yaml") for n in range(FEW))]):
        text = render(report(*runs, failures=[Failure("f", "f\x1b[31m")]), 100)
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_colours_change_no_words() -> None:
    content = report(
        *(run(f"{n}.yaml", ERROR, WARNING, WAIVED) for n in range(5)), stale=[Stale("d", "demo/x", "why", 2)]
    )
    assert re.sub(r"\x1b\[[0-9;]*m", "", render(content, 100, ansi)) == render(content, 100)


def test_nothing_checked_says_so() -> None:
    assert render(report(), 80) == "Nothing was checked.\n"
    assert summary(report(failures=[Failure("a", "a: is no YAML.")])) == "Nothing was checked: 1 not judged."


def test_what_could_not_be_told_is_no_pass() -> None:
    assert summary(report(NO_VERDICT)) == "1 stream: 1 without verdict."
    assert "1 pass and 1 without verdict" in summary(report(run(), NO_VERDICT))
    assert "NOT-APPLICABLE  x.yaml" in render(report(NO_VERDICT), 80)


def test_unreadable_files_and_stale_deviations_are_named() -> None:
    text = render(
        report(run(), failures=[Failure("b", "b: is no YAML. Check it.")], stale=[Stale("groq", "demo/x", "why", 1)]),
        80,
    )
    assert "not judged  b\n            is no YAML. Check it.\n" in text
    assert "stale  dialect groq waives demo/x, but 1 run kept it: why\n" in text


def test_labels_leave_out_what_all_share_and_number_the_interactions() -> None:
    runs = [run("c/x/a.yaml"), run("c/x/a.yaml", interaction=1), run("c/y.yaml")]
    assert labels(runs) == ["x/a.yaml #0", "x/a.yaml #1", "y.yaml"]
    assert labels([run("c/x/a.yaml")]) == ["c/x/a.yaml"]
    assert labels([run("/c/a.yaml"), run("b.yaml")]) == ["/c/a.yaml", "b.yaml"]


def test_inconclusive_looks_like_no_pass_and_says_why() -> None:
    asked = run(verdict=Verdict.INCONCLUSIVE, inconclusive="the model called no tool")
    text = render(report(asked))
    assert text.startswith("INCONCLUSIVE  a.yaml")
    assert "  the model called no tool\n" in text
    assert text.endswith("1 stream: 1 inconclusive.\n")
    many = render(report(*(run(f"{number}.yaml") for number in range(4)), asked))
    assert "5 streams: 4 pass and 1 inconclusive. No findings." in many
