"""The hostile account through every view: all links of ours lead somewhere, and no name gets out of its place."""

from __future__ import annotations

import os

import pytest

from tests.browse.chromium import Tab
from tests.browse.crawl import OURS, Walk, walk
from tests.browse.elsewhere import Elsewhere
from tests.browse.hostile import HostileAccount, names
from tests.browse.sites import Site, untouchable
from tests.browse.steps import marks

ALL = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
DOWNLOADED = (
    "image/svg+xml", "application/pdf", "application/xhtml+xml", "application/xml", "text/xml", "text/javascript",
    "application/octet-stream",
)  # fmt: skip


@pytest.fixture(scope="module")
def walked(hostile: Site, hostile_account: HostileAccount) -> Walk:
    bad = names(hostile_account.elsewhere).values()
    doc = hostile_account.doc.id
    first, *_, last = hostile.commits
    begin = [hostile("search", q=name, when=when) for name in bad for when in ("now", "ever")]
    begin += [hostile(f"diff/{first}..{last}"), hostile(f"diff/{last}..{first}", doc=doc), hostile("", at=first)]
    before = untouchable(hostile.folder)
    done = walk(hostile, lambda _: 100_000 if ALL else 8, tuple(begin))
    assert untouchable(hostile.folder) == before
    return done


def test_every_link_of_ours_leads_somewhere(walked: Walk) -> None:
    assert {url: answer.status for url, answer in walked.answers.items() if answer.status != 200} == {}
    kinds = {shape.partition("?")[0] for shape in walked.found}
    assert kinds >= {*OURS, "file", "download", "zip"}


def test_no_link_of_ours_runs_anything(walked: Walk) -> None:
    """Links to elsewhere are those that docs have, and lead to places on the web only."""
    assert [link for link in walked.outside if not link.startswith(("http://", "https://", "mailto:", "tel:"))] == []


def test_every_answer_has_its_policy(walked: Walk) -> None:
    for url, answer in walked.answers.items():
        policy = answer.headers.get("content-security-policy", "")
        assert "default-src 'none'" in policy, url
        assert "unsafe" not in policy.replace("style-src 'unsafe-inline'", ""), url
        assert answer.headers["x-content-type-options"] == "nosniff", url
        assert answer.headers["referrer-policy"] == "no-referrer", url
        assert answer.headers["cache-control"] == "no-store", url
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", url
        assert "x-evil" not in answer.headers, url
        assert "access-control-allow-origin" not in answer.headers, url


def test_what_could_run_is_downloaded(walked: Walk) -> None:
    for url, answer in walked.answers.items():
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if kind in DOWNLOADED:
            assert answer.headers["content-disposition"].startswith("attachment"), url
        if "/at/" in url and kind == "text/html":
            assert "sandbox" in answer.headers["content-security-policy"], url
            assert "allow-scripts" not in answer.headers["content-security-policy"], url


def test_no_view_shows_more_than_words(walked: Walk, hostile: Site, tab: Tab, elsewhere: Elsewhere) -> None:
    for url in walked.few(40 if ALL else 2, *OURS, "file"):
        answer = walked.answers.get(url)
        if answer is None or answer.headers.get("content-disposition", "").startswith("attachment"):
            continue
        tab.go(url)
        assert marks(tab) == [], url
        assert elsewhere.heard == [], url
        assert tab.noted.faults() == [], url
        assert tab.noted.strays(hostile.origin) == [], url
        assert "7" * 9 not in tab.page.content(), url
