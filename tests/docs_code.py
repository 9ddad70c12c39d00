"""The code blocks of pages, and the sandbox in which they are run. For tests.

A page's blocks run in their order, in one folder with the `cassettes` of this checkout, as its reader would type them:

- `sh`: `conformance` in this process, everything else by bash; `... &` runs until the page ends. What pages start at
  `127.0.0.1:8000` runs already, without delays; other ports are free ones.
- `python`: executed; `# test_x.py` in the first line makes it that file.
- `toml`, `yaml`, `json`: parsed; `# NAME` in the first line makes it that file, held to the schema of what it is.
- `text` behind `<!-- output -->`: every line of it stands in what the block before printed, in this order. `...` stands
  for anything; durations, dates and the width of columns may differ.

Before a block may stand `<!-- not run: REASON -->` (its commands must still be right), `<!-- exit: 1 -->` (the codes of
its last commands), or `<!-- run as: COMMAND -->` (the end of its line; the set-up before it is not done again). A block
with `$!` is one script.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path

import click
from click.testing import CliRunner

from conformance.cli import group

_BLOCK = re.compile(r"^(?:<!-- (?P<marks>[^\n]*?) -->\n)?```(?P<language>\w*)\n(?P<code>.*?)^```$", re.M | re.S)
_MARK = re.compile(r"(not run|exit|output|run as)(?:: (.*))?")
_NAMED = re.compile(r"\A(?:#|//) ([\w./-]+\.\w+)\n")
_PORT = re.compile(r"(?:127\.0\.0\.1:|--port )(\d{4,5})")
_PLAIN = re.compile(r"conformance(?: |$)[^|<>;&$`]*$")
_VARIES = re.compile(r"(?<=127\.0\.0\.1:)\d+|\d{8}T\d{6}Z|\d{4}-\d\d-\d\d|\b[\d.,]+ m?s\b")
_CURL = """\
import httpx, pathlib, sys
_, _, url, _, data, _, path = sys.argv
pathlib.Path(path).write_bytes(httpx.post(url, content=data).content)
"""
"""For `curl -sN URL -d DATA -o FILE`."""
SERVED = "8000"
"""The port on which pages find a server."""


@dataclass(frozen=True)
class Block:
    """One code block. `mark` is what stands before it (`not run`), `why` what that says."""

    page: Path
    line: int
    language: str
    code: str
    mark: str = ""
    why: str = ""

    @property
    def file(self) -> str | None:
        """The file that it is, by its first line."""
        named = _NAMED.match(self.code)
        return named[1] if named else None

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"

    def commands(self) -> list[str]:
        """The lines of a shell block, continued ones joined, without comments; a script is one."""
        lines = (line.strip() for line in self.code.replace("\\\n", " ").split("\n"))
        found = [re.sub(r"\s+#.*", "", line) for line in lines if line and not line.startswith("#")]
        if self.mark == "run as":
            assert [line.endswith(f"/{self.why}") for line in found] == [True], f"{self.place} does not end so"
            return [self.why]
        return ["; ".join(found).replace("&;", "&")] if "$!" in self.code else found


def blocks(page: Path) -> list[Block]:
    """The code blocks of a page, in their order."""
    text, found = page.read_text(encoding="utf-8"), []
    for match in _BLOCK.finditer(text):
        mark = _MARK.fullmatch(match["marks"] or "")
        named = (mark[1], mark[2] or "") if mark else ("", "")
        found.append(Block(page, text.count("\n", 0, match.start()) + 1, match["language"], match["code"], *named))
    return found


@dataclass
class Sandbox:
    """A folder, and what runs in it. `port` is that of the server that pages find on port 8000."""

    folder: Path
    port: int
    printed: str = ""
    ports: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=dict)

    def close(self) -> None:
        """Ends what pages started."""
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(20)

    def here(self, code: str) -> str:
        """The code with the ports of this sandbox."""
        return _PORT.sub(lambda found: found[0].replace(found[1], self._port(found[1])), code)

    def _port(self, named: str) -> str:
        if named == SERVED:
            return str(self.port)
        if named not in self.ports:
            with socket.create_server(("127.0.0.1", 0)) as sock:
                self.ports[named] = str(sock.getsockname()[1])
        return self.ports[named]

    def write(self, name: str, code: str) -> Path:
        """A block as the file that it is."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.here(code), encoding="utf-8")
        return path

    def python(self, block: Block) -> None:
        """Runs a block of Python; what it prints is kept. Names stay for the next block of the page."""
        from contextlib import redirect_stdout
        from io import StringIO

        out = StringIO()
        with redirect_stdout(out):
            exec(compile(self.here(block.code), block.place, "exec"), self.names)
        self.printed = out.getvalue()

    def shell(self, block: Block) -> None:
        """Runs a block of shell. Raises AssertionError where a command ends with another code than it should."""
        self.printed = ""
        lines = block.commands()
        codes = [int(code) for code in block.why.split()] if block.mark == "exit" else []
        for line, expected in zip(lines, [*[0] * (len(lines) - len(codes)), *codes], strict=True):
            if line.endswith("&"):
                self._start(self.here(line[:-1].strip()))
                continue
            run = self._click if _PLAIN.fullmatch(line) else self._bash
            code, told = run(self.here(line))
            self.printed += told
            assert code == expected, f"{block.place}: {line}\nended with {code}, not {expected}\n{told}"

    def _click(self, line: str) -> tuple[int, str]:
        result = CliRunner().invoke(group, shlex.split(line)[1:], prog_name="conformance")
        return result.exit_code, result.output

    def _bash(self, line: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, timeout=120,
            env=self._environment(), check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def _start(self, line: str) -> None:
        if f"--port {self.port}" in line:
            return
        words = [sys.executable, "-m", *shlex.split(line)]
        port = words[words.index("--port") + 1]
        self.running.append(subprocess.Popen(words, env=self._environment(), stderr=subprocess.DEVNULL))
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", int(port)), 1):
                return
            time.sleep(0.05)
        raise AssertionError(f"{line}: nothing listens on {port}")

    def _environment(self) -> dict[str, str]:
        """`conformance`, `pytest` and `python` are those of this checkout; programs, so that `$!` is the id of one."""
        tools = self.folder.parent / f"{self.folder.name}-bin"
        if not tools.exists():
            tools.mkdir()
            for name, call in _programs().items():
                (tools / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
                (tools / name).chmod(0o755)
        path = os.pathsep.join([str(tools), os.environ["PATH"]])
        return {**os.environ, "PATH": path}


def _programs() -> dict[str, str]:
    """Name of a program -> what it runs. Not every machine has curl: then something else posts what it is given."""
    plugin = "" if entry_points(group="pytest11", name="conformance") else "-p conformance.pytest_plugin"
    ours = "-p no:cacheprovider -p no:hypothesispytest -W ignore::pytest.PytestAssertRewriteWarning"
    python = shlex.quote(sys.executable)
    curl = {} if shutil.which("curl") else {"curl": f"{python} -c {shlex.quote(_CURL)}"}
    return {
        "conformance": f"{python} -m conformance",
        "python": python,
        "pytest": f"{python} -m pytest {plugin} {ours}",
        **curl,
    }


def compared(shown: str, printed: str) -> Iterator[str]:
    """The lines of a shown output that were not printed, in order. `...` stands for anything, also for lines."""
    rest, at = _settled(printed), 0
    for line in _settled(shown):
        if line in ("", "..."):
            continue
        pattern = re.compile(".*".join(map(re.escape, line.split("..."))))
        found = next((number for number in range(at, len(rest)) if pattern.fullmatch(rest[number])), None)
        if found is None:
            yield line
        else:
            at = found + 1


def _settled(text: str) -> list[str]:
    """The lines of an output without what differs from time to time."""
    return [" ".join(_VARIES.sub("T", line).split()) for line in text.split("\n")]


def calls(line: str) -> Iterator[list[str]]:
    """The words of each call of `conformance` in a line of shell, behind its name."""
    for part in re.split(r"\|\||&&|[|;]|(?<!-)-- |(?<![&>])&(?=\s)", re.sub(r"(?:^|\s)#.*", "", line)):
        words = part.strip().removesuffix("&").strip()
        words = re.sub(r"^(?:[A-Z_]+=\S+ )+", "", words)
        if re.match(r"(?:\S*/)?conformance(?: |$)", words):
            yield shlex.split(words.split(">")[0])[1:]


def parsed(line: str) -> None:
    """Raises where a call of `conformance` in a line of shell names a command or an option that does not exist."""
    for name, *rest in filter(None, calls(line)):
        if name.startswith("-"):
            assert name in ("--help", "--version")
            continue
        command = group.get_command(click.Context(group), name)
        assert command is not None, f"there is no command {name}"
        with suppress(click.exceptions.Exit):  # --help
            command.make_context(name, rest)
