"""Which docs the links of a text lead into."""

from __future__ import annotations

import pytest

from coda_git_mirror.format.links import docs_led_into


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("No link, and https://example.org/d/Plans_dAbC-12", set()),
        ("[Plans](https://coda.io/d/Plans_dAbC-12)", {"AbC-12"}),
        ("[Goal](https://coda.io/d/Plans_dAbC-12/Goal_suXY#_lu1)", {"AbC-12"}),
        ('<a href="https://docs.superhuman.com/d/Pl%C3%A4ne_d_x_d9#_tuA">', {"_x_d9"}),
        (
            "https://coda.io/d/A_done and (https://coda.io/d/B_dtwo), and https://CODA.IO/d/C(c)_d3.",
            {"one", "two", "3"},
        ),
    ],
)
def test_each_doc_that_a_link_leads_into_is_among_them(text: str, ids: set[str]) -> None:
    found = docs_led_into(text)
    assert found is not None
    assert ids <= found
    assert bool(ids) == bool(found)


@pytest.mark.parametrize(
    "url", ["https://coda.io/d/plans", "https://coda.io/d/", f"https://coda.io/d/{'x' * 3_000}_d1"]
)
def test_a_link_that_does_not_name_its_doc_may_lead_into_any(url: str) -> None:
    assert docs_led_into(f"https://coda.io/d/Plans_d1 and {url}") is None
