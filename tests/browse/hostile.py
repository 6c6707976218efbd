"""A page that tries whatever a page can try, and an account in which every name is an attempt."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from coda_git_mirror.demo.blocks import Attachment, Picture, Raw, Text
from coda_git_mirror.demo.cells import File, Hotlink, Markdown, WebLink
from coda_git_mirror.demo.drawings import striped_png
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Column, Doc, Page, World
from tests.browse.elsewhere import Elsewhere
from tests.support import VirtualClock, commit_by_hand, mirror

RAN = "ran-"
"""What the paths at which scripts report begin with."""
PICTURE = striped_png(((200, 60, 50), (40, 70, 120)))


DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJ"
    "ggg=="
)
PAYLOADS = {
    "script": "<script>RUN(script)</script>",
    "script-from": '<script src="AT(script.js)"></script>',
    "module": '<script type="module">RUN(module)</script>',
    "onerror": '<img src="nowhere.png" onerror="RUN(onerror)">',
    "onload": f'<img src="{DOT}" onload="RUN(onload)">',
    "svg": "<svg onload='RUN(svg-onload)'><script>RUN(svg-script)</script></svg>",
    "svg-image": '<svg><image href="AT(svg-image.png)" width="9" height="9"/><use href="AT(svg-use.svg)#x"/></svg>',
    "svg-animation": "<svg><animate onbegin='RUN(animate)' attributeName='x' dur='1s'/></svg>",
    "svg-data": '<iframe src="data:image/svg+xml,'
    "<svg xmlns='http://www.w3.org/2000/svg' onload='RUN(svg-in-data)'><script>RUN(svg-data)</script></svg>"
    '"></iframe>',
    "math": '<math><mtext><img src="x-y.png" onerror="RUN(math)"></mtext></math>',
    "autofocus": '<input autofocus onfocus="RUN(autofocus)">',
    "details": '<details open ontoggle="RUN(details)"><summary>More</summary></details>',
    "video": '<video src="AT(video.mp4)" poster="AT(poster.png)" autoplay onerror="RUN(video)"></video>',
    "audio": '<audio src="AT(audio.mp3)" autoplay></audio>',
    "track": '<video src="nowhere.mp4"><track default src="AT(track.vtt)"></video>',
    "source": '<video autoplay><source src="AT(source.mp4)" type="video/mp4"></video>',
    "iframe": '<iframe src="AT(iframe)"></iframe>',
    "iframe-srcdoc": '<iframe srcdoc="&lt;script&gt;RUN(srcdoc)&lt;/script&gt;"></iframe>',
    "iframe-javascript": '<iframe src="javascript:RUN(iframe-javascript)"></iframe>',
    "iframe-data": '<iframe src="data:text/html,<script>RUN(iframe-data)</script>"></iframe>',
    "object": '<object data="AT(object)"></object>',
    "embed": '<embed src="AT(embed)">',
    "object-data": '<object data="data:text/html,<script>RUN(object-data)</script>"></object>',
    "import": '<style>@import url("AT(import.css)");</style>',
    "font": '<style>@font-face{font-family:far;src:url("AT(font.woff2)")} i{font-family:far}</style><i>i</i>',
    "background": '<style>div{background:url("AT(background.png)")}</style>',
    "selector": '<style>a[href^="#"]{background:url("AT(attribute.png)")}</style><a href="#x">a</a>',
    "style-attribute": '<p style="background-image:url(AT(style.png))">styled</p>',
    "stylesheet": '<link rel="stylesheet" href="AT(style.css)">',
    "icon": '<link rel="icon" href="AT(icon.png)">',
    "prefetch": '<link rel="prefetch" href="AT(prefetch)">',
    "preload": '<link rel="preload" as="image" href="AT(preload)">',
    "modulepreload": '<link rel="modulepreload" href="AT(modulepreload.js)">',
    "preconnect": '<link rel="preconnect" href="AT(preconnect)"><link rel="dns-prefetch" href="//evil.example">',
    "manifest": '<link rel="manifest" href="AT(manifest)"><link rel="prerender" href="AT(prerender)">',
    "speculation": '<script type="speculationrules">{"prerender":[{"urls":["AT(speculation)"]}]}</script>',
    "image": '<img src="AT(image.png)" alt="far">',
    "srcset": '<img srcset="AT(srcset.png) 1x" alt="far">',
    "picture": '<picture><source srcset="AT(picture.png)"><img src="nowhere.png" alt="far"></picture>',
    "input-image": '<input type="image" src="AT(input.png)" alt="far">',
    "table-background": '<table background="AT(table.png)"><tr><td background="AT(cell.png)">x</td></tr></table>',
    "body": '<body background="AT(body.png)" onload="RUN(body-onload)">',
    "refresh": '<meta http-equiv="refresh" content="0;url=AT(refresh)">',
    "cookie": '<meta http-equiv="set-cookie" content="a=b"><meta http-equiv="Content-Security-Policy" content="">',
    "template": "<p>{{'7'*9}}${'7'*9}#{'7'*9}{% print '7'*9 %}</p>",
    "marquee": '<marquee onstart="RUN(marquee)">m</marquee>',
}
LINKS = {
    "javascript": '<a ID href="javascript:RUN(href)">javascript</a>',
    "javascript-obscured": '<a ID href="&#9;java&#10;script&colon;RUN(obscured)">obscured</a>',
    "onclick": '<a ID href="#x" onclick="RUN(onclick)">onclick</a>',
    "data": '<a ID href="data:text/html,<script>RUN(data-href)</script>">data</a>',
    "top": '<a ID href="AT(top)" target="_top">top</a>',
    "parent": '<a ID href="AT(parent)" target="_parent">parent</a>',
    "self": '<a ID href="AT(self)">self</a>',
    "ping": '<a ID href="#x" ping="AT(ping)">ping</a>',
    "submit": '<form action="AT(form)" method="post" target="_top"><input name="a"><button ID>submit</button></form>',
    "get": '<form action="AT(form-get)"><button ID>get</button></form>',
    "formaction": '<form><button ID formaction="javascript:RUN(formaction)">formaction</button></form>',
}


NAMES = {
    "tag": "<img src=x onerror=RUN(name-tag)>",
    "quote": '"><script>RUN(name-quote)</script>',
    "attribute": "' onmouseover='RUN(name-attribute)' x='",
    "focus": '" autofocus onfocus="RUN(name-focus)',
    "closing": "</title></textarea></style></script><script>RUN(name-closing)</script>",
    "scheme": "javascript:RUN(name-scheme)",
    "template": "{{'7'*9}}{% print '7'*9 %}${'7'*9}",
    "markdown": "[x](javascript:RUN(name-markdown)) ![y](AT(name-markdown.png))",
    "header": "a\r\nX-Evil: 1\r\n\r\n<script>1</script>",
    "path": "../../../../etc/passwd?at=x#y%2e%2e&amp;",
    "bidi": "a\u202egnp.exe\u0000b",
}


def script(elsewhere: Elsewhere, by: str) -> str:
    """JavaScript without quotes or line ends that leaves a mark in its document, and reports that it ran."""
    mark = f"document.documentElement.setAttribute(`data-ran`,`{by}`)"
    report = f"new Image().src=`{elsewhere(RAN + by)}`"
    return f"{mark};{report};void(0)"


def payloads(elsewhere: Elsewhere) -> dict[str, str]:
    """Pieces of HTML, each of which tries one thing as soon as it is shown, by a word for it."""
    return {name: _filled(piece, elsewhere) for name, piece in PAYLOADS.items()}


def links(elsewhere: Elsewhere) -> dict[str, str]:
    """Links and forms that try one thing when they are clicked, by the id that each has."""
    return {name: _filled(piece, elsewhere).replace("ID", f'id="{name}"') for name, piece in LINKS.items()}


def reports(piece: str) -> set[str]:
    """What is heard elsewhere when such a piece gets its way."""
    ran = {f"{RAN}{mark}" for mark in re.findall(r"RUN\(([a-z-]+)\)", piece)}
    return ran or set(re.findall(r"AT\(([a-z0-9.-]+)\)", piece))


def opener(elsewhere: Elsewhere) -> str:
    """A link that keeps hold of the tab it is clicked in."""
    return f'<a id="opener" href="{elsewhere("opener.html")}" target="_blank" rel="opener">opener</a>'


def _filled(piece: str, elsewhere: Elsewhere) -> str:
    """`AT(path)` becomes an address elsewhere, `RUN(mark)` a script that leaves and reports this mark."""
    ran = re.sub(r"RUN\(([a-z-]+)\)", lambda found: script(elsewhere, found[1]), piece)
    return re.sub(r"AT\(([a-z0-9.-]+)\)", lambda found: elsewhere(found[1]), ran)


def hostile_page(elsewhere: Elsewhere) -> str:
    """A page that tries all of it at once."""
    pieces = payloads(elsewhere).values()
    return (
        "<h1>Price list</h1>\n<p>We sell at cost.</p>\n" + "\n".join(f"<div>{piece}</div>" for piece in pieces) + "\n"
    )


def page_of_links(elsewhere: Elsewhere) -> str:
    """A page with all the links and forms."""
    return "\n".join(f"<div>{piece}</div>" for piece in [*links(elsewhere).values(), opener(elsewhere), ""])


def based_page(elsewhere: Elsewhere) -> str:
    """A page all of whose relative addresses would lead elsewhere."""
    base = f'<base href="{elsewhere("base/")}" target="_top">'
    return f'{base}\n<p>Based.</p><img src="based.png"><a id="based" href="x">x</a>\n'


def names(elsewhere: Elsewhere) -> dict[str, str]:
    """Names that break out of wherever they are put unescaped, by a word for each."""
    return {name: _filled(text, elsewhere) for name, text in NAMES.items()}


MARKDOWN = """\
# Raw <script>{run}</script>

[click]({javascript}) [data](data:text/html,<script>1</script>) <javascript:alert(1)> [ref][r]
![far]({far}) ![x]("onerror="{run}) <img src=x onerror={run}> <a href="javascript:{run}">a</a>

<iframe src="{far}"></iframe>
<style>@import url({far});</style>

| a | b |
| --- | --- |
| <svg onload={run}> | `</code><script>{run}</script>` |

```html"><script>{run}</script>
</code></pre><script>{run}</script>
```

[r]: javascript:{run} "t<script>{run}</script>"
"""


def hostile_markdown(elsewhere: Elsewhere) -> str:
    """Markdown as bad as the HTML."""
    run = script(elsewhere, "markdown")
    return MARKDOWN.format(run=run, javascript=f"javascript:{run.replace(' ', '%20')}", far=elsewhere("markdown.png"))


@dataclass
class HostileAccount:
    """Two syncs of an account of which everything is hostile but that it can be mirrored; `folder` is the mirror."""

    folder: Path
    elsewhere: Elsewhere
    world: World = field(default_factory=World)
    clock: VirtualClock = field(default_factory=VirtualClock)

    def make(self) -> None:
        """Mirrors it, edits it so that everything has a past, mirrors it again, and adds a commit by hand."""
        self._build()
        with SimulatedCoda(self.world, clock=self.clock.now, limits=Limits.none()) as coda:
            self._serve_html(coda, hostile_page(self.elsewhere))
            self._sync(coda)
            self._edit()
            coda.off()
            self._serve_html(coda, hostile_page(self.elsewhere).replace("We sell at cost.", "We sell dearly."))
            self._sync(coda)
        commit_by_hand(self.folder, f"Hand: {names(self.elsewhere)['quote']}", "2027-01-01T12:00:00Z")

    @property
    def doc(self) -> Doc:
        return self.world.docs[0]

    def page(self, name: str) -> Page:
        return self.doc.page(name)

    def _sync(self, coda: SimulatedCoda) -> None:
        report = mirror(coda, self.folder, self.clock, asset_hosts=frozenset({coda.asset_hosts}), full=True)
        assert report.problems == ()

    def _serve_html(self, coda: SimulatedCoda, html: str) -> None:
        """Both exports of these pages are HTML: their Markdown has it raw."""
        pages = {"Hostile": html, "Links": page_of_links(self.elsewhere), "Based": based_page(self.elsewhere)}
        for name, content in pages.items():
            coda.on("GET", f"^/exports/[^/]+/{self.page(name).id}$").garbage(
                content.encode(), content_type="text/plain"
            )

    def _build(self) -> None:
        bad = names(self.elsewhere)
        doc = self.world.add_doc(bad["tag"])
        top = doc.add_page("Hostile")
        doc.add_page("Links", top)
        doc.add_page("Based", top)
        doc.add_page("Tame", top, [Text("A tame line."), Text(f"[Hostile]({top.link})"), *self._files()])
        doc.add_page("Markdown", top, [Raw(hostile_markdown(self.elsewhere))])
        for name in bad.values():
            doc.add_page(name, top, [Text(f"About {name}"), Text("One line that goes.")])
        self._add_tables(doc, top)
        for name in list(bad.values())[1:]:
            self.world.add_doc(name).add_page(name, blocks=[Text(name)])

    def _files(self) -> list[Picture | Attachment]:
        bad = [name.replace("\r\n", " ").replace("\0", "") for name in names(self.elsewhere).values()]
        run = script(self.elsewhere, "file")
        kinds = {
            "image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload='{run}'><script>{run}</script></svg>",
            "text/html": hostile_page(self.elsewhere),
            "application/xhtml+xml": f"<html xmlns='http://www.w3.org/1999/xhtml'><script>{run}</script></html>",
            "text/xml": f"<x:script xmlns:x='http://www.w3.org/1999/xhtml'>{run}</x:script>",
            "application/pdf": "%PDF-1.4\n",
            "text/javascript": run,
        }
        files = [
            Attachment(self.world.add_blob(text.encode(), f"file{n}", kind))
            for n, (kind, text) in enumerate(kinds.items())
        ]
        pictures = [Picture(self.world.add_blob(PICTURE + bytes([n]), name, "image/png")) for n, name in enumerate(bad)]
        return [*pictures, *files]

    def _add_tables(self, doc: Doc, page: Page) -> None:
        bad = names(self.elsewhere)
        columns = [Column(name) for name in bad.values()]
        kinds = {"link": "Link", "image": "Image", "imageReference": "Far", "attachments": "Files", "canvas": "Canvas"}
        columns += [Column(name, kind, many=kind == "attachments") for kind, name in kinds.items()]
        for title in (bad["quote"], bad["tag"]):
            table = doc.add_table(title, columns if title == bad["quote"] else [Column(bad["tag"])], page=page)
            for name in bad.values():
                values = {column.name: name for column in table.columns if column.type == "text"}
                table.add_row({**values, **(self._typed(name) if len(table.columns) > 1 else {})})
            doc.add_view(bad["attribute"], table, page)

    def _typed(self, name: str) -> dict[str, object]:
        svg = self.world.add_blob(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "x.svg", "image/svg+xml")
        return {
            "Link": WebLink(f"javascript:{script(self.elsewhere, 'cell-link')}", name),
            "Image": File(self.world.add_blob(PICTURE, "dot.png", "image/png")),
            "Far": Hotlink(self.elsewhere("cell.png")),
            "Files": [File(svg)],
            "Canvas": Markdown(hostile_markdown(self.elsewhere)),
        }

    def _edit(self) -> None:
        bad = names(self.elsewhere)
        doc = self.doc
        self.page("Hostile").append(Text("Edited."))
        self.page("Tame").write(Text("Another line."), *self.page("Tame").blocks[1:])
        self.page(bad["focus"]).write(Text("Otherwise."))
        self.page(bad["attribute"]).delete()
        self.page(bad["template"]).rename(bad["closing"])
        table = doc.table(bad["quote"])
        for row, name in zip(table.rows, reversed(bad.values()), strict=True):
            row.set(bad["tag"], name)
        table.rows[3].delete()
        doc.table(bad["tag"]).delete()
        self.world.docs[-1].delete()
