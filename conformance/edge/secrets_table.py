"""What secrets look like: the providers' keys, and what stands behind a name that says so. A table, and its sources.

Law: a kind has a literal that every secret of it holds, so that a fast search finds where to look; no pattern crosses a
line, or the place between two members of JSON. Where prose could match, what is found must look drawn by lot (`drawn`).
A key without a shape of its own (Mistral, Cohere, Together's and Azure's old ones, AWS secrets) is known by the name
before it alone.

Sources: `betterleaks` and `gitleaks` are the rules of these scanners (github.com/betterleaks/betterleaks and
github.com/gitleaks/gitleaks, cmd/generate/config/rules); `msft` is github.com/microsoft/security-utilities; A and D are
statements of the gateways' pages; `common` is a shape that many public scanners share and no owner documents.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 8192
"""No token is longer; what is longer is data."""


class Kind(NamedTuple):
    """One kind of secret."""

    name: str
    literal: bytes
    pattern: re.Pattern[bytes]
    """Matched at `back` bytes before the literal; the secret is its group 1, if it has one."""
    drawn: bool
    source: str
    back: int = 0
    fold: bool = False
    """The literal is lower case, and stands for any case."""
    token: bool = False
    """All of it is one token, of letters, digits and `_-.~+/=`."""


_TOKEN = rb"[A-Za-z0-9_-]"
_ALNUM = rb"[A-Za-z0-9]"
_SEGMENT = rb"[A-Za-z0-9_-]{8,%d}" % LONGEST
_END = rb"(?![A-Za-z0-9])"
# A secret begins behind a character that is no part of a token, or behind a JSON escape (`\nsk-...`).
EDGE = rb"(?:(?<![A-Za-z0-9_-])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))"

# kind, the literal it begins with, what follows, whether that must look drawn, source
_PREFIXED: tuple[tuple[str, bytes, bytes, bool, str], ...] = (
    ("anthropic", b"sk-ant-", _TOKEN + rb"{16,}", True, "gitleaks anthropic.go"),
    ("openrouter", b"sk-or-", _TOKEN + rb"{16,}", True, "betterleaks openrouter.go"),
    ("openai", b"sk-", rb"(?!ant-|or-)" + _TOKEN + rb"{16,}", True, "betterleaks openai.go, deepseek.go; LiteLLM too"),
    ("stripe", b"sk_live_", _ALNUM + rb"{16,}", False, "gitleaks stripe.go"),
    ("groq", b"gsk_", _ALNUM + rb"{20,}", False, "betterleaks groq.go: 52"),
    ("xai", b"xai-", _TOKEN + rb"{24,}", True, "betterleaks xai.go: 70 to 120"),
    ("google", b"AIza", _TOKEN + rb"{30,}", False, "betterleaks gcp.go: 35"),
    ("google", b"AQ.", _TOKEN + rb"{30,}", True, "betterleaks gcp.go: AQ.Ab8RN6 and 44"),
    ("google-oauth", b"ya29.", _TOKEN + rb"{16,}(?:\." + _TOKEN + rb"{8,})?", False, "common"),
    ("google-oauth", b"GOCSPX-", _TOKEN + rb"{24,}", False, "betterleaks gcp.go"),
    ("huggingface", b"hf_", _ALNUM + rb"{30,40}" + _END, False, "betterleaks huggingface.go: 34 letters"),
    ("huggingface", b"api_org_", _ALNUM + rb"{30,40}" + _END, False, "betterleaks huggingface.go"),
    ("replicate", b"r8_", _ALNUM + rb"{24,}", False, "betterleaks replicate.go: 37"),
    ("perplexity", b"pplx-", _ALNUM + rb"{24,}", False, "betterleaks perplexity.go: 48"),
    ("nvidia", b"nvapi-", _TOKEN + rb"{24,}", False, "betterleaks nvidia.go: 60 to 70"),
    ("cerebras", b"csk-", _ALNUM + rb"{24,}", False, "betterleaks cerebras.go: 48"),
    ("together", b"tgp_v1_", _TOKEN + rb"{24,}", False, "common: 43"),
    ("fireworks", b"fw_", _ALNUM + rb"{20,}", True, "common: 24"),
    ("fireworks", b"fpk_", _ALNUM + rb"{20,}", True, "common"),
    ("vercel", b"vck_", _TOKEN + rb"{20,}", True, "betterleaks vercel.go: 56"),
    ("databricks", b"dapi", rb"[0-9a-f]{32}(?:-[0-9])?" + _END, False, "betterleaks databricks.go"),
    ("langsmith", b"lsv2_", _TOKEN + rb"{20,}", True, "betterleaks langsmith.go"),
    ("arouter", b"lr_live_", _TOKEN + rb"{12,}", False, "D09"),
    ("anyrouter", b"ar-", _ALNUM + rb"{24,}", True, "A14"),
    ("bedrock", b"ABSK", rb"[A-Za-z0-9+/]{100,}={0,2}", False, "betterleaks aws.go: 109 to 269"),
    ("bedrock", b"bedrock-api-key-", rb"[A-Za-z0-9+/=_-]{24,}", False, "betterleaks aws.go"),
    ("aws", b"AKIA", rb"(?!.{9}EXAMPLE)[A-Z0-9]{16}" + _END, False, "betterleaks aws.go"),
    ("aws", b"ASIA", rb"(?!.{9}EXAMPLE)[A-Z0-9]{16}" + _END, True, "betterleaks aws.go"),
    ("github", b"ghp_", _ALNUM + rb"{30,}", False, "gitleaks github.go"),
    ("github", b"gho_", _ALNUM + rb"{30,}", False, "gitleaks github.go"),
    ("github", b"ghu_", _ALNUM + rb"{30,}", False, "gitleaks github.go"),
    ("github", b"ghs_", _ALNUM + rb"{30,}", False, "gitleaks github.go"),
    ("github", b"ghr_", _ALNUM + rb"{30,}", False, "gitleaks github.go"),
    ("github", b"github_pat_", rb"[A-Za-z0-9_]{30,}", False, "gitleaks github.go"),
    ("gitlab", b"glpat-", _TOKEN + rb"{20,}", True, "gitleaks gitlab.go"),
    ("slack", b"xox", rb"[abeprs]-[A-Za-z0-9-]{16,}", True, "gitleaks slack.go"),
    ("jwt", b"eyJ", _SEGMENT + rb"\." + _SEGMENT + rb"\." + _SEGMENT, False, "gitleaks jwt.go; RFC 7519, 3"),
    ("bearer", b"Bearer ", rb" {0,3}[A-Za-z0-9_.~+/-]{15,}[A-Za-z0-9_~+/-]=*", True, "RFC 6750, 2.1"),
    ("bearer", b"bearer ", rb" {0,3}[A-Za-z0-9_.~+/-]{15,}[A-Za-z0-9_~+/-]=*", True, "RFC 6750, 2.1"),
    ("basic", b"Basic ", rb" {0,3}[A-Za-z0-9+/]{15,}[A-Za-z0-9+/]={0,2}", True, "RFC 7617, 2"),
    (
        "private-key",
        b"-----BEGIN ",
        rb"(?:[A-Z]{2,9} ){0,2}PRIVATE KEY-----[A-Za-z0-9+/=\\]{40,}(?:-----END (?:[A-Z]{2,9} ){0,2}PRIVATE KEY-----)?",
        False,
        "gitleaks private-key; RFC 7468",
    ),
)
# kind, the literal, bytes before it, pattern, whether it must look drawn, source
_INNER: tuple[tuple[str, bytes, int, bytes, bool, str], ...] = (
    ("azure", b"JQQJ9", 52, EDGE + _ALNUM + rb"{52}JQQJ9[9DH]" + _ALNUM + rb"{26,30}={0,2}", False, "msft"),
    ("azure-ad", b"Q~", 4, rb"(?<![\w~.-])[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~-])", False, "betterleaks azure.go"),
    ("url-password", b"://", 0, rb"://[^\s\"'<>\\/?#@:]{1,64}:([^\s\"'<>\\/?#@]{6,128})@", True, "RFC 3986, 3.2.1"),
)
_IS = rb"[\"'\\]{0,3} ?[:=] ?[\"'\\]{0,3}"
_VALUE = rb"((?:[A-Za-z0-9_.+/~-]|%[0-9A-F]{2}){16,512}+={0,2})"


def _behind(*names: bytes) -> bytes:
    return rb"(?:" + rb"|".join(rb"(?<=" + name + rb")" for name in names) + rb")"


# kind, the name's last word, what stands before it, what stands between it and the value
_NAMED: tuple[tuple[str, bytes, bytes, bytes], ...] = (
    (
        "named-key",
        b"key",
        _behind(
            rb"api", rb"(?:api|key|aws)[_-]", rb"access", rb"access[_-]", rb"secret[_-]", rb"account", rb"account[_-]",
            rb"subscription[_-]", rb"auth[_-]", rb"private[_-]", rb"signing[_-]", rb"master[_-]", rb"[?&]",
        ),
        _IS,
    ),
    (
        "named-token",
        b"token",
        _behind(
            rb"access", rb"access[_-]", rb"refresh", rb"refresh[_-]", rb"auth", rb"auth[_-]", rb"api[_-]",
            rb"session[_-]", rb"security[_-]", rb"bearer[_-]", rb"[?&]",
        ),
        _IS,
    ),
    (
        "named-secret",
        b"secret",
        _behind(rb"client", rb"client[_-]", rb"app[_-]", rb"api[_-]", rb"webhook[_-]", rb"[?&]"),
        _IS,
    ),
    ("signed-url", b"signature", _behind(rb"[?&]", rb"[?&]x-amz-", rb"[?&]x-goog-"), rb"="),
    ("signed-url", b"sig=", _behind(rb"[?&]"), rb""),
    ("authorization", b"authorization", rb"", _IS),
    ("cookie", b"cookie", rb"(?<![a-z])(?:(?<=set-)|(?<!-))", _IS + rb"[\w.-]{1,64}="),
)  # fmt: skip


def _kinds() -> tuple[Kind, ...]:
    bounded = b",%d}" % LONGEST
    prefixed = [
        Kind(
            name,
            literal,
            re.compile(EDGE + re.escape(literal) + rest.replace(b",}", bounded)),
            drawn,
            source,
            token=b" " not in literal,
        )
        for name, literal, rest, drawn, source in _PREFIXED
    ]
    inner = [
        Kind(name, literal, re.compile(pattern), drawn, source, back, token=back > 0)
        for name, literal, back, pattern, drawn, source in _INNER
    ]
    named = [
        Kind(name, word, re.compile(before + word + between + _VALUE, re.IGNORECASE), True, "its name", fold=True)
        for name, word, before, between in _NAMED
    ]
    return (*prefixed, *inner, *named)


KINDS = _kinds()
PREFIXES = tuple(literal for _, literal, *_ in _PREFIXED)
"""What a secret may begin with."""
