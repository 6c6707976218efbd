"""Every file of one revision, read once and in order, and judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from coda_git_mirror.actions.verify.assets import AssetCheck
from coda_git_mirror.actions.verify.docs import DocCheck, reading_order
from coda_git_mirror.actions.verify.ledger import absent_docs, states
from coda_git_mirror.actions.verify.links import LinkCheck
from coda_git_mirror.actions.verify.manifest import read_manifest
from coda_git_mirror.actions.verify.names import folders_of, name_findings
from coda_git_mirror.actions.verify.report import VerifyReport
from coda_git_mirror.actions.verify.streams import WatchedFile
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord, Manifest
from coda_git_mirror.format.text import counted
from coda_git_mirror.git.blob_streams import DamagedBlob, read_blobs
from coda_git_mirror.git.lfs import LfsStore
from coda_git_mirror.git.objects import Blob
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model.findings import BRING_BACK, MOVE_AWAY, Finding

_PLAIN_FILES = ("100644", "100755")


class RevisionCheck:
    """Adds to the report what is wrong with the tree of a revision, and what was looked at."""

    def __init__(self, repository: Repository, tree: Mapping[str, Blob], report: VerifyReport) -> None:
        self._repository, self._tree, self._report = repository, tree, report
        self._links = LinkCheck(tree.keys(), folders_of(tree.keys()))
        self._assets = AssetCheck(LfsStore(repository))

    def run(self) -> Manifest | None:
        """Checks all; returns the manifest, if it can be read."""
        self._report.findings += name_findings(self._tree)
        manifest = self._manifest()
        if manifest is not None:
            self._check_docs(manifest)
        elif any(path.startswith(f"{layout.DOCS}/") for path in self._tree):
            self._report.unchecked.append("the files of the docs, for which a manifest is needed")
        self._report.counts.links = self._links.count
        if self._assets.absent:
            absent = counted(self._assets.absent, "file")
            self._report.unchecked.append(f"{absent} in Git LFS and not on this machine (`git lfs pull` brings them)")
        return manifest

    def _manifest(self) -> Manifest | None:
        blob, findings = self._tree.get(layout.MANIFEST), self._report.findings
        if blob is None or blob.mode not in _PLAIN_FILES:
            if any(path.startswith(f"{layout.DOCS}/") for path in self._tree):
                findings.append(Finding(layout.MANIFEST, "is missing", BRING_BACK))
            return None
        self._report.counts.files += 1
        for stream in read_blobs(self._repository, [blob.oid]):
            watched = WatchedFile(stream, text=True)
            try:
                manifest = read_manifest(watched.buffered().read(), findings)
            except DamagedBlob as error:
                findings.append(Finding(layout.MANIFEST, str(error), BRING_BACK))
                return None
            findings += [Finding(layout.MANIFEST, fault, BRING_BACK) for fault in watched.faults()]
        return manifest

    def _check_docs(self, manifest: Manifest) -> None:
        records = {record.path: record for record in manifest.docs}
        files = self._files_by_folder()
        self._report.findings += [*self._foreign(files, records), *absent_docs(manifest)]
        checks = {
            path: DocCheck(record, files[path], self._links, self._assets, manifest) for path, record in records.items()
        }
        wanted = [(path, file) for path in sorted(records) for file in sorted(files[path], key=reading_order)]
        streams = read_blobs(self._repository, [self._tree[layout.inside(*place)].oid for place in wanted])
        read = 0
        for (folder, file), stream in zip(wanted, streams, strict=False):
            checks[folder].read(file, stream)
            read += 1
            if read == len(wanted) or wanted[read][0] != folder:
                self._end(checks.pop(folder))
        if read < len(wanted):
            self._report.unchecked.append(f"{len(wanted) - read} files, since too many before them are damaged")
        else:
            for check in checks.values():
                self._end(check)
        self._report.states = states(manifest.problems, self._report.findings)

    def _end(self, check: DocCheck) -> None:
        self._report.findings += check.findings()
        check.add_to(self._report.counts)

    def _files_by_folder(self) -> dict[str, list[str]]:
        """The plain files in `docs/` by the folder of their doc."""
        files: dict[str, list[str]] = defaultdict(list)
        for path, blob in self._tree.items():
            room, _, rest = path.partition("/")
            folder, _, file = rest.partition("/")
            if room == layout.DOCS and rest and blob.mode in _PLAIN_FILES:
                files[f"{room}/{folder}" if file else room].append(file or folder)
        return files

    def _foreign(self, files: Mapping[str, list[str]], records: Mapping[str, DocRecord]) -> Iterator[Finding]:
        for folder in sorted(files.keys() - records.keys()):
            for file in sorted(files[folder]):
                yield Finding(f"{folder}/{file}", f"is of no doc that {layout.MANIFEST} names", MOVE_AWAY)
