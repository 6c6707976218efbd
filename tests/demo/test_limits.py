"""Rate limits in virtual time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coda_git_mirror.demo.limits import Kind, Limits
from coda_git_mirror.demo.world import Page
from tests.demo.client import Clock
from tests.demo.conftest import Serve


def test_a_refusal_says_nothing_of_when_to_come_back(serve: Serve) -> None:
    client = serve(limits=Limits(read=(2, 6.0)))
    replies = [client.get("/whoami") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[-1].headers["Retry-After"] is None
    assert replies[-1].json["statusMessage"] == "Too Many Requests"


def test_classes_have_budgets_of_their_own(serve: Serve, page: Page) -> None:
    limited = serve(limits=replace(Limits.none(), docs=(1, 6.0), export=(1, 6.0)))
    assert [limited.get("/docs").status for _ in range(2)] == [200, 429]
    assert [limited.begin(page.doc.id, page.id).status for _ in range(2)] == [202, 429]
    assert limited.get(f"/docs/{page.doc.id}").status == 200


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [
        ("sliding-log", [200, 200, 429, 429, 200, 200]),
        ("fixed-window", [200, 200, 429, 200, 200, 429]),
        ("token-bucket", [200, 200, 429, 200, 429, 200]),
        ("log-of-all", [200, 200, 429, 429, 429, 429]),
    ],
)
def test_kinds_of_limiter(serve: Serve, clock: Clock, kind: Kind, accepted: list[int]) -> None:
    clock.now = 6.0 * 100 + 2
    client = serve(limits=Limits(read=(2, 6.0), kind=kind))
    seen = []
    for wait in (0.0, 1.0, 0.0, 3.0, 2.0, 1.0):
        clock.now += wait
        seen.append(client.get("/whoami").status)
    assert seen == accepted


def test_the_file_host_has_no_limit(serve: Serve, page: Page) -> None:
    client = serve(limits=Limits(export=(1, 6.0), read=(1, 6.0)))
    link = client.status(client.begin(page.doc.id, page.id).json).json["downloadLink"]
    assert {client.download(link).status for _ in range(20)} == {200}


def test_a_class_may_count_in_its_own_way_and_exports_in_the_class_of_others(serve: Serve, page: Page) -> None:
    limits = Limits(read=(2, 6.0), docs=(1, 6.0), kinds={"docs": "token-bucket"}, exports_count_as="read")
    client = serve(limits=limits)
    assert client.begin(page.doc.id, page.id).status == 202
    assert [client.get("/whoami").status for _ in range(2)] == [200, 429]
    assert [client.get("/docs").status for _ in range(2)] == [200, 429]


def test_limits_may_change(serve: Serve, clock: Clock) -> None:
    begun = clock.now
    client = serve(limits=lambda: Limits(read=(1 if clock.now < begun + 10 else 3, 6.0)))
    assert [client.get("/whoami").status for _ in range(2)] == [200, 429]
    clock.now += 10
    assert [client.get("/whoami").status for _ in range(4)] == [200, 200, 200, 429]
