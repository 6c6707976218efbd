"""What nobody outside knows for sure about writing docs and pages, and how a simulation decides it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Readings:
    """One reading of what is silent or contradictory (coda-api.md, Writing); the defaults are the likelier ones.

    `coda_attributes`: `data-coda-column-format` and the mask that hides a title count where content comes in.
    `infers_types`: a column of an imported table whose texts are all numbers becomes a column of numbers.
    `joins_lines`: the lines of an imported paragraph become one.
    `takes_pictures`: an `<img>` with an address that lives is taken over; else it vanishes.
    `blank_rows`: so many empty rows stand in a table that came in without any.
    `lists_new_docs`: a doc made by the API is listed; else only once somebody has opened it.
    `copies_keep_ids`: a copy of a doc has the ids of what it was copied from.
    `waits_for_initial_page`: the initial page of a new doc takes as long as any other page.
    `blank_page`: the name of the page that a new doc has where no initial page was asked for.
    """

    coda_attributes: bool = True
    infers_types: bool = False
    joins_lines: bool = False
    takes_pictures: bool = True
    blank_rows: int = 0
    lists_new_docs: bool = True
    copies_keep_ids: bool = False
    waits_for_initial_page: bool = False
    blank_page: str | None = "Untitled"
