"""The mirror's files as they are, a doc as a zip, and which commit is the present one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, redirect, render_template, request, send_file
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.routing import BaseConverter

from coda_git_mirror.actions.browse.files import Content, Files, MirrorFile
from coda_git_mirror.actions.browse.found import doc_name
from coda_git_mirror.actions.browse.zips import doc_folder, zipped
from coda_git_mirror.web.addresses import to_download, to_file, to_item, to_zip
from coda_git_mirror.web.framed import framed
from coda_git_mirror.web.media_types import PAGE, PLAIN, UNKNOWN, Kind, kind_of
from coda_git_mirror.web.policies import FILES
from coda_git_mirror.web.shown import json_response, shown

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
"""What no file may be called on one system or another."""

raw = Blueprint("raw", __name__)


@dataclass(frozen=True)
class Offered:
    """A file of a commit that can be had by a click."""

    commit: str
    file: MirrorFile


class _AnyPath(BaseConverter):
    """The rest of an address, whatever characters it has."""

    regex = r"(?s:.+)"
    part_isolating = False
    weight = 300


@raw.record_once
def _know_paths(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["any_path"] = _AnyPath


@raw.get("/at/<rev>/<any_path:path>")
def file(rev: str, path: str) -> AnyResponse:
    """A file byte for byte as git has it.

    A browser, which says what it wants a file for, gets in place of a pointer of Git LFS the file itself, so that
    pages have their pictures, and a page in a frame with those links led out of it that do not work there, and with its
    name at its head where a link led to it; a program gets what `git show` gives.
    """
    path, commit = _exactly(path), g.browsed.commit_id(rev)
    if commit != rev:
        return redirect(to_file(commit, path))
    files = Files(g.browsed)
    found = files.find(commit, path)
    if _is_asked_by_a_page(kind_of(found.name)):
        return shown("file.html", Offered(commit, found), {"download": to_download(commit, path)})
    wanted_for = request.headers.get("Sec-Fetch-Dest")
    content = files.real(found) if wanted_for else files.committed(found)
    kind = PLAIN if found.is_link or content.is_pointer else kind_of(found.name)
    if wanted_for == "iframe" and kind == PAGE:
        content = framed(content, _head(commit, path) if _is_asked_from_elsewhere() else "")
    return _sent(content, found.name, kind)


def _head(rev: str, path: str) -> str:
    """What a page is that a link in a frame led to, and the way to it with all that belongs to it."""
    index = g.browsed.index
    at = index.commit(rev)
    state = index.item_of_path(path, at.number) if at else None
    doc = doc_name(index, state.doc, at) if state and at else ""
    whole = to_item(state.doc, state.item, None if at == index.head else at) if state else to_file(rev, path)
    return render_template("followed.html", at=at, state=state, doc=doc, name=path.rpartition("/")[2], whole=whole)


def _is_asked_by_a_page(kind: Kind) -> bool:
    """Whether a page of the mirror opened a tab for a file: its sandbox forbids a download, also in a new tab."""
    return request.headers.get("Sec-Fetch-Dest") == "document" and _is_asked_from_elsewhere() and not kind.inline


def _is_asked_from_elsewhere() -> bool:
    """Whether something on a page of the mirror asks, which for a browser is another site; a page of ours is not."""
    return request.headers.get("Sec-Fetch-Site") == "cross-site"


@raw.get("/get/<rev>/<any_path:path>")
def download(rev: str, path: str) -> AnyResponse:
    """The same file to be kept; of one in Git LFS always the file itself."""
    path, commit = _exactly(path), g.browsed.commit_id(rev)
    if commit != rev:
        return redirect(to_download(commit, path))
    files = Files(g.browsed)
    found = files.find(commit, path)
    return _sent(files.fetched(found), found.name, Kind(UNKNOWN))


@raw.get("/zip/<rev>/<doc>")
def doc_zip(rev: str, doc: str) -> AnyResponse:
    """A doc's folder."""
    revision = g.browsed.revision(rev)
    if revision.id != rev:
        return redirect(to_zip(revision, doc))
    folder = doc_folder(g.browsed, revision, doc)
    pieces = () if request.method == "HEAD" else zipped(g.browsed, revision, folder)
    answer = Response(pieces, content_type="application/zip", headers=dict(FILES))
    name = f"{folder.rpartition('/')[2]}-{revision.when:%Y-%m-%d}.zip"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@raw.get("/head")
def head() -> Response:
    """The commit that a page without `at` shows."""
    present = g.browsed.head()
    return json_response({"head": present.id if present else None})


def _exactly(path: str) -> str:
    """The path of the request with bytes in it that are no UTF-8, which `path` has lost."""
    exact = request.environ["PATH_INFO"].encode("latin-1").decode("utf-8", "surrogateescape")
    return path if path.isascii() else str(exact).split("/", 3)[3]


def _sent(content: Content, name: str, kind: Kind) -> Response:
    """The whole of a file or the part that is asked for."""
    answer = send_file(
        content.stream,
        kind.media_type,
        as_attachment=not kind.inline,
        download_name=_lawful(name),
        conditional=False,
        etag=False,
    )
    answer.headers["Content-Type"] = kind.media_type
    answer.content_length = content.size
    answer.set_etag(content.mark)
    answer.headers.update(FILES)
    try:
        answer.make_conditional(request.environ, accept_ranges=True, complete_length=content.size)
    except RequestedRangeNotSatisfiable:
        content.stream.close()
        raise
    if request.method == "HEAD" or answer.status_code == 304:
        content.stream.close()
    return answer


def _lawful(name: str) -> str:
    return _UNFIT.sub("_", name.encode("utf-8", "replace").decode())
