"""The report as a comment for a pull request."""

from __future__ import annotations

from dataclasses import replace

from conformance.core.baseline import BaselineCheck, Entry
from conformance.core.finding import Failure, Level, Verdict
from conformance.render.pr_comment import MARK, render
from tests.reports import finding, report, run

GITHUB = 65_536
"""Characters that a comment holds."""


def test_it_opens_with_its_mark_and_the_verdict() -> None:
    for content, words in (
        (report(run()), "✅ conforms"),
        (report(run("a", finding())), "❌ findings"),
        (report(run("a", verdict=Verdict.NOT_RECORDED)), "⚪ no verdict"),
        (replace(report(run("a", finding())), fail_on=None), "✅ conforms"),
    ):
        assert render(content).startswith(f"{MARK}\n### Stream conformance: {words}\n")


def test_each_rule_is_folded_with_its_sentence_and_places() -> None:
    text = render(report(run("c/a.yaml", finding("openai-chat/id-changes", event=1, offset=9)), run("c/b.yaml")))
    assert "| 🔴 | `openai-chat/id-changes` | 1 | The `id` is not the same in all chunks |" in text
    assert "<summary>🔴 error openai-chat/id-changes: 1 place</summary>" in text
    assert "> A unique identifier for the chat completion. Each chunk has the same ID." in text
    assert "| `a.yaml` | event 1 · byte 9 | what is wrong |" in text
    assert text.count("<details>") == text.count("</details>") == 1


def test_what_does_not_count_is_not_listed_and_what_is_untold_is() -> None:
    waived = finding(level=Level.WARNING, waived="documented")
    blind = run("b.yaml", verdict=Verdict.NOT_RECORDED)
    text = render(report(run("a.yaml", waived), blind, failures=[Failure("x", "x: is no YAML.")]))
    assert "demo/fault" not in text
    assert "<summary>⚪ 2 not judged</summary>" in text
    assert "x: is no YAML." in text


def test_a_stale_entry_is_named_with_the_next_step() -> None:
    entry = Entry("demo/fault", "groq", "tools", "a reason", "2026-11-01")
    text = render(replace(report(run()), baseline=BaselineCheck("b.toml", stale=(entry,))))
    assert "❌ findings" in text
    assert "**stale**" in text and "--update-baseline" in text


def test_it_fits_however_much_there_is() -> None:
    runs = [
        run(f"{'x' * 80}/{n}.yaml", *(finding(f"demo/fault-{k}", message="words " * 200) for k in range(60)))
        for n in range(30)
    ]
    text = render(report(*runs, failures=[Failure("f" * 200, "g" * 2000)] * 300))
    assert 20_000 < len(text) < GITHUB
    assert "did not fit" in text
    assert text.count("<details>") == text.count("</details>")


def test_nothing_a_peer_sent_is_markup() -> None:
    text = render(report(run("<b>.yaml", finding(message="</details> | `x` <script> \x1b"))))
    assert "<script>" not in text
    assert text.count("</details>") == 1
