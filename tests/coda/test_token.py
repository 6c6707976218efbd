"""The token goes to the API's own origin and nowhere else (faults.md, rows 16 and 21)."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from coda_git_mirror.coda.failures import Incomplete
from coda_git_mirror.coda.origin import ApiOrigin
from coda_git_mirror.coda.session import ApiSession, FileSession
from coda_git_mirror.errors import MirrorError, Unavailable, UsageError
from coda_git_mirror.redact import Secret
from tests.coda.conftest import Serving
from tests.coda.wire import TOKEN, USER, Answering, Asked, refusal, reply, reply_json, source_at
from tests.support import VirtualClock

TEXT = gzip.compress(b"# A page\n")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirected_api_call_is_an_error_that_names_the_setting(
    wire: Serving, foreign: Serving, clock: VirtualClock, status: int
) -> None:
    elsewhere = foreign(lambda _: reply_json(USER))
    api = wire(lambda _: reply(status, Location=f"{elsewhere.origin}/apis/v1/whoami"))
    with pytest.raises(Unavailable, match="CODA_API_URL"):
        source_at(api.api_url, clock).account()
    assert len(api.asked) == 1
    assert elsewhere.asked == []


@pytest.mark.parametrize("location", ["http://[bad", "\xff\xfe", "", "https://" + "a" * 300 + ".example/", "//"])
def test_a_redirect_to_nonsense_is_the_same_error(wire: Serving, clock: VirtualClock, location: str) -> None:
    api = wire(lambda _: reply(302, b"\x1f\x8b garbage", Content_Encoding="gzip", Location=location))
    with pytest.raises(Unavailable, match="CODA_API_URL"):
        source_at(api.api_url, clock).account()


def test_links_in_listings_are_not_followed(wire: Serving, foreign: Serving, clock: VirtualClock) -> None:
    elsewhere = foreign(lambda _: reply_json({"items": []}))

    def answer(asked: Asked) -> list[bytes]:
        if "pageToken" in asked.target:
            return reply_json({"items": [{"id": "b", "href": elsewhere.origin}]})
        link = f"{elsewhere.origin}/apis/v1/docs?pageToken=stolen"
        return reply_json({"items": [{"id": "a", "href": link}], "nextPageToken": "own", "nextPageLink": link})

    api = wire(answer)
    assert [page.id for page in source_at(api.api_url, clock).pages("d")] == ["a", "b"]
    assert api.asked[1].target.endswith("?pageToken=own")
    assert elsewhere.asked == []


def _exporting(link: str) -> Answering:
    def answer(asked: Asked) -> list[bytes]:
        if asked.method == "POST":
            return reply_json({"id": "job", "status": "inProgress"}, 202)
        return reply_json({"id": "job", "status": "complete", "downloadLink": link})

    return answer


def test_a_download_goes_without_the_token(wire: Serving, foreign: Serving, clock: VirtualClock) -> None:
    files = foreign(lambda _: reply(200, TEXT, Content_Encoding="gzip"))
    api = wire(_exporting(f"{files.origin}/file?X-Amz-Signature=1"))
    assert source_at(api.api_url, clock).export_page("d", "p", "markdown") == "# A page\n"


def test_a_download_from_the_apis_own_host_goes_without_it_too(wire: Serving, clock: VirtualClock) -> None:
    api = wire(lambda _: reply(200, TEXT, Content_Encoding="gzip"))
    FileSession(clock).get(f"{api.origin}/file")
    assert "authorization" not in api.asked[0].headers


def test_a_redirected_download_is_followed_without_it(foreign: Serving, clock: VirtualClock) -> None:
    server = foreign(lambda asked: reply(200, b"text") if asked.path == "/there" else reply(302, Location="/there"))
    answer = FileSession(clock).get(f"{server.origin}/here")
    assert (answer.body, answer.is_redirected) == (b"text", True)
    assert not FileSession(clock).get(f"{server.origin}/there").is_redirected


def test_a_download_does_not_redirect_to_another_server_of_this_machine(foreign: Serving, clock: VirtualClock) -> None:
    other = foreign(lambda _: reply(200, b"text"))
    with pytest.raises(Incomplete, match="not safe"):
        FileSession(clock).get(foreign(lambda _: reply(307, Location=f"{other.origin}/x")).origin)
    assert other.asked == []


def test_a_download_that_redirects_without_end_ends(foreign: Serving, clock: VirtualClock) -> None:
    server = foreign(lambda _: reply(302, Location="/again"))
    with pytest.raises(Incomplete, match="without end"):
        FileSession(clock).get(f"{server.origin}/")
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    "link",
    [
        "http://files.example/x",
        "http://127.0.0.1@files.example/x",
        "http://files.example\\@127.0.0.1/x",
        "http://127.0.0.1.files.example/x",
        "HTTP://FILES.EXAMPLE/x",
        "http://0.0.0.0/x",
        "http://[::ffff:8.8.8.8]/x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "//127.0.0.1/x",
        "/x",
        "http://[bad/x",
        "http://127.0.0.1:99999/x",
        "https:///x",
        "",
        "\ud800",
        "https://\ud800/x",
    ],
)
def test_a_download_link_to_anywhere_unsafe_is_not_asked(clock: VirtualClock, link: str) -> None:
    with pytest.raises(Incomplete):
        FileSession(clock).get(link)


@pytest.mark.parametrize(
    "location",
    [
        *("http://files.example/x", "http://[bad", "ftp://x/", "https://127.0.0.1/x", "https://router/x"),
        *("https://printer.local/x", "https://169.254.169.254/x", "https://files.example:8443/x", "http://[::1]/x"),
    ],
)
def test_a_download_does_not_redirect_to_anywhere_unsafe(foreign: Serving, clock: VirtualClock, location: str) -> None:
    server = foreign(lambda _: reply(302, Location=location))
    with pytest.raises(Incomplete):
        FileSession(clock).get(server.origin)
    assert len(server.asked) == 1


def test_a_download_link_with_odd_characters_fails_as_one_item(foreign: Serving, clock: VirtualClock) -> None:
    server = foreign(lambda _: reply(200, b"text"))
    assert FileSession(clock).get(f"{server.origin}/ü \ud800").body == b"text"


def test_netrc_is_ignored_for_api_and_files(
    wire: Serving, foreign: Serving, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\ndefault login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    files = foreign(lambda _: reply(200, TEXT, Content_Encoding="gzip"))
    api = wire(_exporting(f"{files.origin}/file"))
    source_at(api.api_url, clock).export_page("d", "p", "markdown")
    assert {asked.headers["authorization"] for asked in api.asked} == {f"Bearer {TOKEN}"}


def test_a_proxy_of_the_environment_sees_nothing_of_this_machine(
    wire: Serving, foreign: Serving, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = foreign(lambda _: reply_json(USER))
    api = wire(lambda _: reply_json(USER))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.origin)
    assert source_at(api.api_url, clock).account().login == "ada@example.com"
    assert proxy.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://coda.example/apis/v1",
        "ftp://coda.io/",
        "coda.io/apis/v1",
        "",
        "https://",
        "https://user:pass-word@coda.io/apis/v1",
        "https://coda.io@evil.example/apis/v1",
        "http://evil.example\\@127.0.0.1/apis/v1",
        "https://coda.io/apis/v1?x=1",
        "https://coda.io/apis/v1#x",
        "https://[bad/apis/v1",
        "https://coda.io:port/apis/v1",
        "https://coda.io:99999/apis/v1",
    ],
)
def test_an_api_url_that_the_token_must_not_go_to_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="CODA_API_URL") as refused:
        ApiOrigin.parse(url)
    assert "pass-word" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        (" https://coda.io/apis/v1/ ", "https://coda.io/apis/v1"),
        ("HTTPS://DOCS.Superhuman.com/apis/v1", "https://docs.superhuman.com/apis/v1"),
        ("http://LOCALHOST:8080/apis/v1", "http://localhost:8080/apis/v1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://bücher.example/v1", "https://xn--bcher-kva.example/v1"),
    ],
)
def test_an_api_url_is_kept_in_one_form(url: str, stored: str) -> None:
    origin = ApiOrigin.parse(url)
    assert origin.url == stored
    assert origin.owns(stored + "/docs/d")


@pytest.mark.parametrize(
    "url",
    [
        "http://coda.io/apis/v1/whoami",
        "https://coda.io:8443/apis/v1/whoami",
        "https://coda.io.evil.example/",
        "https://evil.example/coda.io/apis/v1",
        "https://coda.io@evil.example/apis/v1",
        "https://evil.example\\@coda.io/",
        "https://docs.superhuman.com/apis/v1",
    ],
)
def test_no_other_origin_owns_the_token(url: str) -> None:
    assert not ApiOrigin.parse("https://coda.io/apis/v1").owns(url)


def test_a_path_that_leads_to_another_host_goes_nowhere(clock: VirtualClock) -> None:
    session = ApiSession(ApiOrigin("https://coda.io"), Secret(TOKEN), clock)
    with pytest.raises(Incomplete, match="was about to leave"):
        session.exchange("GET", "@evil.example/", {})


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 429, 500])
def test_no_error_repeats_the_token_or_a_servers_lines(wire: Serving, clock: VirtualClock, status: int) -> None:
    api = wire(lambda asked: refusal(status, f"Bad {asked.headers['authorization']}\nline 2\x1b[31m" + "x" * 900))
    with pytest.raises(MirrorError) as failure:
        source_at(api.api_url, clock).doc("d")
    text = str(failure.value)
    assert TOKEN not in text
    assert text.isprintable()
    assert len(text) < 400
