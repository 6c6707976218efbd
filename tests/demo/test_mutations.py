"""Writes that are accepted and done later, or never, or without effect."""

from __future__ import annotations

import http.client
import math
from collections.abc import Callable

import pytest

from coda_git_mirror.demo.limits import Limits
from coda_git_mirror.demo.mutations import MEASURED
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.tokens import Token
from coda_git_mirror.demo.world import Table
from tests.demo.client import Client, Clock, Reply
from tests.demo.conftest import Serve

DAY = 24 * 3600
LATEST = {"X-Coda-Doc-Version": "latest"}


def path_of(table: Table, row: int | None = None) -> str:
    rows = f"/docs/{table.doc.id}/tables/{table.id}/rows"
    return rows if row is None else f"{rows}/{table.rows[row].id}"


def name(client: Client, table: Table, text: str, row: int = 0) -> Reply:
    """Writes the name of a row."""
    cell = {"column": table.column("Name").id, "value": text}
    return client.put(path_of(table, row), {"row": {"cells": [cell]}})


def shown(client: Client, table: Table) -> list[str]:
    return [row["name"] for row in client.items(path_of(table))]


def test_a_write_is_done_at_once_unless_it_takes_its_time(serve: Serve, table: Table) -> None:
    client = serve()
    accepted = name(client, table, "new")
    assert accepted.status == 202
    assert accepted.json["requestId"].startswith("mutate:")
    assert table.rows[0].name == "new"
    assert client.mutation(accepted).json == {"completed": True}


def test_a_write_is_done_in_its_time(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve(mutation_seconds=20)
    accepted = name(client, table, "new")
    clock.now += 19
    assert (client.mutation(accepted).json, shown(client, table)[0]) == ({"completed": False}, "row 0")
    clock.now += 1
    assert (client.mutation(accepted).json, shown(client, table)[0]) == ({"completed": True}, "new")


@pytest.mark.parametrize("seconds", [(10, 40), {"update": (10, 40)}, MEASURED])
def test_the_times_of_writes_are_spread_and_always_the_same(table: Table, serve: Serve, seconds: object) -> None:
    def times() -> list[float]:
        clock = Clock()
        client = serve(clock=clock, mutation_seconds=seconds)
        pending = [name(client, table, str(row), row) for row in range(7)]
        done: list[float] = []
        while pending:
            clock.now += 1
            left = [accepted for accepted in pending if not client.mutation(accepted).json["completed"]]
            done += [clock.now] * (len(pending) - len(left))
            pending = left
        return done

    first = times()
    assert first == times()
    assert 1010 <= min(first) < max(first) <= 1041


def test_other_kinds_take_their_own_time(serve: Serve, table: Table) -> None:
    client = serve(mutation_seconds={"delete": 10})
    assert client.mutation(name(client, table, "new")).json == {"completed": True}
    assert client.mutation(client.delete(path_of(table, 0))).json == {"completed": False}


def test_what_is_done_is_read_when_the_snapshot_is_taken(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve(mutation_seconds=20, snapshot_lag=30)
    accepted = name(client, table, "new")
    clock.now += 49
    assert (client.mutation(accepted).json, shown(client, table)[0]) == ({"completed": True}, "row 0")
    clock.now += 1
    assert shown(client, table)[0] == "new"


def test_a_fresh_read_waits_for_writes_and_snapshot(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve(mutation_seconds=20, snapshot_lag=30)
    client.headers |= LATEST
    assert client.get(path_of(table)).status == 200
    name(client, table, "new")
    for _ in range(5):
        refused = client.get(path_of(table))
        assert (refused.status, refused.json["message"]) == (400, "Doc is not yet up to date.")
        clock.now += 10
    assert client.get(path_of(table)).json["items"][0]["name"] == "new"


def test_a_fresh_read_does_not_wait_for_another_doc(serve: Serve, table: Table) -> None:
    client, other = serve(mutation_seconds=20), table.doc.world.add_doc("Other")
    name(client, table, "new")
    client.headers |= LATEST
    assert client.get(f"/docs/{other.id}/pages").status == 200


def test_no_other_version_than_the_latest_is_ever_up_to_date(serve: Serve, table: Table) -> None:
    client = serve()
    client.headers["X-Coda-Doc-Version"] = "17"
    assert client.get(path_of(table)).json["message"] == "Doc is not yet up to date."


def test_an_edit_of_somebody_comes_after_what_was_due_before(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve(mutation_seconds=20)
    name(client, table, "mine")
    clock.now += 30
    table.rows[0].set("Name", "theirs")
    assert shown(client, table)[0] == "theirs"


def test_writes_can_overtake_each_other(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve()
    client.coda.on("PUT", "/rows/").delay(40, times=1)
    client.coda.on("PUT", "/rows/").delay(10)
    first, second = (name(client, table, text) for text in ("first", "second"))
    clock.now += 10
    assert [client.mutation(it).json["completed"] for it in (first, second)] == [False, True]
    assert shown(client, table)[0] == "second"
    clock.now += 30
    assert shown(client, table)[0] == "first"


def test_a_lost_write_completes_and_changes_nothing(serve: Serve, table: Table) -> None:
    client = serve()
    client.coda.on("PUT", "/rows/").lose(times=1)
    assert client.mutation(name(client, table, "lost")).json == {"completed": True}
    assert shown(client, table)[0] == "row 0"
    name(client, table, "kept")
    assert shown(client, table)[0] == "kept"


def test_a_batch_can_be_done_in_part(serve: Serve, table: Table) -> None:
    client = serve()
    client.coda.on("POST", "/rows$").keep(1, times=1)
    client.coda.on("DELETE", "/rows$").keep(2)
    added = client.post(path_of(table), {"rows": [{"cells": []}] * 3})
    assert client.mutation(added).json == {"completed": True}
    assert [row.id for row in table.rows[7:]] == added.json["addedRowIds"][:1]
    client.delete(path_of(table), {"rowIds": [row.id for row in table.rows]})
    assert len(table.rows) == 6


def test_a_write_whose_row_goes_meanwhile_just_completes(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve(mutation_seconds=20)
    accepted = name(client, table, "new")
    table.rows[0].delete()
    clock.now += 20
    assert client.mutation(accepted).json == {"completed": True}
    assert "new" not in shown(client, table)


@pytest.mark.parametrize("gone", ["doc", "table"])
def test_a_write_whose_table_goes_meanwhile_just_completes(serve: Serve, clock: Clock, table: Table, gone: str) -> None:
    client = serve(mutation_seconds=20)
    accepted = [name(client, table, "new"), client.delete(path_of(table, 1)), client.post(path_of(table), {"rows": []})]
    (table.doc if gone == "doc" else table).delete()
    clock.now += 20
    assert [client.mutation(it).json for it in accepted] == [{"completed": True}] * 3


def test_a_write_can_take_for_ever(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve()
    client.coda.on("PUT", "/rows/").delay(math.inf)
    accepted = name(client, table, "new")
    clock.now += DAY
    assert client.mutation(accepted).json == {"completed": False}
    client.headers |= LATEST
    assert client.get(path_of(table)).status == 400


def test_a_write_can_be_done_without_ever_saying_so(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve(mutation_seconds=20)
    client.coda.on("PUT", "/rows/").keep_silent()
    accepted = name(client, table, "new")
    clock.now += 600
    assert client.mutation(accepted).json == {"completed": False}
    client.headers |= LATEST
    assert client.get(path_of(table)).json["items"][0]["name"] == "new"


def test_a_write_can_warn_when_it_is_completed(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve(mutation_seconds=20)
    client.coda.on("PUT", "/rows/").warn("Some of it was invalid.")
    accepted = name(client, table, "new")
    assert client.mutation(accepted).json == {"completed": False}
    clock.now += 20
    assert client.mutation(accepted).json == {"completed": True, "warning": "Some of it was invalid."}


def test_a_missing_warning_can_be_null(serve: Serve, table: Table) -> None:
    client = serve(readings=Readings(null_warnings=True))
    assert client.mutation(name(client, table, "new")).json == {"completed": True, "warning": None}


def test_the_first_polls_can_know_nothing_of_it(serve: Serve, table: Table) -> None:
    client = serve(readings=Readings(unknown_polls=2))
    accepted = name(client, table, "new")
    assert [client.mutation(accepted).status for _ in range(3)] == [404, 404, 200]


def test_a_status_is_forgotten_a_day_after_completion(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve(mutation_seconds=20)
    accepted = name(client, table, "new")
    clock.now += 20 + DAY
    assert client.mutation(accepted).status == 200
    clock.now += 1
    assert client.mutation(accepted).status == 404
    assert client.get("/mutationStatus/mutate:nobody").status == 404


def test_a_token_of_one_doc_may_ask_what_became_of_its_writes(serve: Serve, table: Table) -> None:
    client = serve(token=Token(scoped_to=table.doc.id))
    assert client.mutation(name(client, table, "new")).json == {"completed": True}


def _dropped(client: Client, table: Table) -> None:
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        name(client, table, "new")


def _failed(client: Client, table: Table) -> None:
    assert name(client, table, "new").status == 502


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize("ask", [_dropped, _failed])
def test_an_answer_is_lost_before_or_after_acceptance(
    serve: Serve, table: Table, accepted: bool, ask: Callable[[Client, Table], None]
) -> None:
    client = serve()
    where = client.coda.on("PUT", "/rows/")
    if ask is _dropped:
        where.drop(times=1, after_acceptance=accepted)
    else:
        where.fail(502, times=1, after_acceptance=accepted)
    ask(client, table)
    assert table.rows[0].name == ("new" if accepted else "row 0")
    client.close()
    assert name(client, table, "again").status == 202


@pytest.mark.parametrize("seconds", [0, 20])
def test_two_writes_in_flight_for_one_row_are_a_violation(serve: Serve, table: Table, seconds: float) -> None:
    client = serve(mutation_seconds=seconds)
    name(client, table, "first", row=0)
    name(client, table, "other", row=1)
    assert client.coda.violations == []
    name(client, table, "second", row=0)
    client.delete(path_of(table), {"rowIds": [table.rows[0].id]})
    expected = [f"two writes in flight for {table.rows[0].id}"] * 3  # the second, and the deletion beside both
    assert client.coda.violations == (expected if seconds else [])


def test_a_row_just_inserted_is_in_flight(serve: Serve, table: Table) -> None:
    client = serve(mutation_seconds=20)
    (added,) = client.post(path_of(table), {"rows": [{"cells": []}]}).json["addedRowIds"]
    client.delete(path_of(table), {"rowIds": [added]})
    assert client.coda.violations == [f"two writes in flight for {added}"]


def test_who_got_no_answer_or_a_wrong_one_may_write_again(serve: Serve, table: Table) -> None:
    client = serve(mutation_seconds=20)
    where = client.coda.on("PUT", "/rows/")
    where.fail(504, times=1, after_acceptance=True)
    where.mutate(lambda _: {}, times=1)
    for _ in range(3):
        name(client, table, "first")
    assert client.coda.violations == []


def test_who_has_waited_long_enough_or_is_new_may_write_again(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve(mutation_seconds=math.inf)
    name(client, table, "first")
    clock.now += 600
    name(client, table, "second")
    client.coda.new_client()
    client.close()
    name(client, table, "third")
    assert client.coda.violations == []


def test_writes_are_limited_as_changes_of_content(serve: Serve, clock: Clock, table: Table) -> None:
    client = serve(limits=Limits())
    answers = [name(client, table, str(number)) for number in range(6)]
    assert [answer.status for answer in answers] == [202] * 5 + [429]
    assert table.rows[0].name == "4"
    assert client.get(path_of(table)).status == 200
    clock.now += 10
    assert name(client, table, "5").status == 202


def test_writes_stand_in_the_log(serve: Serve, table: Table) -> None:
    page = table.doc.add_page("Page")
    client = serve()
    client.get(path_of(table))
    client.export(table.doc.id, page.id)
    assert client.coda.requests.writes() == []
    name(client, table, "new")
    client.delete(path_of(table, 1))
    assert [(it.method, it.status) for it in client.coda.requests.writes()] == [("PUT", 202), ("DELETE", 202)]
