"""The account of the demonstration: three docs of a small company, one shared by a colleague, one never opened."""

from __future__ import annotations

from coda_git_mirror.demo.blocks import Heading, Item, Text
from coda_git_mirror.demo.lumen.handbook import add_handbook
from coda_git_mirror.demo.lumen.roadmap import add_roadmap
from coda_git_mirror.demo.lumen.team import ADA, BEN
from coda_git_mirror.demo.lumen.workshop import add_workshop
from coda_git_mirror.demo.world import World


def demo_workspace() -> World:
    """A new account of Lumen Bikes, the same to the byte each time."""
    world = World(ADA)
    handbook = add_handbook(world)
    add_roadmap(world, handbook)
    add_workshop(world)
    _add_dealer_notes(world)
    _add_unopened(world)
    return world


def _add_dealer_notes(world: World) -> None:
    doc = world.add_doc("Dealer notes", BEN)
    doc.add_page("Oslo", blocks=(Heading(1, "Oslo"), Item("wants the belt"), Item("sells more in May than in June")))


def _add_unopened(world: World) -> None:
    doc = world.add_doc("Travel expenses", BEN)
    doc.opened = False
    doc.add_page("Rules", blocks=(Text("Trains before planes."),))
