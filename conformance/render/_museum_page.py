"""The museum's page as Markdown: every known bug with the faults that play it, and every fault.

Law: made from `bugs.toml` and the files of `faults/`; nothing is said here that is not said there.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..core.fault import Bug, NamedFault
from ._markdown import table, trusted

_HEAD = """\
Each file of this folder is one fault: it turns any good recording into a known bug, and names the rule that must find
it. `conformance replay CASSETTE --fault NAME@EVENT` plays it to real clients; `conformance replay --faults` lists all
with their parameters. What a file may hold stands in `schemas/fault.json`, what its steps may be in
`core/fault_steps.py`."""


def markdown(bugs: Iterable[Bug], faults: Iterable[NamedFault]) -> str:
    """The page."""
    known = list(faults)
    rows = [(f"[{bug.number}]({bug.see})", trusted(bug.says), _played(bug, known)) for bug in bugs]
    shown = [(f"[{fault.name}]({fault.name}.toml)", trusted(fault.does), trusted(found_by(fault))) for fault in known]
    return "\n\n".join([
        "# The museum of faults", _HEAD,
        "## Known bugs", table(("bug", "what happened", "played by"), rows),
        "## Faults", table(("fault", "on the wire", "found by"), shown),
    ]) + "\n"  # fmt: skip


def _played(bug: Bug, faults: Iterable[NamedFault]) -> str:
    names = [fault.name for fault in faults if bug.number in fault.bugs]
    return ", ".join(f"[{name}]({name}.toml)" for name in names) or trusted(bug.unshown or "")


def found_by(fault: NamedFault) -> str:
    """The rules that must find a fault, and why it is legal where it is."""
    expected = [spot.expected for spot in fault.spots.values()]
    rules = dict.fromkeys(rule for one in expected for rule in one.found_by)
    legal = dict.fromkeys(one.legal for one in expected if one.legal)
    return "; ".join([*([", ".join(rules)] if rules else []), *(f"legal: {why}" for why in legal)])
