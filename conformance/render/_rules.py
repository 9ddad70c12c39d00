"""The rule behind a finding: its sentence, its place, the clients that break.

Law: a rule's id is its place (`core.rule`), so that its page is found from the id alone; an id that leads nowhere (a
report from another version) is None, never an error.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from ..core.rule import Rule


@cache
def rule_of(rule_id: str) -> Rule | None:
    """The rule of this id, or None."""
    room, _, name = rule_id.replace("-", "_").partition("/")
    for place in (f"protocols.{room}.rules.{name}", f"rules.{room}.{name}"):
        try:
            found = getattr(import_module(f"conformance.{place}"), "check", None)
        except ModuleNotFoundError:
            continue
        if isinstance(found, Rule):
            return found
    return None
