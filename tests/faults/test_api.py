"""faults.md, rows 9 to 14: what Coda answers, or does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from coda_git_mirror.errors import CodaError, TokenRefused
from coda_git_mirror.ui.objects.sync import sync_object
from tests.faults.trial import Trial, kept
from tests.support import files

DAY = 24 * 3600


def test_09_a_server_that_fails_three_times_in_ten_is_read_to_the_end(trial: Trial) -> None:
    for method in ("GET", "POST"):
        for seed, status in enumerate((500, 502, 503, 504)):
            trial.coda.on(method, r".").rate(0.085, status, seed)
    assert trial.sync().problems == ()
    trial.heads.append(trial.head)
    trial.check()


def test_09_a_doc_that_fails_for_ever_keeps_its_files_and_the_others_are_fresh(trial: Trial) -> None:
    trial.coda.on("GET", f"^/docs/{trial.plans.id}/").fail(500)
    trial.coda.on("POST", f"^/docs/{trial.plans.id}/").fail(500)
    after = trial.partial()
    kept(trial, after, *(path for path in trial.before if path.startswith("docs/plans/")))
    assert b"Rain." in after["docs/travel/pages/bergen.md"]
    trial.check()


def test_10_whatever_retry_after_says_the_wait_is_bounded(trial: Trial) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=5), usegmt=True)
    said: dict[str, str | None] = {
        r"^/docs$": None, r"/pages$": "3", r"/tables$": soon, r"/columns$": "0", r"/rows$": "-5",
        r"/formulas$": "99999999", r"/controls$": "soon", r"/acl/": "",
    }  # fmt: skip
    for pattern, text in said.items():
        trial.coda.on("GET", pattern).fail(429, times=2, headers={} if text is None else {"Retry-After": text})
    begun = trial.clock.now()
    assert trial.sync().problems == ()
    assert 0 < trial.clock.now() - begun < 3600
    trial.heads.append(trial.head)
    trial.check()


def test_10_refusals_for_ever_come_to_a_clear_end(trial: Trial) -> None:
    for pattern in (r"^/docs$", r"^/docs|^/exports", r"."):
        trial.coda.off()
        trial.coda.on("GET", pattern).fail(429)
        begun, asked = trial.clock.now(), len(trial.coda.requests)
        assert "rate limit" in str(trial.refused(CodaError))
        assert trial.clock.now() - begun < DAY
        assert len(trial.coda.requests) - asked < 2_000
    trial.check()


def test_10_one_request_that_is_refused_for_ever_is_a_problem_of_its_item(trial: Trial) -> None:
    """Whatever else is still to be asked: as long as Coda answers anything, the others go on."""
    trial.coda.on("GET", r"/rows$").fail(429)
    begun = trial.clock.now()
    after = trial.partial()
    assert trial.clock.now() - begun < 3600
    problems = json.loads(after["backup_manifest.json"])["problems"]
    assert {problem["item"] for problem in problems} == {"Tasks", "Costs", "By task"}
    assert all("rate limit" in problem["reason"] for problem in problems)
    assert b"Rain." in after["docs/travel/pages/bergen.md"]
    trial.check()


def test_10_limits_that_fall_in_the_middle_only_take_longer(trial: Trial) -> None:
    trial.coda.on("GET", r".").rate(0.5, 429).after = 10
    trial.coda.on("POST", r".").rate(0.5, 429).after = 2
    begun = trial.clock.now()
    trial.synced()
    assert 0 < trial.clock.now() - begun < 2 * 3600
    trial.check()


def test_11_answers_that_are_spoilt_for_a_moment_are_asked_for_again(trial: Trial) -> None:
    coda = trial.coda
    coda.on("GET", r"^/docs$").cut(20, "length", times=2)
    coda.on("GET", r"/pages$").cut(20, "close", times=2)
    coda.on("GET", r"/tables$").cut(20, "gzip-chunks", times=2)
    coda.on("GET", r"/columns$").cut(20, "gzip-close", times=2)
    coda.on("GET", r"/rows$").lie_length(50, times=2)
    coda.on("GET", r"/tables/[^/]+$").garbage(b"<html>Hello</html>", times=2, content_type="text/html")
    coda.on("GET", r"/formulas$").garbage(b'{"items": [', times=2)
    coda.on("GET", r"/controls$").answer(200, {"items": {"a": 1}}, times=2)
    coda.on("GET", r"/export/").garbage(b"null", times=2)
    coda.on("GET", r"^/exports/").cut(5, "length", times=2)
    coda.on("POST", r"/export$").drop(times=2)
    assert trial.sync().problems == ()
    trial.heads.append(trial.head)
    trial.check()


def test_11_page_tokens_that_become_invalid_midway_begin_the_listing_anew(trial: Trial) -> None:
    for pattern in (r"/pages$", r"/tables$", r"/columns$", r"/rows$"):
        trial.coda.on("GET", pattern).call(trial.coda.invalidate_page_tokens, after=1)
    assert trial.sync().problems == ()
    trial.heads.append(trial.head)
    trial.check()


SPOILT: dict[str, Callable[[Any], Any]] = {
    r"^/docs/{plans}/pages$": lambda page: {**page, "nextPageToken": "again"},
    r"^/docs/{travel}/pages$": lambda _: {"items": [], "nextPageToken": "again"},
    r"^/docs/{recipes}/tables$": lambda page: {**page, "items": [{"name": "no id"}]},
}
SPOILT_TABLES: dict[str, Callable[[Any], Any]] = {
    r"/tables/{tasks}/rows$": lambda page: {key: value for key, value in page.items() if key != "items"},
    r"/tables/{costs}/rows$": lambda page: {**page, "nextPageToken": 7},
    r"/tables/{view}/columns$": lambda page: {**page, "items": "none"},
}


@pytest.mark.parametrize("spoilt", [SPOILT, SPOILT_TABLES], ids=["docs", "tables"])
def test_11_listings_that_stay_spoilt_are_problems_and_never_deletions(
    trial: Trial, spoilt: dict[str, Callable[[Any], Any]]
) -> None:
    trial.plans.page("Review").rename("Weekly review")
    ids = {doc.name.lower(): doc.id for doc in trial.world.docs}
    ids |= {grid.name.lower(): grid.id for grid in trial.plans.tables} | {"view": trial.plans.views[0].id}
    for pattern, spoil in spoilt.items():
        trial.coda.on("GET", pattern.format(**ids)).mutate(spoil)
    after = trial.partial()
    assert json.loads(after["backup_manifest.json"])["totals"]["problems"] == 3
    assert trial.before.keys() <= after.keys()
    kept(trial, after, *(path for path in trial.before if "/tables/" in path or "/views/" in path))
    trial.check()


def test_12_a_listing_that_fails_at_its_third_page_deletes_nothing(trial: Trial) -> None:
    trial.plans.page("Review").rename("Weekly review")
    for listing in ("pages", "tables", "columns", "rows"):
        trial.coda.off()
        trial.coda.on("GET", f"^/docs/{trial.plans.id}/(.*/)?{listing}$").fail(500, after=2)
        assert trial.before.keys() <= trial.partial().keys(), listing
    trial.check()


def test_12_a_listing_of_docs_that_fails_at_its_third_page_ends_the_run(trial: Trial) -> None:
    trial.coda.on("GET", r"^/docs$").fail(500, after=2)
    trial.refused(CodaError)
    trial.check()


def test_13_a_direct_look_decides_for_each_item_that_a_listing_leaves_out(trial: Trial) -> None:
    trial.world.doc("Travel").delete()
    trial.plans.page("Ideas").delete()
    trial.plans.table("Costs").delete()
    for pattern in (r"^/docs$", r"/pages$", r"/tables$"):
        trial.coda.on("GET", pattern).mutate(lambda page: {"items": page["items"]})
    assert trial.sync().problems == ()
    gone = {path for path in trial.before if path.startswith("docs/travel/") or "/ideas." in path or "/costs." in path}
    after = files(trial.folder)
    renamed = {path for path in trial.before if "/weekly-review." in path}
    assert trial.before.keys() - after.keys() == gone | renamed
    trial.heads.append(trial.head)
    trial.check()


def test_13_an_account_that_lists_nothing_is_never_believed(trial: Trial) -> None:
    trial.coda.on("GET", r"^/docs$").mutate(lambda _: {"items": []})
    trial.coda.on("GET", r"^/docs/[^/]+$").fail(404)
    every: list[dict[str, Any]] = [{}, {"allow_mass_delete": True}, {"all_accessible": True}]
    for options in every:
        assert "lists no docs" in str(trial.refused(**options))
    trial.check()


def test_14_a_doc_that_may_no_longer_be_read_is_kept_and_told(trial: Trial) -> None:
    trial.world.doc("Travel").accessible = False
    after = trial.partial()
    kept(trial, after, *(path for path in trial.before if path.startswith("docs/travel/")))
    trial.world.doc("Travel").accessible = True
    trial.check()


def test_14_docs_that_are_gone_go(trial: Trial) -> None:
    for name, status in (("Travel", 404), ("Recipes", 410)):
        doc = trial.world.doc(name)
        doc.delete()
        trial.coda.on("GET", f"^/docs/{doc.id}$").fail(status)
    assert sync_object(trial.synced())["docs"]["removed"] == 2
    assert [path.name for path in (trial.folder / "docs").iterdir()] == ["plans"]
    trial.check()


def test_14_a_token_that_dies_midway_stops_the_run_at_once(trial: Trial) -> None:
    def die() -> None:
        trial.coda.on("POST", r".").fail(401)
        trial.coda.on("GET", r"^/(whoami|docs)").fail(401)

    for method, pattern in (("GET", r"/pages$"), ("POST", r"/export$")):
        trial.coda.off()
        trial.coda.on(method, pattern).call(die)
        begun = trial.clock.now()
        trial.refused(TokenRefused)
        assert trial.clock.now() - begun < 60
    trial.check()
