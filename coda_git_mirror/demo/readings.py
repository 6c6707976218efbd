"""What Coda does with writes where its facts are silent or disagree: the simulation can do either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Readings:
    """One way to read the facts about writes (coda-api.md, Writing).

    `calculated`: a value for a calculated column or a button is refused with 400, or accepted and dropped. `synced`: a
    write into a synced table is refused with 400, or accepted and nothing happens. `infers_types`: the first value in
    a text column that was never filled decides the column's type. `bare_singles`: a list of one is kept as its member.
    `bare_leftovers`: text that does not fit its column comes without a fence. `texts_of_numbers`: a number or boolean
    written into a column of text becomes text. `fills_defaults`: a cell that a new row does not mention gets the
    column's default. `false_boxes`: an empty checkbox is `false`. `new_blobs`: a hosted file that is written by its
    own address is stored anew. `null_warnings`: a status without a warning says `null`. `unknown_polls`: so many first
    polls of a status are answered with 404. `snapshot_checks`: which rows and columns there are is looked up in what
    reads show. Limits are bytes.

    Of content that comes in: `coda_attributes`: `data-coda-column-format` and the mask that hides a title count.
    `infers_imported`: a column of an imported table whose texts are all numbers becomes one of numbers. `joins_lines`:
    the lines of a paragraph become one. `takes_pictures`: an `<img>` with an address that lives is taken over, else it
    vanishes. `blank_rows`: so many empty rows stand in a table that came in without any.

    Of docs: `lists_new_docs`: one made by the API is listed, else only once somebody has opened it. `copies_keep_ids`:
    a copy has the ids of what it was copied from. `blank_page`: the name of the page that a new doc has where no
    initial page was asked for. `late_initial_page`: the initial page takes as long as any other.
    """

    calculated: Literal["refuse", "drop"] = "refuse"
    synced: Literal["refuse", "ignore"] = "refuse"
    infers_types: bool = False
    bare_singles: bool = False
    bare_leftovers: bool = False
    texts_of_numbers: bool = False
    fills_defaults: bool = True
    false_boxes: bool = False
    new_blobs: bool = False
    null_warnings: bool = False
    unknown_polls: int = 0
    snapshot_checks: bool = False
    unknown_column_status: Literal[400, 404] = 400
    body_limit: int = 2 * 1024 * 1024
    row_limit: int = 85 * 1024
    coda_attributes: bool = True
    infers_imported: bool = False
    joins_lines: bool = False
    takes_pictures: bool = True
    blank_rows: int = 0
    lists_new_docs: bool = True
    copies_keep_ids: bool = False
    blank_page: str | None = "Untitled"
    late_initial_page: bool = False
