"""What faults are made of: the table of steps."""

from __future__ import annotations

from collections.abc import Callable

from . import fault_events, fault_members, fault_wire
from .recording import Recording

STEPS: dict[str, Callable[..., Recording]] = {
    "insert": fault_events.insert,
    "insert-everywhere": fault_events.insert_everywhere,
    "drop": fault_events.drop,
    "swap": fault_events.swap,
    "repeat": fault_events.repeat,
    "merge": fault_events.merge,
    "keep": fault_events.keep,
    "append": fault_events.append,
    "rename-event": fault_events.rename_event,
    "end-lines": fault_events.end_lines,
    "drop-lines": fault_events.drop_lines,
    "close-up": fault_events.close_up,
    "fold": fault_events.fold,
    "pad": fault_events.pad,
    "mark-bytes": fault_events.mark_bytes,
    "as-array": fault_events.as_array,
    "edit": fault_members.edit,
    "rename-member": fault_members.rename_member,
    "move-member": fault_members.move_member,
    "retext": fault_members.retext,
    "spoil": fault_members.spoil,
    "end": fault_wire.end,
    "hold": fault_wire.hold,
    "delay": fault_wire.delay,
    "heartbeats": fault_wire.heartbeats,
    "pace": fault_wire.pace,
    "burst": fault_wire.burst,
    "recut": fault_wire.recut,
    "head": fault_wire.head,
    "refuse": fault_wire.refuse,
    "encode": fault_wire.encode,
}
"""Name -> step: (recording, index of the event, parameters by name) -> recording; raises UnfitError."""
