"""The Markdown report: complete in itself, and not to be broken by what a peer sends."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from conformance.core.finding import Failure, Level, Stale, Verdict
from conformance.render._markdown import cell, code, fence, folded, table
from conformance.render.markdown import LISTED, PLACES, SIDE_BY_SIDE, render
from tests.reports import finding, report, run

ERROR = finding("openai-chat/id-changes", event=1, offset=2600, pointer="/id", at=104.5, message="two ids", count=3)
WAIVED = finding("demo/known", Level.WARNING, "known", waived="the provider says so")
CURL = "curl -N https://api.example.com -d '{}'"


def cells(line: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_report_says_what_is_broken_by_which_sentence_and_where() -> None:
    text = render(report(run("c/a.yaml", ERROR, reproduce=CURL)))
    assert "**1 stream: 1 fail. 1 error.**" in text
    assert "Checked by llm-stream-conformance 1.2.3, ruleset 2026.11." in text
    assert "### error: openai-chat/id-changes" in text
    assert "> A unique identifier for the chat completion. Each chunk has the same ID." in text
    assert "| stream | event | byte | ms | pointer | finding |" in text
    assert "| `c/a.yaml` | 1 | 2,600 | 104.5 | `/id` | two ids (3 times) |" in text
    assert f"```sh\n{CURL}\n```" in text


def test_columns_that_hold_nothing_are_left_out() -> None:
    assert "| stream | finding |" in render(report(run("a.yaml", finding())))


def test_a_waived_finding_stands_apart_with_its_reason() -> None:
    text = render(report(run("a.yaml", ERROR, WAIVED)))
    assert text.index("## Findings") < text.index("## Waived") < text.index("### warning: demo/known")
    assert "the provider says so" in text[text.index("## Waived") :]
    assert "demo/known" not in text[: text.index("## Waived")]


def test_what_could_not_be_judged_has_a_section_of_its_own() -> None:
    blind = run("x.yaml", verdict=Verdict.NOT_APPLICABLE, outcomes=run().outcomes[2:3])
    content = report(run(), blind, failures=[Failure("b", "b: is no YAML.")], stale=[Stale("groq", "demo/x", "why", 2)])
    text = render(content)
    section = text[text.index("## Not judged") :]
    assert "- `b`: b: is no YAML." in section
    assert "- 1 stream without verdict: no tool was called." in section
    assert "- 1 recording without reads and timing: the rules that need it were not judged." in section
    assert "- groq waives `demo/x`, but 2 runs kept it: why" in section


def test_a_clean_report_has_no_empty_section() -> None:
    text = render(report(run(outcomes=run().outcomes[:2])))
    assert re.findall(r"^##+ (.*)", text, re.M) == ["Streams"]


def test_traits_of_few_runs_stand_side_by_side_and_of_many_are_counted() -> None:
    few = [run(f"{n}.yaml", traits={"usage.placement": "own-chunk", "done": n == 0}) for n in range(2)]
    assert "| done | yes | no |" in render(report(*few))
    many = [run(f"{n}.yaml", traits={"done": n > 0}) for n in range(SIDE_BY_SIDE + 1)]
    assert f"| done | yes ({SIDE_BY_SIDE}), no (1) |" in render(report(*many))


def test_latency_is_shown_where_it_was_recorded_and_only_the_figures_that_exist() -> None:
    timed = run("a.yaml", latency={"ttfb": 12.5, "first_text": None, "total": 1204.0, "reads": 7})
    text = render(report(timed, run("b.yaml", latency={"total": None})))
    lines = text[text.index("## Latency") :].split("\n")
    assert [cells(line) for line in lines if line.startswith("| ")] == [
        ["stream", "first byte", "total", "reads"],
        ["`a.yaml`", "12.5", "1,204", "7.0"],
    ]


def test_long_lists_are_folded_and_counted() -> None:
    text = render(report(*(run(f"{n}.yaml") for n in range(LISTED + 1)), run("bad.yaml", ERROR)))
    assert f"<summary>{LISTED + 1} streams without a finding</summary>" in text
    text = render(report(*(run(f"{n}.yaml", ERROR) for n in range(PLACES + 5))))
    assert f"5 more places; {PLACES + 5} streams in all." in text


@given(st.text(), st.text(), st.text())
def test_no_text_of_a_peer_breaks_a_table_or_opens_a_tag(message: str, model: str, source: str) -> None:
    text = render(report(run(source, finding(message=message, event=1), model=model, reproduce=f"curl {message}")))
    for block in text.split("\n\n"):
        if block.startswith("|"):
            assert len({len(cells(line)) for line in block.split("\n")}) == 1
    outside = re.sub(r"(`+)[\s\S]*?\1", "", text)
    assert not re.findall(r"(?<!\\)<(?!/?details>|/?summary>|https://)", outside)


def test_code_holds_backticks_and_bars() -> None:
    assert code("a`b") == "``a`b``"
    assert code("`") == "`` ` ``"
    assert code("a|b") == "`a\\|b`"
    assert code("") == ""
    assert fence("```\nx", "sh") == "````sh\n```\nx\n````"
    assert cell("a|b*c_<d>\n") == r"a\|b\*c\_\<d\>\\n"
    assert folded("<x>", "y") == "<details>\n<summary>&lt;x&gt;</summary>\n\ny\n\n</details>"
    assert table(["a"], [["b"]]) == "| a |\n| --- |\n| b |"


def test_what_is_inconclusive_is_counted_with_the_reason() -> None:
    text = render(report(run(verdict=Verdict.INCONCLUSIVE, inconclusive="the model called no tool")))
    assert "- 1 stream inconclusive: the model called no tool." in text
