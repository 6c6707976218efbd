"""A page of the mirror opens in a browser that has no network: its text is right and its images are there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from coda_git_mirror.demo.blocks import Picture, Text
from coda_git_mirror.demo.drawings import striped_png
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.demo.world import World
from tests.conftest import Serve
from tests.support import VirtualClock, mirror

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ALONE = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9",
)  # fmt: skip
"""Nothing answers on the proxy's port, and no name has an address."""

TELL = """<script>
addEventListener("load", () => {
  const images = [...document.images].map(image => {
    const box = image.getBoundingClientRect();
    return [image.naturalWidth, image.naturalHeight, box.width, box.height];
  });
  document.documentElement.dataset.seen = JSON.stringify({
    encoding: document.characterSet, title: document.title, text: document.body.innerText, images,
  });
});
</script>
"""
PROSE = "Grüße aus Tromsø 🎉, 漢字 und “quotes”"

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="no chromium, chromium-browser or google-chrome is on the PATH"),
]


@dataclass(frozen=True)
class Seen:
    """What a browser says of a page; of each image its own width and height, then those it is drawn with."""

    encoding: str
    title: str
    text: str
    images: list[list[float]]


See = Callable[[Path], Seen]


@pytest.fixture
def see(tmp_path: Path) -> See:
    """Opens a page of a copied mirror, after adding a script to it that tells what is seen."""

    def look(page: Path) -> Seen:
        page.write_bytes(page.read_bytes() + TELL.encode())
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [str(BROWSER), *ALONE, profile, "--dump-dom", page.as_uri()]
        answer = subprocess.run(command, capture_output=True, check=True, timeout=120)
        seen = re.search(r'data-seen="([^"]*)"', answer.stdout.decode())
        assert seen, answer.stdout
        return Seen(**json.loads(unescape(seen[1])))

    return look


@pytest.fixture
def copied(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> Callable[[World], Path]:
    """Mirrors a world; a copy of the mirror elsewhere, without the simulated Coda's help, is what is looked at."""

    def copy(world: World) -> Path:
        coda = serve(world)
        report = mirror(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts}))
        assert report.problems == ()
        return Path(shutil.copytree(folder / "docs", tmp_path / "copy"))

    return copy


def test_the_images_of_a_page_are_loaded_from_the_mirror(copied: Callable[[World], Path], see: See) -> None:
    docs = copied(demo_workspace())
    seen = see(docs / "lumen-handbook/pages/welcome.html")
    assert [image[:2] for image in seen.images] == [[96, 36]]
    assert "We build bicycles that people keep." in seen.text


def test_without_its_asset_a_page_has_no_image(copied: Callable[[World], Path], see: See) -> None:
    docs = copied(demo_workspace())
    shutil.rmtree(docs / "lumen-handbook/assets")
    assert [image[:2] for image in see(docs / "lumen-handbook/pages/welcome.html").images] == [[0, 0]]


def test_the_images_of_a_page_are_drawn_in_their_proportions(copied: Callable[[World], Path], see: See) -> None:
    docs = copied(demo_workspace())
    for width, height, drawn_width, drawn_height in see(docs / "lumen-handbook/pages/welcome.html").images:
        assert drawn_height == pytest.approx(drawn_width * height / width)


def test_text_in_any_script_and_hostile_names_show_right(copied: Callable[[World], Path], see: See) -> None:
    world = World()
    name = "Größe 📐 & <b>100 %</b> #1?"
    page = world.add_doc(name).add_page(name)
    page.write(Text(PROSE), Picture(world.add_blob(striped_png(((9, 9, 9),)), f"{name}.png", "image/png")))
    [file] = copied(world).rglob("*.html")
    seen = see(file)
    assert (seen.encoding, seen.title) == ("UTF-8", name)
    assert PROSE in seen.text
    assert [image[:2] for image in seen.images] == [[96, 12]]
