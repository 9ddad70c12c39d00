"""The exceptions of the package. Each says whose fault it is, and ends with the next step.

    ConformanceError            base; a command that meets it ends with its `exit_code`
    ├── UsageError        2     the command or the call was wrong: unknown name, bad option value
    ├── InputError        3     a file cannot be read as what it claims to be
    ├── TargetError       3     an endpoint cannot be reached, or cannot be asked (no key)
    └── StorageError      3     what was recorded cannot be written

A peer that breaks the protocol never raises: that is a finding (see `core.finding`).
"""

from __future__ import annotations


class ConformanceError(Exception):
    """Something outside the judged stream went wrong.

    `what` names the place and the failure, `hint` the next step; both are whole sentences without a line break.
    """

    exit_code = 3

    def __init__(self, what: str, hint: str = "") -> None:
        self.what = what
        self.hint = hint
        super().__init__(f"{what} {hint}".strip())


class UsageError(ConformanceError):
    """The command or the call was wrong."""

    exit_code = 2


class InputError(ConformanceError):
    """A file or standard input cannot be read as what it claims to be. `path` names it."""

    def __init__(self, path: str, what: str, hint: str = "") -> None:
        self.path = path
        super().__init__(f"{path}: {what}", hint)


class TargetError(ConformanceError):
    """An endpoint cannot be reached or cannot be asked. `url` names it."""

    def __init__(self, url: str, what: str, hint: str = "") -> None:
        self.url = url
        super().__init__(f"{url}: {what}", hint)


class StorageError(ConformanceError):
    """What was recorded cannot be written. `path` names the file."""

    def __init__(self, path: str, what: str, hint: str = "") -> None:
        self.path = path
        super().__init__(f"{path}: {what}", hint)
