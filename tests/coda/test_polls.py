"""When an export is asked about: by what the run has learned, soon or sparingly."""

from __future__ import annotations

import random
from dataclasses import replace
from statistics import mean

from coda_git_mirror.coda.polls import PollTimes
from coda_git_mirror.coda.throttle import PUBLISHED
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.limits import Limits
from coda_git_mirror.demo.world import World
from coda_git_mirror.redact import Secret
from tests.conftest import Serve
from tests.support import VirtualClock, source_of


def _export(times: PollTimes, renders: float, congested: bool) -> tuple[int, float]:
    """How often it was asked, and how long after it was ready the answer came."""
    polls, elapsed, asked = times.polls(congested), 0.0, 0
    while elapsed < renders or not asked:
        elapsed += polls.wait()
        asked += 1
    polls.ready(elapsed)
    return asked, elapsed - renders


def _exports(times: PollTimes, congested: bool, least: float, most: float, count: int = 200) -> tuple[float, float]:
    """The same on average, after a while."""
    draw = random.Random(1)
    exports = [_export(times, draw.uniform(least, most), congested) for _ in range(count)][count // 4 :]
    return mean(asked for asked, _ in exports), mean(late for _, late in exports)


def test_where_turns_are_scarce_one_question_is_nearly_enough() -> None:
    for least, most in ((2.0, 6.0), (0.5, 1.5), (20.0, 30.0)):
        asked, late = _exports(PollTimes(), True, least, most, 600)
        assert asked < 1.25
        assert late < most


def test_where_nothing_is_scarce_the_answer_comes_soon() -> None:
    for least, most in ((2.0, 6.0), (0.0, 0.0), (20.0, 22.0)):
        asked, late = _exports(PollTimes(), False, least, most)
        assert late < 0.6 + 0.1 * most
        assert asked < 5


def test_what_was_learned_is_forgotten_when_it_is_no_longer_so() -> None:
    times = PollTimes()
    _exports(times, False, 10.0, 12.0)
    assert _exports(times, False, 0.5, 1.0)[1] < 1.0


def test_a_steady_render_is_not_asked_about_before_it_can_be_ready(serve: Serve, clock: VirtualClock) -> None:
    world = World()
    doc = world.add_doc("Doc", id="d")
    for number in range(40):
        doc.add_page(f"Page {number}", blocks=(Text("Words."),), id=f"p{number}")
    coda = serve(world, render_seconds=4.0)
    source = source_of(coda, clock)
    for number in range(40):
        source.export_page("d", f"p{number}", "markdown")
    asked = [
        sum(request.path.startswith(f"/docs/d/pages/p{number}/export/") for request in coda.requests)
        for number in range(40)
    ]
    assert mean(asked[10:]) < 3


def test_refusals_are_no_failures_and_cost_an_export_nothing_but_time(serve: Serve, clock: VirtualClock) -> None:
    world = World()
    doc = world.add_doc("Doc", id="d")
    for number in range(30):
        doc.add_page(f"Page {number}", id=f"p{number}", markdown="Words.")
    coda = serve(world, limits=replace(Limits(), export=(3, 10.0), read=(5, 6.0)), render_seconds=2.0)
    source = coda_source(coda.api_url, Secret(coda.token), clock, PUBLISHED)
    for number in range(30):
        assert source.export_page("d", f"p{number}", "markdown").strip() == "Words."
    assert coda.requests.count("POST", "/export$") >= 30
