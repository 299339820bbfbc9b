"""How the server does under load: fifty people at once, memory over thousands of questions, and how soon it is there.

    .venv/bin/python benchmarks/load.py [--quick]

The server is ``python -m qa serve --port 0``, not ``make chat``, which also makes the environment and opens a browser.
It runs over a copy of the seeds whose index was made before. No LLM answers: Ollama is sought where nothing listens.
Who asks runs on the same machine and takes a part of its processors. Measured:

- fifty people who ask at once, with the quoting engine, and the same questions one after the other. The two take turns
  at going first. ``ratio`` is the time for fifty at once over fifty times the median of one after the other;
  ``ratio_to_sum`` is that time over what the fifty took one after the other in the same round, slow ones included.
- the server's resident memory. No two questions are the same text there: a fact's question comes back with a number
  behind it, so that whatever is kept for each question shows.
- the time from the command to the line with the address, to the first page that a program gets, and to a page that can
  be used in Chromium, which is running already; then a second page, opened in a fresh profile. Each repeat starts two
  servers, one for the program and one for the browser, so that neither finds it warmed by the other.

Percentiles are of the questions that were answered with status 200; every other status and every exception counts as an
error. ``processors_busy_elsewhere`` tells how far the machine was not quiet while questions were asked. A complete run
is written to ``results/load.json``; it takes about seven minutes on two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from statistics import linear_regression, median, quantiles
from typing import Any

import httpx
import yaml

from machine import describe
from programs import Workplace

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results" / "load.json"
PEOPLE = 50
AT_ONCE = 4
TIME_OUT_SECONDS = 30
SETTLING_SECONDS = 4
QUESTION_BOX = "#question textarea"
FIRST_PAINT = "performance.getEntriesByType('paint').find((one) => one.name === 'first-contentful-paint')?.startTime"
PACKAGES = ["fastapi", "gradio", "httpx", "playwright", "uvicorn"]


@dataclass(frozen=True, slots=True)
class Reply:
    """How long a question took, in seconds, and what was wrong: nothing, a status, or an exception's name."""

    seconds: float
    fault: str


class Place:
    """A folder with the seeds and their index, in which servers are started one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "seeds", folder / "seeds")
        Workplace(folder, ROOT).qa("index")

    def serving(self) -> AbstractContextManager[Any]:
        """A running server with ``url``, ``process`` and ``complaints``; entered when it has said its address."""
        from fixtures_web import serving  # the tests' own; it keeps PYTHONDONTWRITEBYTECODE from the server

        return serving(self.folder, environment={"OLLAMA_HOST": "127.0.0.1:9"})


# -- questions


def client_of(url: str) -> httpx.AsyncClient:
    """People who ask, each with a connection of their own; the time-out is for the whole answer, see ``ask``."""
    return httpx.AsyncClient(base_url=url, timeout=None, trust_env=False, limits=httpx.Limits(), verify=False)


async def ask(client: httpx.AsyncClient, question: str) -> Reply:
    """Ask one question, and wait for all of the answer."""
    start = time.perf_counter()
    try:
        async with asyncio.timeout(TIME_OUT_SECONDS):
            response = await client.post("/api/ask", json={"question": question, "engine": "quote"})
        fault = "" if response.status_code == httpx.codes.OK else f"status {response.status_code}"
    except Exception as error:  # noqa: BLE001 - whatever it is, there was no answer
        fault = type(error).__name__
    return Reply(time.perf_counter() - start, fault)


async def measure_people(url: str, questions: Sequence[str], rounds: int) -> dict[str, Any]:
    """Fifty at once and one after the other, the same questions in the same round."""
    supply = itertools.cycle(questions)
    together, alone = [], []
    rounds_together, rounds_alone = [], []
    async with client_of(url) as client:
        await ask(client, questions[0])  # which waits until the index is open
        for number in range(rounds):
            asked = list(itertools.islice(supply, PEOPLE))
            for at_once in (number % 2 == 1, number % 2 == 0):
                start = time.perf_counter()
                if at_once:
                    together += await asyncio.gather(*(ask(client, question) for question in asked))
                    rounds_together.append(time.perf_counter() - start)
                else:
                    alone += [await ask(client, question) for question in asked]
                    rounds_alone.append(time.perf_counter() - start)
            print(f"round {number + 1}: {rounds_together[-1]:.2f} s, {rounds_alone[-1]:.2f} s", file=sys.stderr)
    baseline = summary(alone)["p50_ms"]
    pairs = zip(rounds_together, rounds_alone, strict=True)
    return {
        "people": PEOPLE,
        "rounds": rounds,
        "at_once": summary(together),
        "one_after_the_other": summary(alone),
        "round_at_once_s": spread(rounds_together),
        "round_one_after_the_other_s": spread(rounds_alone),
        "ratio": round(median(rounds_together) * 1000 / (PEOPLE * baseline), 3) if baseline else None,
        "ratio_to_sum": round(median(one / other for one, other in pairs), 3),
    }


def summary(replies: Sequence[Reply]) -> dict[str, Any]:
    """Percentiles in milliseconds of the answered ones, and what was wrong with the others."""
    answered = sorted(reply.seconds * 1000 for reply in replies if not reply.fault)
    faults = Counter(reply.fault for reply in replies if reply.fault)
    enough = len(answered) > 1
    return {
        "questions": len(replies),
        "errors": sum(faults.values()),
        "faults": dict(faults),
        "p50_ms": round(median(answered), 1) if answered else None,
        "p95_ms": round(quantiles(answered, n=20, method="inclusive")[-1], 1) if enough else None,
        "worst_ms": round(answered[-1], 1) if answered else None,
    }


# -- memory


async def measure_memory(url: str, process: int, questions: Sequence[str], count: int) -> dict[str, Any]:
    """Ask ``count`` questions, four at once, and look at the server's memory ten times, when it is idle."""
    every, settled = count // 10, count // 4
    supply = all_different(questions)
    replies: list[Reply] = []

    async def one_person(asked: Iterator[str]) -> None:
        for question in asked:
            replies.append(await ask(client, question))  # noqa: PERF401 - others append meanwhile

    async with client_of(url) as client:
        series = [{"questions": 0, **await settled_memory(process)}]
        while len(replies) < count:
            asked = iter(list(itertools.islice(supply, every)))
            await asyncio.gather(*(one_person(asked) for _ in range(AT_ONCE)))
            series.append({"questions": len(replies), **resident(process)})
            print(f"after {len(replies)} questions: {series[-1]['resident_kb']} kB", file=sys.stderr)
    late = [one for one in series if one["questions"] >= settled]
    slope = linear_regression([one["questions"] for one in late], [one["resident_kb"] for one in late]).slope
    return {
        "at_once": AT_ONCE,
        **summary(replies),
        "series": series,
        "slope_from_question": settled,
        "slope_kb_per_100_questions": round(slope * 100, 1),
    }


async def settled_memory(process: int) -> dict[str, int]:
    """Memory after the start, when the server has opened the index for itself, which it does unasked."""
    before = {"resident_kb": 0}
    while (now := resident(process))["resident_kb"] - before["resident_kb"] > 1024:
        before = now
        await asyncio.sleep(SETTLING_SECONDS)
    return now


def all_different(questions: Sequence[str]) -> Iterator[str]:
    """The questions, and then again and again with a number behind them."""
    yield from questions
    for lap in itertools.count(2):
        for question in questions:
            yield f"{question} ({lap})"


def resident(process: int) -> dict[str, int]:
    """Resident memory of a process now and at its highest, in kB (of 1024 bytes, as the kernel has it)."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {"resident_kb": int(fields["VmRSS"].split()[0]), "highest_kb": int(fields["VmHWM"].split()[0])}


def used_elsewhere(process: int) -> float:
    """Seconds of processor time that neither the server nor this process used, since the machine was started."""
    ticks = os.sysconf("SC_CLK_TCK")
    user, nice, system, _, _, *interrupts = map(int, Path("/proc/stat").read_text("utf-8").split("\n")[0].split()[1:9])
    server = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    served = int(server[11]) + int(server[12])
    return (user + nice + system + sum(interrupts) - served) / ticks - time.process_time()


# -- starting


def measure_start(place: Place, repeats: int) -> dict[str, Any]:
    """From the command to its line, and to the first page that a program gets."""
    lines, pages = [], []
    with httpx.Client(timeout=TIME_OUT_SECONDS, trust_env=False, verify=False) as client:
        for _ in range(repeats):
            start = time.perf_counter()
            with place.serving() as server:
                lines.append(time.perf_counter() - start)
                wait_for_page(client, server.url)
                pages.append(time.perf_counter() - start)
    return {"line_s": spread(lines), "first_page_s": spread(pages)}


def wait_for_page(client: httpx.Client, url: str) -> None:
    """Ask for the page until it comes.

    Raises:
        SystemExit: it does not.
    """
    for _ in range(1000):
        if client.get(f"{url}/").status_code == httpx.codes.OK:
            return
        time.sleep(0.01)
    sys.exit("the benchmark stopped, because the page never came with status 200")


def measure_page(place: Place, repeats: int) -> dict[str, Any] | None:
    """The same until the page can be used in Chromium, and how soon a page of a fresh profile is; None without one."""
    from fixtures_browser import CHROMIUM

    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if not CHROMIUM:
        return None
    usable: list[float] = []
    first_paints: list[float] = []
    fresh: list[tuple[float, float]] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _ in range(repeats):
            start = time.perf_counter()
            with place.serving() as server:
                before = time.perf_counter() - start
                seconds, painted = open_page(browser, server.url)
                usable.append(before + seconds)
                first_paints.append(painted)
                fresh.append(open_page(browser, server.url))
        version = browser.version
        browser.close()
    return {
        "chromium": version,
        "usable_s": spread(usable),
        "first_visit_first_paint_ms": spread(first_paints),
        "first_paint_ms": spread([painted for _, painted in fresh]),
        "opened_to_usable_s": spread([seconds for seconds, _ in fresh]),
    }


def open_page(browser: Any, url: str) -> tuple[float, float]:  # noqa: ANN401
    """Open the page in a fresh profile: seconds until the question's box is seen, milliseconds to the first paint."""
    start = time.perf_counter()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/", wait_until="commit")
    page.wait_for_selector(QUESTION_BOX, state="visible")
    seconds = time.perf_counter() - start
    painted = page.wait_for_function(FIRST_PAINT).json_value()
    context.close()
    return seconds, float(painted)


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Median, worst, and all of them."""
    return {
        "median": round(median(values), 3),
        "worst": round(max(values), 3),
        "all": [round(value, 3) for value in values],
    }


# -- the whole


def measure_asking(place: Place, asking: Callable[[str, int], Coroutine[Any, Any, dict[str, Any]]]) -> dict[str, Any]:
    """Run ``asking`` with a fresh server, and say what that complained of and how busy the machine was besides."""
    with place.serving() as server:
        process, start = server.process.pid, time.perf_counter()
        before = used_elsewhere(process)
        result = asyncio.run(asking(server.url, process))
        elsewhere = (used_elsewhere(process) - before) / (time.perf_counter() - start)
        return {**result, "complaints": server.complaints, "processors_busy_elsewhere": round(elsewhere, 2)}


def measure(place: Place, questions: Sequence[str], *, quick: bool) -> dict[str, Any]:
    """Everything, one after the other."""
    rounds, count = (2, 200) if quick else (20, 2000)
    people = measure_asking(place, lambda url, _: measure_people(url, questions, rounds))
    memory = measure_asking(place, lambda url, process: measure_memory(url, process, questions, count))
    repeats = 1 if quick else 5
    return {
        "people": people,
        "memory": memory,
        "start": measure_start(place, repeats),
        "page": measure_page(place, repeats),
    }


def to_markdown(result: dict[str, Any]) -> str:
    """The figures as tables."""
    people, memory, page = result["people"], result["memory"], result["page"] or {}
    lines = ["| asked | questions | errors | p50 | p95 | worst |", "|---|--:|--:|--:|--:|--:|"]
    asked = {f"{PEOPLE} at once": people["at_once"], "one after the other": people["one_after_the_other"]}
    for name, told in (asked | {f"{AT_ONCE} at once (memory)": memory}).items():
        times = " | ".join(f"{told[key]} ms" for key in ("p50_ms", "p95_ms", "worst_ms"))
        lines.append(f"| {name} | {told['questions']} | {told['errors']} {told['faults'] or ''} | {times} |")
    busy = ", ".join(str(part["processors_busy_elsewhere"]) for part in (people, memory))
    lines += [
        f"\nratio {people['ratio']}, ratio to the sum {people['ratio_to_sum']}; processors busy elsewhere: {busy}"
    ]
    lines += ["\n| after questions | resident MiB | highest MiB |", "|--:|--:|--:|"]
    for one in memory["series"]:
        lines.append(f"| {one['questions']} | {one['resident_kb'] / 1024:.1f} | {one['highest_kb'] / 1024:.1f} |")
    slope = f"{memory['slope_kb_per_100_questions']} kB per 100 questions"
    lines += [f"\nfrom question {memory['slope_from_question']} on: {slope}"]
    lines += ["\n| time until | median | worst |", "|---|--:|--:|"]
    rounds = {name: told for name, told in people.items() if name.startswith("round_")}
    for name, told in (rounds | result["start"] | page).items():
        if isinstance(told, dict):
            lines.append(f"| {name} | {told['median']} | {told['worst']} |")
    complaints = people["complaints"] + memory["complaints"]
    return "\n".join([*lines, *([f"\nthe server complained: {complaints}"] if complaints else [])])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="2 rounds, 200 questions, 1 repeat: too few to say anything; writes nothing",
    )
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    for name in [name for name in os.environ if name.startswith("QA_")]:
        del os.environ[name]  # settings of whoever runs this are not what is measured
    facts = yaml.safe_load((ROOT / "eval" / "facts.yaml").read_text(encoding="utf-8"))
    questions = list(dict.fromkeys(fact["question"] for fact in facts))
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="article-qa-load-") as folder:
        result = measure(Place(Path(folder)), questions, quick=options.quick)
    print(to_markdown(result))
    if options.quick:
        print("a quick run is not written anywhere", file=sys.stderr)
        return
    described = describe(ROOT)
    described["packages"] |= {name: metadata.version(name) for name in PACKAGES}
    described["load_average_before"] = round(busy, 2)
    report = {"machine": described, "command": "python -m qa serve --port 0", **result}
    RESULTS.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written to {os.path.relpath(RESULTS)}", file=sys.stderr)


if __name__ == "__main__":
    main()
