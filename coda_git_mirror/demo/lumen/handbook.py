"""The doc `Lumen handbook 🚲`: prose three levels deep, pictures, links, and pages that do not export."""

from __future__ import annotations

from coda_git_mirror.demo.blocks import (
    Attachment,
    Block,
    Callout,
    Code,
    Divider,
    Embed,
    Heading,
    Item,
    Picture,
    Quote,
    Text,
)
from coda_git_mirror.demo.drawings import one_page_pdf, striped_png
from coda_git_mirror.demo.lumen.team import BEN, CHLOE
from coda_git_mirror.demo.world import Doc, Icon, Page, World

LABEL_PRINTER = """\
# every box gets one
lp -d workshop -o media=A6 label.pdf
lpstat -p workshop | grep -q idle"""

ON_CALL: tuple[Block, ...] = (
    Text("One of us answers the dealers' phone each week. The rota is swapped on *Thursday*, never on Friday."),
    Heading(2, "When the phone rings"),
    Item("Say your name and write down theirs", kind="number"),
    Item("Look the order up", kind="number"),
    Item("Call back within the hour, even with nothing to say", kind="number"),
    Heading(2, "The label printer"),
    Text("It sleeps. Wake it so:"),
    Code("bash", LABEL_PRINTER),
    Quote("It only ever jams when somebody is watching.\n— Chloë"),
    Quote("Then do not watch.", level=2),
)


def add_handbook(world: World) -> Doc:
    """Adds the doc."""
    doc = world.add_doc("Lumen handbook 🚲")
    welcome = doc.add_page("Welcome")
    welcome.subtitle = "Start here"
    welcome.icon = Icon("bicycle")
    work = doc.add_page("How we work")
    meetings = doc.add_page("Meetings", work, author=CHLOE)
    _add_notes(doc, meetings)
    on_call = doc.add_page("Support / on-call 📟", work, ON_CALL, author=BEN)
    _write_work(work, meetings, on_call)
    meetings.write(Text("Short, standing, with notes. The last two are below; older ones are gone on purpose."))
    _add_brand(doc)
    _add_hidden(doc)
    doc.add_page("Sales dashboard", content_type="embed")
    doc.add_page("Supplier terms", content_type="syncPage")
    _write_welcome(welcome, work, on_call)
    return doc


def _write_welcome(page: Page, work: Page, on_call: Page) -> None:
    world = page.doc.world
    door = world.add_blob(
        striped_png(((200, 60, 50), (240, 240, 235), (40, 70, 120))), "workshop door.png", "image/png"
    )
    page.cover = world.add_blob(striped_png(((30, 30, 60),) * 2), "cover.png", "image/png")
    page.write(
        Heading(1, "Welcome to Lumen"),
        Text("We build bicycles that people keep. This is how we do it, what we agreed on and whom to ask."),
        Picture(door),
        Callout("📌 New here? Read [How we work](" + work.link + ") first; it takes ten minutes."),
        Divider(),
        Item(f"When something breaks: [the on-call page]({on_call.link})"),
        Item(f"One line of it: [wake the printer]({on_call.link}#_luPr1ntr)"),
        Item("Everything else: **ask**. There are no stupid questions, only https://example.com/faq"),
    )


def _write_work(page: Page, meetings: Page, on_call: Page) -> None:
    page.write(
        Heading(1, "Four habits"),
        Item("Write it down where the next person will look", kind="number"),
        Item("Decide with those who do the work", kind="number"),
        Item("Fewer meetings", kind="number"),
        Item(f"shorter ones too, see [Meetings]({meetings.link})", level=1),
        Item("Finish before you start", kind="number"),
        Text(f"Urgent things go to [{on_call.name}]({on_call.link}), at any hour."),
    )


def _add_notes(doc: Doc, meetings: Page) -> None:
    """Two pages of one name, of which one lacks the optional timestamps."""
    doc.add_page("Notes", meetings, (Heading(2, "2 March"), Item("Belts: decide in April"), Item("Paint is late")))
    older = doc.add_page("Notes", meetings, (Heading(2, "23 February"), Item("Tyres are out 🎉")), tail="zQ-9_x")
    older.dated = False


def _add_brand(doc: Doc) -> None:
    world = doc.world
    logo = world.add_blob(striped_png(((255, 190, 0), (20, 20, 20))), "logo.png", "image/png")
    guide = world.add_blob(one_page_pdf("Lumen brand guide"), "brand guide (2026).pdf", "application/pdf")
    doc.add_page(
        "Brand assets",
        blocks=(
            Text("Use these, do not redraw them."),
            Picture(logo, width=96),
            Attachment(guide),
            Divider(),
            Embed("https://example.com/videos/brand"),
        ),
    )


def _add_hidden(doc: Doc) -> None:
    retired = doc.add_page("Retired ideas", blocks=(Text("Here so that nobody has them again."),))
    doc.add_page("Folding tandem", retired, (Text("It folded *while riding*."),))
    retired.hide()
