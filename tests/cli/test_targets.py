"""`conformance targets`: what has a name, whether its key is there, and whether it answers; nothing is sent unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.cli import group
from tests.edge.loopback import Peer, refused_url, serving

KEY = "sk-check-5Gq2LmZp0vBn4TyU"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def targets(*arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(group, ["targets", *arguments], **more)


def declare(url: str, more: str = "") -> None:
    Path("targets.toml").write_text(f'[targets.mine]\nurl = "{url}/v1"\nmodels = ["m-1"]\n{more}\n')


def row(result: Result, name: str) -> str:
    return " ".join(next(line for line in result.output.splitlines() if line.startswith(f"{name} ")).split())


def answering(*answers: tuple[bytes, bytes], seen: list[bytes]) -> Any:
    """Answers one request after the other."""

    def script(peer: Peer) -> None:
        status, body = answers[min(len(seen), len(answers) - 1)]
        seen.append(peer.request)
        head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (status, len(body))
        peer.send(head, body)

    return script


def test_all_that_have_a_name_are_listed_the_users_first_and_nothing_is_sent() -> None:
    seen: list[bytes] = []
    with serving(answering((b"200 OK", b"{}"), seen=seen)) as url:
        declare(url, 'key_env = "MINE_KEY"\nprotocols = ["openai-chat", "cohere-chat", "gemini-generate"]')
        result = targets(env={"MINE_KEY": KEY, "OPENAI_API_KEY": ""})
    assert result.exit_code == 0, result.output
    assert seen == []
    assert row(result, "mine") == "mine openai-chat, cohere-chat +1 m-1 MINE_KEY is set targets.toml"
    assert "OPENAI_API_KEY is missing" in row(result, "openai")
    assert row(result, "openai").endswith("dialect")
    assert result.output.index("mine") < result.output.index("anthropic")
    assert KEY not in result.output


def test_some_are_listed_by_name_and_an_unknown_name_is_answered_with_the_nearest() -> None:
    result = targets("openai", "groq")
    assert len(result.output.splitlines()) == 3
    result = targets("opneai")
    assert (result.exit_code, "Did you mean openai" in result.output) == (2, True)


def test_a_target_that_answers_is_told_with_its_models() -> None:
    seen: list[bytes] = []
    with serving(answering((b"200 OK", b'{"data": [{"id": "a"}, {"id": "b"}]}'), seen=seen)) as url:
        declare(url, 'key_env = "MINE_KEY"')
        result = targets("--check", "mine", env={"MINE_KEY": KEY})
    assert result.exit_code == 0, result.output
    assert result.output.startswith("answers  mine: 200 after ") and "2 models" in result.output
    assert seen[0].startswith(b"GET /v1/models HTTP/1.1\r\n")
    assert b"Bearer " + KEY.encode() in seen[0]
    assert len(seen) == 1


def test_a_target_without_a_list_of_models_is_asked_for_one_word() -> None:
    seen: list[bytes] = []
    with serving(answering((b"404 Not Found", b"{}"), (b"200 OK", b"{}"), seen=seen)) as url:
        declare(url)
        result = targets("--check")
    assert "mine: 200 after" in result.output and "one word of m-1" in result.output
    assert seen[1].startswith(b"POST /v1/chat/completions")


def test_a_refused_key_a_missing_key_and_a_target_that_is_not_there_end_with_3() -> None:
    with serving(answering((b"401 Unauthorized", b"{}"), seen=[])) as url:
        declare(url)
        result = targets("--check", "mine")
        assert (result.exit_code, "refuses  mine: 401 (is the key right?)" in result.output) == (3, True), result.output
        declare(url, 'key_env = "NO_SUCH_KEY_OF_MINE"')
        result = targets("--check", "mine", "builtin")
        assert result.exit_code == 3
        assert "failed  mine: " in result.output and "NO_SUCH_KEY_OF_MINE is not set" in result.output
        assert "answers  builtin: 200" in result.output, "the others are tested all the same"
    declare(refused_url())
    result = targets("--check")
    assert (result.exit_code, "nothing listens" in result.output) == (3, True)


def test_the_help_shows_a_file_that_fits() -> None:
    import re
    import tomllib

    from conformance.targets import declared

    text = targets("--help").output
    block = text[text.index("[targets.my-gateway]") : text.index("Exit code 3")]
    example = "\n".join(line.strip() for line in block.splitlines())
    assert tomllib.loads(example)
    Path("targets.toml").write_text(example)
    assert declared()["my-gateway"].limits.tokens == 50000
    assert re.search(r"targets.toml in the\s+working folder", text)
