from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.assets import AssetReference
from coda_git_mirror.format.attachments import HEADING, MARKER, attachments_section, without_attachments
from coda_git_mirror.format.markdown import normalised
from coda_git_mirror.format.relink import relink_markdown
from tests.format.judge import judged_links
from tests.format.link_texts import MARKDOWN_PIECES, texts
from tests.format.strategies import names, prop

ROOM = "https://codahosted.io/docs/D/blobs"
PICTURE = AssetReference("bl-1", f"{ROOM}/bl-1", "a [1].png", "image/png", True)
FILE = AssetReference("bl-2", f"{ROOM}/bl-2", "offer.pdf", "application/pdf")
UNNAMED = AssetReference("bl-3", f"{ROOM}/bl-3")
SECTION = f"""
## Attachments

- ![a \\[1\\]\\.png]({ROOM}/bl-1)
- [offer\\.pdf]({ROOM}/bl-2)
- [bl\\-3]({ROOM}/bl-3)

{MARKER}"""


def test_what_only_the_html_has_is_listed() -> None:
    assert attachments_section("text\n", [PICTURE, FILE, UNNAMED]) == SECTION
    assert attachments_section("", [PICTURE, FILE, UNNAMED]) == SECTION.removeprefix("\n")


@pytest.mark.parametrize(
    "markdown",
    [f"![a]({FILE.url}/hash?x)\n", f"[{FILE.url}]({FILE.url})\n", "[a](../assets/my%20offer.pdf)\n", f"<{FILE.url}>\n"],
)
def test_what_the_markdown_links_to_is_not(markdown: str) -> None:
    assert attachments_section(markdown, [FILE], lambda _: "../assets/my offer.pdf") == ""


def test_links_are_the_callers() -> None:
    section = attachments_section("", [FILE], lambda it: f"../assets/{it.blob_id} ä|.pdf")
    assert "[offer\\.pdf](../assets/bl-2%20%C3%A4%7C.pdf)" in section


def test_the_users_own_heading_stays() -> None:
    for markdown in (
        "",
        "## Attachments\n",
        "## Attachments\n\n- [a](b)\n",
        f"a\n\n{MARKER}",
        f"{HEADING}\na\n\n{MARKER}",
    ):
        assert without_attachments(markdown) == markdown
        assert without_attachments(markdown + attachments_section(markdown, [FILE])) == markdown


def test_a_page_that_ends_in_a_list_of_ours_gets_another() -> None:
    markdown = f"text\n{SECTION}"
    section = attachments_section(markdown, [])
    assert section == f"\n{HEADING}\n\n{MARKER}"
    assert without_attachments(markdown + section) == markdown


references = st.lists(
    st.builds(
        AssetReference,
        blob_id=st.sampled_from(["bl-1", "bl-2", "bl-3"]),
        url=st.sampled_from([f"{ROOM}/bl-1", "u1", "u3", "", "a b)"]),
        name=names,
        image=st.booleans(),
    ),
    max_size=3,
)


@prop
@given(texts(*MARKDOWN_PIECES, HEADING, f"{HEADING}\n", MARKER, SECTION, "- x\n", "\n"), references)
def test_the_section_is_cut_off_again(text: str, found: Sequence[AssetReference]) -> None:
    markdown = normalised(text)
    whole = markdown + attachments_section(markdown, found)
    assert without_attachments(whole) == markdown
    assert normalised(whole) == whole
    targets = {f"{ROOM}/bl-1": "../assets/bl-1.png", "u1": "../a.md"}
    assert without_attachments(relink_markdown(whole, targets.get).text) == relink_markdown(markdown, targets.get).text


@prop
@given(st.lists(names, min_size=1, max_size=4))
def test_no_name_breaks_the_list(hostile: list[str]) -> None:
    found = [AssetReference(f"bl-{n}", f"{ROOM}/bl-{n}", name) for n, name in enumerate(hostile)]
    section = attachments_section("", found)
    assert judged_links(section) == sorted(it.url for it in found)
    assert section.count("\n") == len(found) + 4
