"""The outline of a doc, with every absence proved before it is believed (mirror-format.md, law 7)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.errors import CodaError, NotThere, OutOfPatience, TokenRefused, Unaddressable, Unavailable
from coda_git_mirror.format.metadata import OURS_OF_TABLES, StoredDoc, codas_fields
from coda_git_mirror.model.content import Doc, Json, Outline, Page, Table, name_of
from coda_git_mirror.model.outcome import Denied, Failed, Kept

_OURS = frozenset({"file", "files", "links", "content", "children", "parent"})
"""What `metadata.json` adds to a page, or says in another way."""
_DERIVED = frozenset({*_OURS, "isEffectivelyHidden", "browserLink"})
"""What a page's entry says of other things: it may change while the page's time does not."""
_MOVING = frozenset({*OURS_OF_TABLES, "rowCount", "parent", "parentTable", "browserLink"})
"""The same of a table's."""
_NOTHING = "Coda lists no {} of a doc that has some by its own word"
_CONTRADICTION = "Coda lists it, and says that it is not there"
T = TypeVar("T", Page, Table)
Unseen = Kept | Failed | Denied


@dataclass(frozen=True)
class Outlined:
    """An outline, and what became of the items in it that Coda did not show, by id: they stay as the mirror holds them.

    `doubts` tell what in Coda's answers does not fit together, and was believed all the same.
    """

    outline: Outline
    unseen: Mapping[str, Unseen]
    doubts: tuple[str, ...] = ()


def read_pages(source: Source, doc: Doc, stored: StoredDoc, options: SyncOptions) -> Outlined:
    """The doc's pages, without its tables and views. Raises CodaError where the listing cannot be read."""
    held = stored_outline(doc, stored).pages
    if not options.pages:
        return Outlined(Outline(doc, held, (), ()), {page.id: Kept() for page in held})
    listed = _listed_pages(source, doc)
    looking = _Looking(lambda page: source.page(doc.id, page.id), lambda: source.pages(doc.id), held)
    found = _unlisted_pages(looking, listed, [*_missing(listed, held), *_named(listed)])
    pages = (*listed, *found)
    doubts = (
        *_doubts([doc, *pages]),
        *_contradictions(listed),
        *_unannounced(pages, stored.pages, _DERIVED),
        *_misdescribed(_references(pages, "parent", "children"), pages),
        *_too_few("pages", pages, _stated(doc, "pageCount")),
    )
    return Outlined(Outline(doc, pages, (), ()), looking.unseen, (*doubts, *looking.doubts))


def with_grids(
    source: Source,
    listed: Outlined,
    stored: StoredDoc,
    options: SyncOptions,
    details: Callable[[Table], Table] | None = None,
) -> Outlined:
    """All that the doc consists of. Raises CodaError where the listing of tables and views cannot be read.

    `details` may know already what Coda says by itself of a table or view that it lists.
    """
    doc = listed.outline.doc
    held = stored_outline(doc, stored)
    grids: Sequence[Table] = (*held.tables, *held.views)
    if not options.tables:
        unseen = {**listed.unseen, **{grid.id: Kept() for grid in grids}}
        return Outlined(outline_of(doc, listed.outline.pages, grids), unseen, listed.doubts)
    references = _listed_tables(source, doc)
    looking = _Looking(lambda table: source.table(doc.id, table.id), lambda: source.tables(doc.id), grids)
    found = (*looking.listed(references, details), *looking.unlisted(_missing(references, grids)))
    there = _with_pages_of(source, listed, found) if options.pages else listed
    entries = {**stored.tables, **stored.views}
    seen = [grid for grid in found if grid.id not in looking.unseen]
    doubts = (
        *there.doubts,
        *_doubts(found),
        *_unannounced(found, entries, _MOVING),
        *_misdescribed((("the listing", table.raw) for table in references), seen),
        *_misdescribed(_references(seen, "parentTable"), seen),
        *(_misdescribed(_references(seen, "parent"), there.outline.pages) if options.pages else ()),
        *_too_few("tables and views", found, _stated(doc, "tableAndViewCount")),
        *looking.doubts,
    )
    return Outlined(outline_of(doc, there.outline.pages, found), {**there.unseen, **looking.unseen}, doubts)


def _listed_pages(source: Source, doc: Doc) -> list[Page]:
    """The listing, read once more where it contradicts itself or the doc's own size: one answer proves nothing then."""
    listed = source.pages(doc.id)
    if _contradictions(listed) or len(listed) < _stated(doc, "pageCount"):
        listed = source.pages(doc.id)
    if not listed and _stated(doc, "pageCount"):
        raise Unavailable(_NOTHING.format("pages"))
    return listed


def _listed_tables(source: Source, doc: Doc) -> list[Table]:
    references = source.tables(doc.id)
    if len(references) < _stated(doc, "tableAndViewCount"):
        references = source.tables(doc.id)
    if not references and _stated(doc, "tableAndViewCount"):
        raise Unavailable(_NOTHING.format("tables"))
    return references


def _stated(doc: Doc, name: str) -> int:
    """How many there are by the doc's own size; 0 where it does not say."""
    size = doc.raw.get("docSize")
    count = size.get(name) if isinstance(size, dict) else None
    return count if type(count) is int else 0


def _too_few(kind: str, items: Collection[Page | Table], stated: int) -> Iterator[str]:
    """That there are more by the doc's own size than anybody names."""
    if len(items) < stated:
        yield f"Coda gives {len(items)} of {stated} {kind}"


def _named(pages: Iterable[Page]) -> list[Page]:
    """What these pages name as their parents and children."""
    named = [page_id for page in pages for page_id in (page.parent, *page.children)]
    return [Page(page_id, "") for page_id in named if page_id is not None]


def _unlisted_pages(looking: _Looking[Page], listed: Iterable[Page], wanted: Iterable[Page]) -> list[Page]:
    """Those of the wanted pages that are there although no listing shows them, and those that they name in turn."""
    asked, found = {page.id for page in listed}, list[Page]()
    while fresh := {page.id: page for page in wanted if page.id not in asked}:
        new = looking.unlisted(fresh.values())
        asked |= fresh.keys()
        found += new
        wanted = _named(new)
    return found


def _with_pages_of(source: Source, listed: Outlined, grids: Iterable[Table]) -> Outlined:
    """With the pages on which tables stand by their own word, and which the listing passed over."""
    doc, pages = listed.outline.doc, listed.outline.pages
    places = [grid.raw.get("parent") for grid in grids]
    named = [place["id"] for place in places if isinstance(place, dict) and isinstance(place.get("id"), str)]
    looking = _Looking(lambda page: source.page(doc.id, page.id), lambda: source.pages(doc.id), ())
    found = _unlisted_pages(looking, pages, [Page(page_id, "") for page_id in named])
    outline = Outline(doc, (*pages, *found), (), ())
    return Outlined(outline, {**listed.unseen, **looking.unseen}, (*listed.doubts, *looking.doubts))


class _Looking(Generic[T]):
    """Looks at items one by one: an item goes only by its absence from a listing and by Coda's word for itself.

    One that cannot be looked at stays as the mirror holds it, or as it was listed; `unseen` tells why.
    """

    def __init__(self, get: Callable[[T], T], list_again: Callable[[], Iterable[T]], held: Iterable[T]) -> None:
        self._get: Callable[[T], T] = get
        self._list_again: Callable[[], Iterable[T]] = list_again
        self._held: dict[str, T] = {item.id: item for item in held}
        self.unseen: dict[str, Unseen] = {}
        self.doubts: list[str] = []

    def listed(self, items: Iterable[T], get: Callable[[T], T] | None = None) -> list[T]:
        """Items of a listing, each as Coda describes it by itself, or as `get` knows that it would."""
        return [found for item in items if (found := self._look(item, get or self._get, listed=True))]

    def unlisted(self, items: Iterable[T]) -> list[T]:
        """Those of these items that are there although no listing shows them, which is in doubt."""
        found = [it for item in items if (it := self._look(item, self._get, listed=False))]
        self.doubts += [f"{it.id}: no listing shows it" for it in found if it.id not in self.unseen]
        return found

    def _look(self, item: T, get: Callable[[T], T], listed: bool) -> T | None:
        try:
            return get(item)
        except NotThere:
            is_held = item.id in self._held
            if not (listed and is_held and any(each.id == item.id for each in self._list_again())):
                return None
            self.unseen[item.id] = Failed(_CONTRADICTION)
        except (TokenRefused, OutOfPatience):
            raise
        except Unaddressable as error:
            if not listed:
                return None
            self.unseen[item.id] = Denied(str(error))
        except CodaError as error:
            if not listed and item.id not in self._held:
                self.doubts.append(f"{item.id}: {error}")
                return None
            self.unseen[item.id] = Failed(str(error))
        return self._held.get(item.id, item)


def _doubts(items: Iterable[Doc | Page | Table]) -> Iterator[str]:
    """What is of an odd form."""
    return (f"{item.id}: {item.doubt}" for item in items if item.doubt)


def _contradictions(pages: Iterable[Page]) -> list[str]:
    """Where a page and its parent do not agree that one is below the other."""
    known = {page.id: page for page in pages}
    above = {(page.parent, page.id) for page in known.values() if page.parent in known}
    below = {(page.id, child) for page in known.values() for child in page.children if child in known}
    return [f"{child}: whether it is below {parent}" for parent, child in sorted(above ^ below)]


def _unannounced(items: Iterable[Page | Table], stored: Mapping[str, Json], passing: frozenset[str]) -> Iterator[str]:
    """Items that Coda describes otherwise than before, although their own times say that nobody edited them."""
    for item in items:
        entry = stored.get(item.id)
        if entry is None or not item.raw.get("updatedAt") or item.raw["updatedAt"] != entry.get("updatedAt"):
            continue
        fields = (item.raw.keys() | entry.keys()) - passing
        if any(item.raw.get(name) != entry.get(name) for name in fields):
            yield f"{item.id}: another description of what nobody edited"


def _references(items: Iterable[Page | Table], *names: str) -> Iterator[tuple[str, Json]]:
    """What items say of others in these fields, each with the id of the one that says it."""
    for item in items:
        values = (item.raw.get(name) for name in names)
        said = (each for value in values for each in (value if isinstance(value, list) else [value]))
        yield from ((item.id, each) for each in said if isinstance(each, dict))


def _misdescribed(references: Iterable[tuple[str, Json]], items: Iterable[Page | Table]) -> Iterator[str]:
    """Items of which something else says otherwise than they do themselves."""
    known = {item.id: item.raw for item in items}
    for place, said in references:
        own = known.get(str(said.get("id")))
        if own and any(own.get(name) != value for name, value in said.items()):
            yield f"{said['id']}: another description by {place}"


def outline_of(doc: Doc, pages: Iterable[Page], grids: Iterable[Table]) -> Outline:
    """The outline with tables and views apart."""
    both = tuple(grids)
    tables = tuple(table for table in both if not table.is_view)
    return Outline(doc, tuple(pages), tables, tuple(table for table in both if table.is_view))


def stored_outline(doc: Doc, stored: StoredDoc) -> Outline:
    """The outline of a doc as the mirror holds it."""
    tables = [stored_table(entry, is_view=False) for entry in stored.tables.values()]
    views = [stored_table(entry, is_view=True) for entry in stored.views.values()]
    return outline_of(doc, map(stored_page, stored.pages.values()), [*tables, *views])


def _missing(listed: Iterable[T], held: Iterable[T]) -> list[T]:
    """What the mirror holds and a listing does not show."""
    shown = {item.id for item in listed}
    return [item for item in held if item.id not in shown]


def stored_page(entry: Json) -> Page:
    """A page as the mirror's `metadata.json` describes it."""
    return Page(
        id=str(entry["id"]),
        name=name_of(entry),
        created=_created(entry),
        parent=entry["parent"],
        content_type=str(entry.get("contentType") or "canvas"),
        raw=codas_fields({name: value for name, value in entry.items() if name not in _OURS}),
    )


def stored_table(entry: Json, is_view: bool) -> Table:
    """A table or view as the mirror's `metadata.json` describes it."""
    raw = codas_fields({name: value for name, value in entry.items() if name not in OURS_OF_TABLES})
    return Table(str(entry["id"]), name_of(entry), _created(entry), is_view, raw)


def _created(entry: Json) -> str:
    """The instant as the client reads it: empty where it is no text."""
    created = entry.get("createdAt")
    return created if isinstance(created, str) else ""
