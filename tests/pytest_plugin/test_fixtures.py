"""Laws of the fixtures: what they start ends with its scope, and what is recorded is what was sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pytest_plugin.conftest import Inner

pytest_plugins = ["pytester"]
Builtin = Callable[..., Path]


def test_a_server_plays_recordings_with_faults_until_the_test_has_ended(
    pytester: pytest.Pytester, inner: Inner, builtin: Builtin
) -> None:
    builtin("tools", "recorded/tools.yaml")
    pytester.makepyfile(
        """
        import httpx, pytest
        seen = []

        def test_plays(conformance_server, assert_conforms):
            server = conformance_server("recorded/tools.yaml", speed=0)
            assert server.base_url == server.url + "/v1"
            response = httpx.post(server.base_url + "/chat/completions", json={"stream": True})
            assert_conforms(response, protocol="openai-chat")
            (entry,) = server.log
            assert (entry["outcome"], entry["status"], entry["scenario"]) == ("played", 200, "tools")
            assert entry["bytes"] == len(response.content) and entry["writes"]
            seen.append(server.url)

        def test_is_gone():
            with pytest.raises(httpx.ConnectError):
                httpx.get(seen[0])

        def test_fault(conformance_server, assert_conforms):
            server = conformance_server("recorded", faults=["done-missing"], speed=0, cuts="byte")
            with pytest.raises(AssertionError, match="openai-chat/done-missing"):
                assert_conforms(httpx.post(server.base_url + "/chat/completions", json={"stream": True}))

        def test_several_and_by_name(conformance_server):
            first = conformance_server("recorded/tools.yaml", speed=0)
            second = conformance_server("builtin", speed=0)
            assert first.url != second.url
            answer = httpx.post(second.at("text") + "/v1/chat/completions", json={})
            assert answer.status_code == 200 and second.log[0]["scenario"] == "text"

        def test_usage(conformance_server):
            conformance_server("recorded/tools.yaml", faults="no-such-fault")

        def test_absent(conformance_server):
            conformance_server("recorded/tool.yaml")
        """
    )
    result = inner()
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["E *UsageError: There is no fault 'no-such-fault'.*"])
    result.stdout.fnmatch_lines(["E *InputError: recorded/tool.yaml: There is no such file.*"])


def test_a_session_has_one_server_for_equal_calls(pytester: pytest.Pytester, inner: Inner, builtin: Builtin) -> None:
    builtin("text", "text.yaml")
    pytester.makepyfile(
        """
        urls = []

        def test_one(conformance_session_server):
            urls.append(conformance_session_server("text.yaml", speed=0).url)

        def test_two(conformance_session_server):
            urls.append(conformance_session_server("text.yaml", speed=0).url)
            urls.append(conformance_session_server("text.yaml", speed=1).url)
            assert urls[0] == urls[1] != urls[2]
        """
    )
    inner().assert_outcomes(passed=2)


def test_what_the_code_under_test_asks_is_recorded_whole(
    pytester: pytest.Pytester, apart: Inner, builtin: Builtin
) -> None:
    builtin("text", "text.yaml")
    pytester.makepyfile(
        """
        import httpx
        from conformance import load

        def test_records(conformance_server, conformance_record, assert_conforms, tmp_path):
            server = conformance_server("text.yaml", speed=0)
            with conformance_record(server, tmp_path / "kept") as proxy:
                assert proxy.base_url == proxy.url + "/v1" and proxy.url != server.url
                for model in "ab":
                    headers = {"authorization": "Bearer sk-verysecretverysecret"}
                    asked = {"model": model, "stream": True}
                    httpx.post(proxy.base_url + "/chat/completions", json=asked, headers=headers)
            assert [one.request.json["model"] for one in proxy.recordings] == ["a", "b"]
            (played,) = load("text.yaml")
            assert {one.body for one in proxy.recordings} == {played.body}
            assert not any(one.missing for one in proxy.recordings)
            assert len(list((tmp_path / "kept").glob("*.yaml"))) == 2
            assert "verysecret" not in "".join(p.read_text() for p in (tmp_path / "kept").iterdir())
            assert_conforms(proxy.recordings, protocol="openai-chat")
        """
    )
    apart().assert_outcomes(passed=1)


def test_pytest_recording_goes_on_as_without_us(pytester: pytest.Pytester, inner: Inner, builtin: Builtin) -> None:
    pytest.importorskip("pytest_recording")
    recorded = builtin("text", "cassettes/test_vcr/test_replays.yaml")
    interactions = recorded.read_text(encoding="utf-8").partition("interactions:")[2]
    recorded.write_text(f"version: 1\ninteractions:{interactions}", encoding="utf-8")
    pytester.makepyfile(
        test_vcr="""
        import httpx, pytest
        from conformance import load
        (RECORDED,) = load("cassettes/test_vcr/test_replays.yaml")

        @pytest.mark.vcr
        @pytest.mark.block_network
        def test_replays(assert_conforms):
            response = httpx.post(RECORDED.request.uri, content=RECORDED.request.body)
            assert response.content == RECORDED.body
            assert_conforms(response, protocol="openai-chat")
        """
    )
    inner("--record-mode=none", "--conformance-cassettes").assert_outcomes(passed=1)


def test_an_idle_plugin_loads_nothing(apart: Inner, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing():
            heavy = {"httpx", "vcr", "yaml", "orjson", "jsonschema", "jsonschema_rs", "tabulate", "jinja2"}
            assert not heavy & set(sys.modules)
            ours = {name for name in sys.modules if name.split(".")[0] == "conformance"}
            assert ours == {"conformance", "conformance.pytest_plugin", "conformance.pytest_plugin.fixtures"}
        """
    )
    apart("-p", "no:recording", "-p", "no:xdist", "-p", "no:anyio").assert_outcomes(passed=1)


def test_the_fixtures_and_the_options_explain_themselves(inner: Inner) -> None:
    told = inner("--fixtures").stdout.str()
    for name in ("conformance_server", "conformance_session_server", "conformance_record", "assert_conforms"):
        assert name in told
        assert f"{name}: no docstring" not in told
    assert "--conformance-target=URL|NAME" in inner("--help").stdout.str()
