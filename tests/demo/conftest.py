"""A small account, a clock of its own, and a client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Column, Doc, Page, Table, World
from tests.demo.client import Client, Clock

Serve = Callable[..., Client]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def doc(world: World) -> Doc:
    return world.add_doc("Notes")


@pytest.fixture
def page(doc: Doc) -> Page:
    return doc.add_page("First", blocks=(Text("One."),))


@pytest.fixture
def table(doc: Doc) -> Table:
    rows = ({"Name": f"row {number}", "Number": number} for number in range(7))
    return doc.add_table("Things", [Column("Name"), Column("Number", "number")], rows)


@pytest.fixture
def serve(world: World, clock: Clock) -> Iterator[Serve]:
    """Serves the world in virtual time, without limits unless told otherwise; returns a client."""
    with ExitStack() as stack:

        def start(world: World = world, **options: Any) -> Client:
            coda = stack.enter_context(SimulatedCoda(world, **{"clock": clock, "limits": Limits.none(), **options}))
            client = Client(coda)
            stack.callback(client.close)
            return client

        yield start
