"""The verdict matrix of the HTML report: scenario by protocol and target, or provider by rule family.

Law: counts, and the worst first; a cell that says "we could not tell" never looks like one that was kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core.finding import Family, Outcome, Run, Verdict
from ..core.identity import scenario_of
from ._page_run import family_of, provider, target
from ._signs import sign, word_of
from ._text import plural, safe

RANK = ("error", "warning", "note", "fail", "new", "known", "waived", "pass", "inconclusive", "not-recorded")
"""What a cell says: the first of these that any of its streams shows; else not-applicable."""
_FOUND = RANK[: RANK.index("pass")]
"""What a cell says where there are findings: the filter by family shows streams that have some."""
Cell = dict[tuple[str, str], list[tuple[int, str]]]
"""(row, column) -> (number of the run, word)."""


def matrix_part(runs: Sequence[Run]) -> dict[str, Any] | None:
    """The matrix as the template takes it; None where there is too little for one."""
    if len(runs) < 2:
        return None
    if all(map(scenario_of, runs)):
        return _by_scenario(runs)
    return _by_family(runs)


def _by_scenario(runs: Sequence[Run]) -> dict[str, Any]:
    """A row for every scenario, a column for every protocol of every target."""
    several = len(set(map(target, runs))) > 1
    cells: Cell = {}
    filters: dict[str, dict[str, str]] = {}
    for number, run in enumerate(runs, 1):
        protocol = run.protocol or "unknown"
        column = f"{target(run)} {protocol}" if several else protocol
        filters[column] = {"target": target(run), "protocol": protocol}
        worst = run.worst()
        failing = run.verdict is Verdict.FAIL and worst is not None
        word = worst.label if failing and worst is not None else _soft(run)
        cells.setdefault((safe(str(scenario_of(run))), column), []).append((number, word))
    rows = sorted({row for row, _ in cells})
    return _table("scenario", rows, sorted(filters), cells, lambda row, name: {"scenario": row, **filters[name]})


def _soft(run: Run) -> str:
    """The word of a run that has no verdict of fail: its worst finding, where it is a pass with remarks."""
    worst = run.worst()
    return worst.label if run.verdict is Verdict.PASS and worst is not None else run.verdict.value


def _by_family(runs: Sequence[Run]) -> dict[str, Any]:
    """A row for every provider, a column for every family of rules."""
    cells: Cell = {}
    for number, run in enumerate(runs, 1):
        words: dict[str, str] = {}
        for outcome in run.outcomes:
            family = family_of(outcome.rule, outcome.findings)
            if family is not None:
                words[family.value] = _worse(words.get(family.value), _word(run, outcome))
        for family_name, word in words.items():
            cells.setdefault((provider(run), family_name), []).append((number, word))
    amounts = Counter(provider(run) for run in runs)
    rows = sorted(amounts, key=lambda name: (-amounts[name], name))
    columns = [family.value for family in Family if any(family.value == name for _, name in cells)]
    made = _table("provider", rows, columns, cells, lambda row, column: {"provider": row, "family": column})
    return {**made, "amounts": {row: plural(amounts[row], "stream") for row in rows}}


def _word(run: Run, outcome: Outcome) -> str:
    if outcome.findings:
        return word_of(max(outcome.findings, key=lambda finding: (finding.excuse is None, finding.level)))
    kept = outcome.verdict is Verdict.PASS and run.inconclusive is not None
    return Verdict.INCONCLUSIVE.value if kept else outcome.verdict.value


def _worse(one: str | None, other: str) -> str:
    return other if one is None or _rank(other) < _rank(one) else one


def _rank(word: str) -> int:
    return RANK.index(word) if word in RANK else len(RANK)


def _table(
    what: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Cell,
    filters: Callable[[str, str], Mapping[str, str]],
) -> dict[str, Any]:
    return {
        "what": what,
        "columns": columns,
        "amounts": {},
        "rows": [(row, [_cell(cells.get((row, name), []), filters(row, name)) for name in columns]) for row in rows],
    }


def _cell(members: Sequence[tuple[int, str]], filters: Mapping[str, str]) -> dict[str, Any]:
    """What a cell says: the worst word, of how many streams, and where the first of these is."""
    if not members:
        return {"word": "", "sign": "", "said": "", "share": "", "href": "", "filters": {}}
    word = min((word for _, word in members), key=_rank)
    shown = [number for number, other in members if other == word]
    return {
        "word": word,
        "sign": sign(word),
        "said": f"{word}: {len(shown):,} of {plural(len(members), 'stream')}",
        "share": "" if len(members) == 1 else f"{len(shown):,}/{len(members):,}",
        "href": f"#run-{shown[0]}",
        "filters": {name: value for name, value in filters.items() if name != "family" or word in _FOUND}
        if len(members) > 1
        else {},
    }
