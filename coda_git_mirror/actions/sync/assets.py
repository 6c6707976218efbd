"""The hosted files of docs: each fetched once a run, or taken over from what the mirror holds of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from coda_git_mirror.actions.held import Held, HeldDoc, damaged
from coda_git_mirror.actions.sync.blob_downloads import BlobDownloads
from coda_git_mirror.actions.sync.doc_content import DocContent
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.texts import PageTexts
from coda_git_mirror.format import layout
from coda_git_mirror.format.asset_names import AssetName, asset_file_names, stub_file_name
from coda_git_mirror.format.asset_stub import stub
from coda_git_mirror.format.assets import AssetReference, may_show_files, value_assets
from coda_git_mirror.format.tables import parse_row
from coda_git_mirror.model.content import Json, Outline, Table
from coda_git_mirror.model.downloads import Download
from coda_git_mirror.model.ledger import ASSET
from coda_git_mirror.model.outcome import Denied, Failed, Fetched, Gone, Kept

Missed = Kept | Failed | Denied | Gone


@dataclass(frozen=True)
class Asset:
    """A hosted file of a doc: what is known of it, and where its bytes are.

    `path` is a downloaded file, `held` a file of the mirror to take over; with neither it is too large, and a stub
    stands for it.
    """

    reference: AssetReference
    name: str
    mime: str
    size: int | None
    sha256: str | None
    path: Path | None = None
    held: str | None = None

    @property
    def is_stub(self) -> bool:
        return self.path is None and self.held is None


@dataclass(frozen=True)
class DocAssets:
    """The hosted files of one doc by blob id, with the file below the doc's folder, and what became of the others."""

    assets: Mapping[str, Asset]
    files: Mapping[str, str]
    missing: Mapping[str, Missed]
    references: Mapping[str, AssetReference]
    tables: frozenset[str] = frozenset()
    """The tables of which cells name hosted files, by id."""

    def entries(self) -> tuple[Json, ...]:
        """What `metadata.json` stores of them."""
        return tuple(_entry(blob_id, asset, self.files[blob_id]) for blob_id, asset in self.assets.items())


def _entry(blob_id: str, asset: Asset, file: str) -> Json:
    return {
        "id": blob_id,
        "file": file,
        "name": asset.name,
        "mime": asset.mime,
        "size": asset.size,
        "sha256": asset.sha256,
        "url": asset.reference.public_url,
        "stub": asset.is_stub,
    }


class AssetCollector:
    """Collects the hosted files of a run's docs; a blob id is always the same bytes (coda-api.md, Hosted files)."""

    def __init__(self, held: Held, options: SyncOptions, downloads: BlobDownloads | None = None) -> None:
        """Without `downloads` nothing can be fetched."""
        self._held, self._options, self._downloads = held, options, downloads

    def collect(
        self,
        doc: HeldDoc,
        outline: Outline,
        content: DocContent | None,
        texts: PageTexts,
        fetch: bool,
        anew: bool = False,
    ) -> DocAssets:
        """The files that the doc's pages and tables name, with `fetch` also those that the mirror does not hold.

        With `anew` a file is not held that is not what was fetched. Raises only what ends the whole run.
        """
        in_tables = {table.id: self._in_table(doc, table, content) for table in outline.tables}
        in_pages = (reference for page in outline.pages for reference in texts.references(page))
        every = itertools.chain(in_pages, *in_tables.values())
        references = self._with_addresses(doc, _merged(every))
        held = self._held_assets(doc, references.values(), anew)
        wanted = [reference for blob_id, reference in references.items() if blob_id not in held]
        jobs = (
            {reference.blob_id: self._downloads.begin(reference) for reference in wanted}
            if fetch and self._downloads
            else {}
        )
        outcomes = {blob_id: job.result() for blob_id, job in jobs.items()}
        fetched = {
            blob_id: _fetched_asset(references[blob_id], *outcome.value)
            for blob_id, outcome in outcomes.items()
            if isinstance(outcome, Fetched)
        }
        assets = {**held, **fetched}
        missed = {blob_id: outcome for blob_id, outcome in outcomes.items() if not isinstance(outcome, Fetched)}
        missing: dict[str, Missed] = {**dict.fromkeys(references.keys() - assets.keys(), Kept()), **missed}
        naming = frozenset(table_id for table_id, named in in_tables.items() if named)
        return DocAssets(assets, _file_names(assets), dict(sorted(missing.items())), references, naming)

    def _with_addresses(self, doc: HeldDoc, references: Mapping[str, AssetReference]) -> dict[str, AssetReference]:
        """The references, with the whole addresses that are known from before where pages that are held have less."""
        known = {blob_id: str(entry.get("url", "")) for blob_id, entry in doc.stored.assets.items()}
        known |= {it.item_id: it.url for it in self._held.ledger.of(doc.doc.id) if it.kind == ASSET}
        return {
            blob_id: reference if reference.is_whole else replace(reference, address=known.get(blob_id, ""))
            for blob_id, reference in references.items()
        }

    def _in_table(self, doc: HeldDoc, table: Table, content: DocContent | None) -> list[AssetReference]:
        outcome = content.tables[table.id] if content else None
        if isinstance(outcome, Fetched):
            return list(outcome.value.assets)
        return list(self._table_references(doc, table.id))

    def _table_references(self, doc: HeldDoc, table_id: str) -> Iterator[AssetReference]:
        """The files that a table names which is taken over from the mirror."""
        for path in doc.table_files(doc.stored.tables.get(table_id), ".jsonl"):
            for line in filter(may_show_files, self._held.tree.lines(path)):
                for value in _values(line, path, self._held):
                    if isinstance(value, dict | list):
                        yield from value_assets(value, self._options.asset_hosts)

    def _held_assets(self, doc: HeldDoc, references: Iterable[AssetReference], anew: bool) -> dict[str, Asset]:
        known = [asset for reference in references if (asset := self._held_asset(doc, reference))]
        if anew:
            known = [asset for each in known if (asset := self._as_it_is(each))]
        missing = self._held.missing_here([asset.held for asset in known if asset.held])
        return {asset.reference.blob_id: asset for asset in known if asset.held not in missing}

    def _as_it_is(self, asset: Asset) -> Asset | None:
        """With the size of the file that is held; None where that is not the one that is meant."""
        if asset.held is None:
            return asset
        file = self._held.tree.measured(asset.held)
        return replace(asset, size=file.size) if file.sha256 == asset.sha256 else None

    def _held_asset(self, doc: HeldDoc, reference: AssetReference) -> Asset | None:
        """What the mirror holds of a blob; a stub only as long as the file is still too large.

        A stub says no more than that of a file which was never held, of which nobody knows the digest.
        """
        entry = doc.stored.assets.get(reference.blob_id)
        path = doc.path(entry["file"]) if entry and entry["file"] else None
        if entry is None or path is None:
            return None
        too_large = self._is_too_large(entry.get("size"))
        if too_large and not entry.get("stub"):
            too_large = self._is_too_large(self._held.tree.measured(path).size)
        if entry.get("stub") and not too_large:
            return None
        name, mime = reference.name or entry.get("name", ""), reference.mime or entry.get("mime", "")
        if too_large:
            return Asset(reference, name, mime, entry.get("size"), None)
        return Asset(reference, name, mime, entry.get("size"), entry.get("sha256"), held=path)

    def _is_too_large(self, size: int | None) -> bool:
        """A size that nobody says may be any."""
        limit = self._options.largest_asset
        return limit is not None and size is not None and size > limit


def _values(line: bytes, path: str, held: Held) -> Iterator[object]:
    """The values of a row as the mirror holds it. Raises MirrorError where somebody wrote something else."""
    try:
        yield from parse_row(line)["values"].values()
    except ValueError as error:
        raise damaged(path, held.tree) from error


def _merged(references: Iterable[AssetReference]) -> dict[str, AssetReference]:
    """One reference for each blob, the same whatever the order in which pages and tables name it."""
    merged: dict[str, AssetReference] = {}
    for reference in references:
        known = merged.get(reference.blob_id, reference)
        merged[reference.blob_id] = replace(
            known,
            address=_fuller(known.address, reference.address),
            name=min(filter(None, (known.name, reference.name)), default=""),
            mime=min(filter(None, (known.mime, reference.mime)), default=""),
            image=known.image or reference.image,
        )
    return merged


def _fuller(one: str, other: str) -> str:
    """The longer of two addresses of a file: pages that the mirror holds have them only up to the blob's id."""
    return max(one, other, key=lambda address: (len(address), address))


def _fetched_asset(reference: AssetReference, download: Download, path: Path) -> Asset:
    name, mime = reference.name or download.filename, reference.mime or download.content_type
    return Asset(reference, name, mime, download.size, download.sha256, path if download.taken else None)


def _file_names(assets: Mapping[str, Asset]) -> dict[str, str]:
    names = asset_file_names({blob_id: AssetName(asset.name, asset.mime) for blob_id, asset in assets.items()})
    return {
        blob_id: layout.inside(layout.ASSETS, stub_file_name(names[blob_id]) if asset.is_stub else names[blob_id])
        for blob_id, asset in assets.items()
    }


def stub_bytes(asset: Asset) -> bytes:
    """The text that stands for a file which is too large for the mirror (mirror-format.md, law 8)."""
    reference = asset.reference
    return stub(asset.name, asset.size, asset.mime, reference.blob_id, reference.url, asset.sha256)
