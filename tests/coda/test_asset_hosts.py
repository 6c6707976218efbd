"""Files come from Coda's hosts and named ones, over https or from this machine."""

from __future__ import annotations

import pytest

from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.errors import UsageError

FIRST = "https://codahosted.io/x"
CODA_ONLY = AssetHosts()
NAMED = AssetHosts.parse(" files.example.org, Example.COM:8443 ,127.0.0.1:8080,[::1]:8080,localhost,")


@pytest.mark.parametrize("host", ["codahosted.io", "coda.io", "docs.superhuman.com", "CODA.io", "coda.io:443"])
def test_codas_hosts_are_admitted_over_https_only(host: str) -> None:
    assert CODA_ONLY.admit(f"https://{host}/blobs/bl-a")
    assert not CODA_ONLY.admit(f"http://{host}/blobs/bl-a")


@pytest.mark.parametrize(
    "url",
    [
        "https://coda.io.example.org/blobs/bl-a",
        "https://xcoda.io/blobs/bl-a",
        "https://coda.io:8443/blobs/bl-a",
        "https://coda.io@example.org/blobs/bl-a",
        "https://example.org\\@coda.io/blobs/bl-a",
        "https://example.org/blobs/bl-a?https://coda.io",
        "ftp://coda.io/blobs/bl-a",
        "file:///etc/passwd",
        "//coda.io/blobs/bl-a",
        "https://[coda.io/",
        "",
    ],
)
def test_other_addresses_are_not(url: str) -> None:
    assert not CODA_ONLY.admit(url)
    assert not NAMED.admit(url)


def test_named_hosts_are_admitted_at_their_port() -> None:
    assert NAMED.admit("https://files.example.org/x")
    assert NAMED.admit("https://files.example.org:443/x")
    assert not NAMED.admit("https://files.example.org:444/x")
    assert NAMED.admit("https://example.com:8443/x")
    assert not NAMED.admit("https://example.com/x")


def test_plain_http_is_for_this_machine_only() -> None:
    assert NAMED.admit("http://127.0.0.1:8080/x")
    assert NAMED.admit("http://[::1]:8080/x")
    assert NAMED.admit("http://localhost/x")
    assert not NAMED.admit("http://127.0.0.1:8081/x")
    assert not NAMED.admit("http://files.example.org/x")


@pytest.mark.parametrize(
    "setting",
    ["https://example.org", "a b", "example.org/x", "*.example.org", "a@b", "a:b", "a:0", "a:99999", "-a", "::1"],
)
def test_nonsense_is_refused_by_the_name_of_the_variable(setting: str) -> None:
    with pytest.raises(UsageError, match="CODA_ASSET_HOSTS"):
        AssetHosts.parse(f"example.org,{setting}")


@pytest.mark.parametrize("setting", ["", " , ", ","])
def test_nothing_named_adds_nothing(setting: str) -> None:
    assert AssetHosts.parse(setting) == CODA_ONLY


@pytest.mark.parametrize("url", ["https://bucket.s3.us-west-2.amazonaws.com/x?X-Amz-Signature=1", "https://coda.io/x"])
def test_a_redirect_may_lead_to_any_public_name(url: str) -> None:
    assert CODA_ONLY.admit_redirect(FIRST, url)
    assert not CODA_ONLY.admit_redirect(FIRST, url.replace("https", "http"))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.0x1",
        "169.254.169.254",
        "93.184.216.34",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "localhost",
        "x.localhost",
        "localhost.",
        "router",
        "printer.local",
        "metadata.google.internal",
        "example.org:8443",
    ],
)
def test_a_redirect_may_not_lead_into_a_local_network(host: str) -> None:
    assert not CODA_ONLY.admit_redirect(FIRST, f"https://{host}/x")


def test_a_redirect_may_lead_to_a_named_host() -> None:
    assert NAMED.admit_redirect(FIRST, "http://127.0.0.1:8080/x")
    assert not NAMED.admit_redirect(FIRST, "http://127.0.0.1:8081/x")
