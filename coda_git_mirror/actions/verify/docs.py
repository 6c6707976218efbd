"""One doc's folder in a revision: its files against its metadata, its checksums and its record in the manifest."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from dataclasses import asdict

from coda_git_mirror.actions.verify.assets import AssetCheck
from coda_git_mirror.actions.verify.expected import NOTHING_EXPECTED, ExpectedFiles, expected_files, grid_of
from coda_git_mirror.actions.verify.grids import GridCheck
from coda_git_mirror.actions.verify.ledger import absent_items
from coda_git_mirror.actions.verify.links import LinkCheck
from coda_git_mirror.actions.verify.report import Counts
from coda_git_mirror.actions.verify.streams import WatchedFile
from coda_git_mirror.format import layout
from coda_git_mirror.format.checksums import parse_checksum_list
from coda_git_mirror.format.manifest import DocRecord, Manifest
from coda_git_mirror.format.table_parts import Part, parts_in
from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.blob_streams import BlobStream, DamagedBlob
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.findings import BRING_BACK, FETCH_AGAIN, MOVE_AWAY, SYNC, Finding
from coda_git_mirror.model.ledger import Ledger

_LATER = {".json": 0, ".csv": 1, ".jsonl": 2}
_FIRST = (layout.METADATA, layout.CHECKSUMS)
_LONGEST_REASON = 200


def reading_order(file: str) -> tuple[int, str, int, int]:
    """What other files are judged by comes before them."""
    grid = grid_of(file)
    place = _FIRST.index(file) if file in _FIRST else len(_FIRST)
    return (place, grid.stem, _LATER[grid.suffix], grid.number) if grid else (place, file, 0, 0)


def reason_of(error: Exception) -> str:
    """What an error says, for a finding's line."""
    return one_line(str(error) or type(error).__name__)[:_LONGEST_REASON]


class DocCheck:
    """Give it every file of the doc by `reading_order`, then ask for the `findings`.

    `files` are the paths below the doc's folder that the revision has there, `manifest` is what it says of itself.
    """

    def __init__(
        self, record: DocRecord, files: Collection[str], links: LinkCheck, assets: AssetCheck, manifest: Manifest
    ) -> None:
        self._record, self._files, self._links, self._assets = record, frozenset(files), links, assets
        self._ledger, self._version = Ledger(manifest.problems), manifest.version
        self._expected: ExpectedFiles | None = None
        self._sums: dict[str, str] | None = None
        self._digests: dict[str, str] = {}
        self._grids: dict[str, GridCheck] = {}
        self._faults: list[Finding] = []

    def read(self, file: str, stream: BlobStream) -> None:
        """Takes one file in; reads its stream to the end."""
        watched = WatchedFile(stream, text=not _is_asset(file), may_be_marked=file.endswith(".csv"))
        try:
            if _is_asset(file):
                entry = (self._expected or NOTHING_EXPECTED).assets.get(file)
                sha256 = self._assets.read(self._path(file), watched, entry, self._faults)
            else:
                self._read_text(file, watched)
                watched.finish()
                sha256 = watched.sha256
        except DamagedBlob as error:
            self._fault(file, str(error), BRING_BACK)
            return
        self._faults += [Finding(self._path(file), fault) for fault in watched.faults()]
        self._digests[file] = sha256

    def findings(self) -> Iterator[Finding]:
        """All that is wrong with the doc, once every file went by."""
        yield from self._faults
        for file in _FIRST:
            if file not in self._files:
                yield Finding(self._path(file), "is missing", BRING_BACK)
        for grid in self._grids.values():
            yield from grid.findings()
        for file, sha256 in self._digests.items():
            yield from self._sum_findings(file, sha256)
        yield from self._missing()
        if self._expected:
            yield from self._count_findings(self._expected)
            yield from absent_items(self._record, self._expected, self._ledger)

    def add_to(self, counts: Counts) -> None:
        """Counts what was looked at."""
        expected = self._expected or NOTHING_EXPECTED
        counts.docs += 1
        counts.files += len(self._digests)
        counts.pages += len({page.page_id for page in expected.pages.values()})
        counts.tables += len(expected.stored.tables)
        counts.rows += sum(grid.rows for stem, grid in self._grids.items() if stem.startswith(f"{layout.TABLES}/"))

    def _read_text(self, file: str, watched: WatchedFile) -> None:
        expected, grid = self._expected or NOTHING_EXPECTED, grid_of(file)
        if grid and file in expected.files:
            self._read_grid(grid, expected.grids[grid.stem], watched.buffered())
        elif file == layout.METADATA:
            self._read_metadata(watched.buffered().read())
        elif file == layout.CHECKSUMS:
            self._sums = parse_checksum_list(watched.buffered().read())
        elif file == layout.DOC_README:
            self._faults += self._links.readme(self._path(file), _text(watched))
        elif file in expected.pages:
            page = expected.pages[file]
            self._faults += self._links.page(self._path(file), _text(watched), page.page_id, page.originals)

    def _read_metadata(self, content: bytes) -> None:
        try:
            self._expected = expected = expected_files(content)
        except ValueError as error:
            self._fault(layout.METADATA, f"cannot be read: {reason_of(error)}", BRING_BACK)
            return
        if expected.doc_id != self._record.id:
            self._fault(layout.METADATA, f"is of the doc {expected.doc_id}, not {self._record.id}", BRING_BACK)
        for each in expected.repeated:
            self._fault(layout.METADATA, f"lists {each} twice", BRING_BACK)

    def _read_grid(self, part: Part, entry: Json, file: io.BufferedReader) -> None:
        check = GridCheck(self._path(part.stem), entry["rowCount"], parts_in(entry), self._version)
        self._grids.setdefault(part.stem, check).read(part.suffix, file, part.number)

    def _sum_findings(self, file: str, sha256: str) -> Iterator[Finding]:
        sums, path = self._sums, self._path(file)
        if self._expected and file not in self._expected.files:
            yield Finding(path, "is no file of this doc", MOVE_AWAY)
        elif sums is None or file == layout.CHECKSUMS:
            return
        elif file not in sums:
            yield Finding(path, "is not in SHA256SUMS")
        elif sums[file] != sha256:
            remedy = FETCH_AGAIN if _is_asset(file) else SYNC
            yield Finding(path, "does not fit its checksum in SHA256SUMS", remedy)

    def _missing(self) -> Iterator[Finding]:
        expected = self._expected.files if self._expected else frozenset()
        for file in sorted((expected | frozenset(self._sums or ())) - self._files - frozenset(_FIRST)):
            by = layout.METADATA if file in expected else layout.CHECKSUMS
            yield Finding(self._path(file), f"is missing, and {by} names it", SYNC)

    def _count_findings(self, expected: ExpectedFiles) -> Iterator[Finding]:
        said = asdict(self._record)
        for name, count in expected.counts().items():
            if said[name] != count:
                fault = f"has {count} {name} by its metadata.json, and {said[name]} by {layout.MANIFEST}"
                yield Finding(self._record.path, fault)

    def _path(self, file: str) -> str:
        return layout.inside(self._record.path, file)

    def _fault(self, file: str, fault: str, remedy: str = SYNC) -> None:
        self._faults.append(Finding(self._path(file), fault, remedy))


def _is_asset(file: str) -> bool:
    return file.startswith(f"{layout.ASSETS}/")


def _text(file: WatchedFile) -> str:
    return file.buffered().read().decode("utf-8", "replace")
