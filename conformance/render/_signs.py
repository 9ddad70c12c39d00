"""Verdicts and levels as a sign beside a word: what a page shows is never told by colour alone.

Law: one table. The signs of the levels are the shapes of the timeline; none of them is drawn as an emoji.
"""

from __future__ import annotations

from ..core.finding import Finding, Verdict

SIGNS = {
    "error": "▼",
    "warning": "◆",
    "note": "■",
    Verdict.FAIL.value: "✕",
    Verdict.PASS.value: "✓",
    Verdict.WAIVED.value: "≈",
    Verdict.KNOWN.value: "≡",
    Verdict.NEW.value: "+",
    Verdict.INCONCLUSIVE.value: "?",
    Verdict.NOT_RECORDED.value: "○",
    Verdict.NOT_APPLICABLE.value: "–",
}
"""Word -> sign."""
MEANINGS = {
    Verdict.FAIL: "an error: a sentence that the specification says must hold is broken",
    Verdict.PASS: "every rule that applied was kept, but for warnings and notes",
    Verdict.WAIVED: "broken, and the provider documents it",
    Verdict.KNOWN: "broken, and listed in the baseline",
    Verdict.NEW: "of a rule that is newer than the ruleset: not counted",
    Verdict.INCONCLUSIVE: "the answer does not show what it was asked to show: no pass, and no fault",
    Verdict.NOT_RECORDED: "the recording does not hold the evidence: we could not tell",
    Verdict.NOT_APPLICABLE: "the rule does not speak of such a stream, or no rule does",
}
"""Verdict -> what it means, for people."""


def word_of(finding: Finding) -> str:
    """The word under which a finding is shown: its level, or why it does not count."""
    return finding.excuse or finding.level.label


def sign(word: str) -> str:
    """The sign of a verdict or a level; empty for another word."""
    return SIGNS.get(word, "")
