"""Laws of the timer, with every alarm that this system has: in order, never early, one failure is not that of all."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest

from conformance.edge.replay_timer import Alarm, LoopAlarm, Timer, TimerfdAlarm, alarm
from tests.edge.replaying import files

MakeAlarm = Callable[[asyncio.AbstractEventLoop, Callable[[], None]], Alarm]
ALARMS: list[MakeAlarm] = [LoopAlarm, *([TimerfdAlarm] if sys.platform == "linux" else [])]
both = pytest.mark.parametrize("make", ALARMS)


def ringing(make: MakeAlarm, script: Callable[[Timer, asyncio.AbstractEventLoop, list[Any]], None]) -> list[Any]:
    """What a timer called back, until `script` had its last word (None)."""

    async def run() -> list[Any]:
        loop, heard = asyncio.get_running_loop(), list[Any]()
        timer = Timer(loop, make)
        script(timer, loop, heard)
        ends = loop.time() + 10
        while None not in heard and loop.time() < ends:
            await asyncio.sleep(0.005)
        timer.close()
        return heard[: heard.index(None)]

    return asyncio.run(run())


@both
def test_moments_come_in_their_order_and_never_early(make: MakeAlarm) -> None:
    def script(timer: Timer, loop: asyncio.AbstractEventLoop, heard: list[Any]) -> None:
        now = loop.time()
        for wait in (0.03, 0.01, 0.02, 0.01, -5.0, 0.0):
            timer.at(now + wait, lambda at, wait=wait: heard.append((wait, at >= now + wait and at <= loop.time())))
        timer.at(now + 0.05, lambda at: heard.append(None))

    assert ringing(make, script) == [(wait, True) for wait in (-5.0, 0.0, 0.01, 0.01, 0.02, 0.03)]


@both
def test_who_asks_again_at_once_lets_others_have_their_turn(make: MakeAlarm) -> None:
    def script(timer: Timer, loop: asyncio.AbstractEventLoop, heard: list[Any]) -> None:
        def again(at: float) -> None:
            heard.append("greedy")
            if None not in heard:
                timer.at(0.0, again)

        timer.at(0.0, again)
        timer.at(loop.time() + 0.02, lambda at: heard.append(None))

    assert 1 < len(ringing(make, script)) < 10_000


@both
def test_the_failure_of_one_is_told_and_stops_nobody(make: MakeAlarm) -> None:
    told: list[Any] = []

    def script(timer: Timer, loop: asyncio.AbstractEventLoop, heard: list[Any]) -> None:
        loop.set_exception_handler(lambda loop, context: told.append(context["exception"]))
        now = loop.time()
        timer.at(now, lambda at: 1 / 0)  # type: ignore[arg-type,return-value]
        timer.at(now, lambda at: heard.append("other"))
        timer.at(now + 0.01, lambda at: heard.append(None))

    assert ringing(make, script) == ["other"]
    assert [type(error) for error in told] == [ZeroDivisionError]


@both
def test_a_closed_timer_is_silent_and_leaves_nothing_open(make: MakeAlarm) -> None:
    async def run() -> list[float]:
        loop, heard = asyncio.get_running_loop(), list[float]()
        before = files()
        timer = Timer(loop, make)
        timer.at(loop.time() + 0.01, heard.append)
        timer.close()
        timer.close()
        timer.at(0.0, heard.append)
        await asyncio.sleep(0.03)
        assert files() == before
        return heard

    assert asyncio.run(run()) == []


def test_the_most_punctual_alarm_is_taken_and_the_loops_own_where_it_cannot_be() -> None:
    async def run() -> tuple[type, type]:
        loop = asyncio.get_running_loop()
        first = alarm(loop, lambda: None)
        first.close()

        class Readerless(asyncio.SelectorEventLoop):
            def add_reader(self, *args: Any) -> Any:
                raise NotImplementedError

        other = Readerless()
        second = alarm(other, lambda: None)
        second.close()
        other.close()
        return type(first), type(second)

    assert asyncio.run(run()) == (ALARMS[-1], LoopAlarm)
