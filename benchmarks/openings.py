"""Clients' pages under load: many at once, one after another, held open, and five thousand."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

import httpx
import psutil

from benchmarks.homes import Home, serving
from benchmarks.report import percentile, say
from benchmarks.visitor import Times, Visitor

LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=0)
TIMEOUT = httpx.Timeout(120)


async def burst(url: str, tokens: Sequence[str], within: float) -> tuple[list[Times], float]:
    """Everybody clicks within so many seconds; how long each waited, and all of them together."""
    async with httpx.AsyncClient(limits=LIMITS, timeout=TIMEOUT) as http:
        started = time.perf_counter()

        async def open_one(n: int, token: str) -> Times:
            await asyncio.sleep(within * n / len(tokens))
            async with Visitor(f"{url}/e/{token}", http) as visitor:
                return visitor.times

        times = await asyncio.gather(*(open_one(n, token) for n, token in enumerate(tokens)))
        return list(times), time.perf_counter() - started


async def hold(url: str, tokens: Sequence[str], process: psutil.Process) -> tuple[float, float]:
    """Memory per page that stays open (MB), and processor share while nothing happens."""
    async with httpx.AsyncClient(limits=LIMITS, timeout=TIMEOUT) as http, AsyncExitStack() as open_:
        before = _memory(process)
        for token in tokens:
            await open_.enter_async_context(Visitor(f"{url}/e/{token}", http))
        after = _memory(process)
        process.cpu_percent()
        await asyncio.sleep(10)
        return (after - before) / len(tokens), process.cpu_percent()


def _memory(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def measure(home: Home) -> None:
    """100 clients within a second, openings per second, and what an open page costs."""
    tokens = home.tokens(100)
    with serving("client", home) as (url, process):
        asyncio.run(burst(url, tokens[:5], 0))  # the first ones of a process pay for its imports
        for run in (1, 2, 3):
            fresh = home.tokens(100, skip=100 * run)  # other clients: nobody's account is at hand
            times, seconds = asyncio.run(burst(url, fresh, 1.0))
            painted = [t.first_paint for t in times]
            live = [t.live for t in times]
            say(
                f"{home.name}: 100 clients within a second, run {run}: all complete; first paint "
                f"median {statistics.median(painted):.2f} p95 {percentile(painted, 95):.2f} s, "
                f"live median {statistics.median(live):.2f} p95 {percentile(live, 95):.2f} s, "
                f"{len(times) / seconds:.0f} openings a second"
            )
    with serving("client", home) as (url, process):
        asyncio.run(burst(url, tokens[:20], 0))
        each, share = asyncio.run(hold(url, home.tokens(200), process))
        say(f"{home.name}: 200 pages held open: {each:.2f} MB each, {share:.1f} % of a core")


def soak(home: Home, openings: int = 5000, at_once: int = 25) -> None:
    """Memory over many openings: it rises to a level and stays there."""
    with serving("client", home) as (url, process):
        tokens = home.tokens(200)
        samples = []
        done = 0
        started = time.perf_counter()
        while done < openings:
            for first in range(0, len(tokens), at_once):
                asyncio.run(burst(url, tokens[first : first + at_once], 0))
                done += at_once
            samples.append((done, _memory(process)))
            if done % 1000 == 0:
                say(f"{home.name}: after {done:,} openings {samples[-1][1]:.0f} MB")
        rate = done / (time.perf_counter() - started)
        half = [memory for count, memory in samples if count > openings / 2]
        slope = (half[-1] - half[0]) * 1024 / (openings / 2)
        say(
            f"{home.name}: {done:,} openings at {rate:.0f} a second; over the second half "
            f"{slope:+.1f} KB an opening"
        )
