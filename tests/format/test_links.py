from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.links import LinkBook, LinkedDoc, LinkedPage, LinkedTable, relative_link
from tests.format.strategies import ids, prop

BOTH = (".md", ".html")
SALES = LinkedDoc(
    id="AbC_d-9_",
    folder="docs/sales",
    pages=(
        LinkedPage("canvas-notes11", "pages/notes", "https://coda.io/d/Sales_dAbC_d-9_/Notes_suSec-1", BOTH),
        LinkedPage("canvas-week22", "pages/notes/week", "https://docs.superhuman.com/d/_dAbC_d-9_/_suweek22", (".md",)),
        LinkedPage("canvas-a_su77", "pages/odd", "https://coda.io/d/Sales_dAbC_d-9_/Odd_su_name_sua_su77"),
        LinkedPage("canvas-x1zz", "pages/one"),
        LinkedPage("canvas-x2zz", "pages/two"),
        LinkedPage("canvas-none", "pages/none", suffixes=()),
    ),
    tables=(
        LinkedTable("grid-Tasks99", "tables/tasks", "https://coda.io/d/Sales_dAbC_d-9_/Notes_suSec-1#Tasks_tuOwn7"),
        LinkedTable("table-View88", "views/open", "https://coda.io/d/_dAbC_d-9_#Open_tView88"),
    ),
    assets={"bl-1": "assets/bl-1-ä photo.png"},
)
OTHER = LinkedDoc("Other12345", "docs/other", (LinkedPage("canvas-p", "pages/p"),), assets={"bl-2": "assets/bl-2"})
BOOK = LinkBook([SALES, OTHER], {"localhost:80"})
HERE = "docs/sales/pages/notes/week.md"
D = "https://coda.io/d/Sales_dAbC_d-9_"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        (D, "../../README.md"),
        (f"{D}/", "../../README.md"),
        ("https://docs.superhuman.com/d/_dAbC_d-9_", "../../README.md"),
        ("http://WWW.coda.io/d/New-name_dAbC_d-9_#", "../../README.md"),
        ("https://coda.io/d/_dOther12345/P_sup", "../../../other/pages/p.md"),
        (f"{D}/Notes_suSec-1", "../notes.md"),
        (f"{D}/Renamed%20since_suSec-1/", "../notes.md"),
        (f"{D}/_suSec-1#_luLine_t-5", "../notes.md"),
        (f"{D}/Notes_sunotes11#Heading_to-do_luX", "../notes.md"),
        (f"{D}/Notes_sus11", "../notes.md"),
        (f"{D}/_suweek22", "week.md"),
        (f"{D}/_sucanvas-week22", "week.md"),
        (f"{D}/Odd_su_name_sua_su77", "../odd.md"),
        (f"{D}/_su77", "../odd.md"),
        (f"{D}/_sux1zz", "../one.md"),
        (f"{D}#Tasks_tuOwn7", "../../tables/tasks.csv"),
        (f"{D}/Notes_suSec-1#Tasks_tuOwn7/r12&view=modal", "../../tables/tasks.csv"),
        (f"{D}/_suUnknown#_tugrid-Tasks99", "../../tables/tasks.csv"),
        (f"{D}#_tugrid-Tasks99/_rui-row", "../../tables/tasks.csv"),
        (f"{D}/#Tasks_tTasks99", "../../tables/tasks.csv"),
        (f"{D}#%4Fpen_tuView88&view=center", "../../views/open.csv"),
        (f"{D}/grid-Tasks99#_r42", "../../tables/tasks.csv"),
        ("https://codahosted.io/docs/AbC_d-9_/blobs/bl-1/ff?x", "../../assets/bl-1-%C3%A4%20photo.png"),
        ("https://codahosted.io/docs/Unknown/blobs/bl-1", "../../assets/bl-1-%C3%A4%20photo.png"),
        ("http://localhost:80/docs/Other12345/blobs/bl-2/ff", "../../../other/assets/bl-2"),
    ],
)
def test_links_lead_into_the_mirror(url: str, link: str) -> None:
    assert BOOK.resolve(url, HERE) == link


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "#",
            "README.md",
            "../x.md",
            "mailto:a@coda.io",
            "https://",
            "https://[",
            "https://coda.io",
            "//coda.io/d/_dX",
        ),
        *(
            "https://coda.io/packs",
            "https://coda.io/account",
            "https://coda.io/@maker/x",
            "https://coda.io/d/",
            f"{D}x",
        ),
        *(
            "https://elsewhere.example/d/_dAbC_d-9_",
            "https://coda.io.example/d/_dAbC_d-9_",
            "https://coda.io/d/AbC_d-9_",
        ),
        *("https://coda.io/d/_dUnknown", f"{D}?utm_source=x", f"{D}/Notes_suSec-1?utm=x", f"{D}/_suSec-1/more"),
        *(f"{D}/Unknown_suQQQ", f"{D}/Doubtful_suzz", f"{D}/_su", f"{D}/Notes", f"{D}/_sunone"),
        *(f"{D}#Unknown_tuQQQ", f"{D}#_lu123", f"{D}#", f"{D}/_suSec-1#other")[:2],
        *(f"{D}/_suSec-1#other", f"{D}/_suSec-1#_tugrid-Gone", f"{D}/{'_su' * 1000}", "https://coda.io/d/_dX\n"),
        *("https://codahosted.io/docs/AbC_d-9_/blobs/bl-9/ff", "https://elsewhere.example/docs/D/blobs/bl-1"),
    ],
)
def test_doubtful_links_stay(url: str) -> None:
    assert BOOK.resolve(url, HERE) is None


def test_html_leads_to_html_where_there_is_some() -> None:
    here = "docs/sales/pages/notes/week.html"
    assert BOOK.resolve(f"{D}/_suSec-1", here, ".html") == "../notes.html"
    assert BOOK.resolve(f"{D}/_suweek22", here, ".html") == "week.md"


def test_a_doc_part_that_ends_in_two_ids_means_neither() -> None:
    book = LinkBook([LinkedDoc("a_db", "docs/a"), LinkedDoc("b", "docs/b")])
    assert book.resolve("https://coda.io/d/_da_db", "README.md") is None
    assert book.resolve("https://coda.io/d/_db", "README.md") == "docs/b/README.md"


def test_a_tail_that_two_pages_have_for_their_own_means_neither() -> None:
    link = "https://coda.io/d/_dX/Page_suT"
    book = LinkBook([LinkedDoc("X", "docs/x", (LinkedPage("aT", "pages/a", link), LinkedPage("b", "pages/b", link)))])
    assert book.resolve(link, "README.md") is None


def test_the_own_tail_of_one_page_goes_before_the_id_of_another() -> None:
    own = LinkedPage("a", "pages/a", "https://coda.io/d/_dX/Page_suT")
    book = LinkBook([LinkedDoc("X", "docs/x", (own, LinkedPage("T", "pages/b")))])
    assert book.resolve("https://coda.io/d/_dX/Page_suT", "README.md") == "docs/x/pages/a.md"


def test_a_link_to_the_page_itself_is_its_own_name() -> None:
    assert relative_link("docs/x/pages/a.md", "docs/x/pages/a.md") == "a.md"


@prop
@given(st.lists(ids, unique=True, min_size=1), st.data())
def test_pages_are_found_by_the_whole_of_their_id(page_ids: list[str], data: st.DataObject) -> None:
    book = LinkBook([LinkedDoc("X", "docs/x", tuple(LinkedPage(it, f"pages/{n}") for n, it in enumerate(page_ids)))])
    number = data.draw(st.sampled_from(range(len(page_ids))))
    assert book.resolve(f"https://coda.io/d/_dX/_su{page_ids[number]}", "f") == f"docs/x/pages/{number}.md"


@prop
@given(
    st.text() | st.text("/d_suTtx#&?%", max_size=20).map("https://coda.io/d/_dAbC_d-9_".__add__), st.text(max_size=9)
)
def test_no_url_is_too_strange(url: str, from_file: str) -> None:
    link = BOOK.resolve(url, from_file)
    assert link is None or link.isascii()
