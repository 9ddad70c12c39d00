"""A command that asks the same again: `curl -N ...`, from the recorded request, without a secret in it.

Law: pure. What carries a key is written as a shell variable; what curl or the connection sets by itself is left out.
"""

from __future__ import annotations

import re
from shlex import quote

from .dialect import Dialect
from .recording import Evidence, Recording, Request

MAX_BODY = 4096
"""Bytes of request body up to which it stands in the command; a longer one stays in its cassette."""
_KEPT = re.compile(r"(?i)(content-type|accept|.*-(version|beta|api|revision)|authorization|.*(key|token|secret).*)\Z")
_SECRET = re.compile(r"(?i)authorization|key|token|secret")
_SECRET_QUERY = re.compile(r"(?i)([?&](?:key|api[-_]?key|token|access_token|sig|code)=)[^&#]*")
_DEFAULT_VARIABLE = "API_KEY"


def reproduce(recording: Recording, dialect: Dialect) -> str | None:
    """One shell line, or None where the request is not recorded."""
    request = recording.request
    if not recording.has(Evidence.REQUEST) or "://" not in request.uri:
        return None
    variable = dialect.key_env or _DEFAULT_VARIABLE
    parts = ["curl -N", _url(request.uri, variable)]
    if request.method not in ("GET", "POST") or (request.method == "POST" and not request.body):
        parts.insert(1, f"-X {quote(request.method)}")
    parts += _headers(request, dialect, variable)
    if not request.body:
        return " ".join(parts)
    text = request.body.decode("utf-8", "replace") if len(request.body) <= MAX_BODY else "\0"
    if "\ufffd" not in text and "\0" not in text:
        return " ".join([*parts, f"-d {quote(text)}"])
    return " ".join(
        [*parts, "-d @request.json", f"# its body: interaction {recording.interaction} of {recording.source}"]
    )


def _url(uri: str, variable: str) -> str:
    bare, found = _SECRET_QUERY.subn(rf"\1${{{variable}}}", uri)
    return _expanding(bare, f"${{{variable}}}") if found else quote(uri)


def _headers(request: Request, dialect: Dialect, variable: str) -> list[str]:
    """The fields that matter, each as `-H ...`; recorded ones, and what the dialect says that a request needs."""
    fields = {name.lower(): (name, value) for name, value in request.headers if _KEPT.match(name)}
    for name, value in dialect.headers.items():
        fields.setdefault(name.lower(), (name, value))
    if dialect.key_env and not any(_SECRET.search(name) for name in fields) and not _SECRET_QUERY.search(request.uri):
        fields["authorization"] = ("Authorization", "")
    found = []
    for name, value in fields.values():
        if _SECRET.search(name):
            scheme = "Bearer " if name.lower() == "authorization" else ""
            found.append(f"-H {_expanding(f'{name}: {scheme}${variable}', f'${variable}')}")
        else:
            found.append(f"-H {quote(f'{name}: {value}')}")
    return found


def _expanding(text: str, variable: str) -> str:
    """`text` in double quotes, in which the shell puts the variable in and nothing else."""
    return f'"{variable.join(_escaped(part) for part in text.split(variable))}"'


def _escaped(text: str) -> str:
    return re.sub(r'([\\"$`])', r"\\\1", text)
