"""The pages of a mirror as files with links from one to the other, which need no server."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from posixpath import dirname, relpath

from werkzeug.test import Client

from coda_git_mirror.actions.browse.export_folder import FIRST, ExportFolder
from coda_git_mirror.actions.browse.files import Files
from coda_git_mirror.actions.browse.mirror import Browsed
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.model.looking import IndexedCommit
from coda_git_mirror.web.app import create_app
from coda_git_mirror.web.export_files import as_picture, beginning_of, exported_name
from coda_git_mirror.web.export_html import cleaned, relinked
from coda_git_mirror.web.export_places import KEY, FilePlace, PagePlace, Places, StaticPlace, digest
from coda_git_mirror.web.media_types import PAGE, kind_of

_HOST = "export"
_TOLD_EACH = 200


@dataclass
class ExportReport:
    """How many pages and files there are, and what is not there, with the reason."""

    pages: int = 0
    files: int = 0
    left_out: list[str] = field(default_factory=list)


class Exporter:
    """Fills a folder with one revision of a mirror, or with its whole history up to that."""

    def __init__(
        self,
        browsed: Browsed,
        folder: ExportFolder,
        revision: IndexedCommit,
        with_history: bool,
        told: Callable[[str], None],
    ) -> None:
        self._folder, self._told, self._files = folder, told, Files(browsed)
        self._places = Places(browsed, revision, with_history)
        exported = "history" if with_history else "revision"
        self._client = Client(create_app(browsed, KEY, [_HOST], self._leave_out, exported))
        self._queue: deque[PagePlace | tuple[str, FilePlace]] = deque()
        self._known: dict[str, str | None] = {}
        self._report = ExportReport()

    def run(self) -> ExportReport:
        """Writes everything that is reached from the first page, and that one at the end."""
        with self._folder.filled():
            first = self._page(self._places.first)
            while self._queue:
                self._make(self._queue.popleft())
            self._folder.add(FIRST, first)
        return self._report

    def _make(self, wanted: PagePlace | tuple[str, FilePlace]) -> None:
        if isinstance(wanted, PagePlace):
            self._folder.add(wanted.name, self._page(wanted))
            return
        name, place = wanted
        with self._files.real(place.file).stream as stream:
            page = stream.read().decode("utf-8", "replace")
        address = f"/{KEY}/at/{place.commit}/{place.file.path}"
        made = cleaned(page, place.file.name, address, self._linking(name))
        self._folder.add(name, made.encode("utf-8", "replace"))

    def _page(self, place: PagePlace) -> bytes:
        """One that cannot be made says so itself."""
        self._known[place.name] = place.name
        self._report.pages += 1
        if self._report.pages % _TOLD_EACH == 0:
            self._told(f"{self._report.pages} pages written, {len(self._queue)} to go, and what they lead to.")
        answer = self._client.get(place.address, base_url=f"http://{_HOST}", follow_redirects=True, buffered=True)
        if answer.status_code != 200:
            self._leave_out(f"{place.name} says why it could not be made")
        return relinked(answer.get_data(as_text=True), self._linking(place.name)).encode("utf-8", "replace")

    def _linking(self, name: str) -> Callable[[str, bool], str | None]:
        """How the page in the file of this name links to addresses."""

        def link(address: str, is_picture: bool) -> str | None:
            target = self._target(address, is_picture)
            return target if target is None or target.startswith("data:") else relpath(target, dirname(name) or ".")

        return link

    def _target(self, address: str, is_picture: bool) -> str | None:
        place = self._places.of(address)
        if isinstance(place, FilePlace):
            return self._file(place, is_picture)
        if isinstance(place, StaticPlace):
            return self._once(place.name, lambda: self._static(place))
        if place is not None and place.name not in self._known:
            self._known[place.name] = place.name
            self._queue.append(place)
        return place.name if place else None

    def _once(self, key: str, make: Callable[[], str | None]) -> str | None:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def _static(self, place: StaticPlace) -> str | None:
        answer = self._client.get(place.address, base_url=f"http://{_HOST}", buffered=True)
        if answer.status_code != 200:
            return None
        self._folder.add(place.name, answer.get_data())
        return place.name

    def _file(self, place: FilePlace, is_picture: bool) -> str | None:
        key = f"{place.file.path}\0{place.file.oid}"
        if kind_of(place.file.name) == PAGE and not place.file.is_link:
            return self._once(key, lambda: self._frame(place))
        if is_picture and place.file.name.lower().endswith(".svg"):
            return as_picture(self._files.real(place.file))
        return self._once(key, lambda: self._copied(place))

    def _frame(self, place: FilePlace) -> str:
        name = f"frames/{digest([place.file.path, place.file.oid])}.html"
        self._queue.append((name, place))
        return name

    def _copied(self, place: FilePlace) -> str | None:
        """A file that is not on this machine, or damaged, is left out, and links to it are none."""
        try:
            content = self._files.fetched(place.file)
            with content.stream as stream:
                name = exported_name(place.file.name, digest([place.file.path, content.mark]), beginning_of(content))
                self._folder.add(name, stream)
        except MirrorError as error:
            self._leave_out(str(error))
            return None
        self._report.files += 1
        return name

    def _leave_out(self, why: str) -> None:
        self._report.left_out.append(why)
