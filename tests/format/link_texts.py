"""Markdown and HTML full of links and of what merely looks like one, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

MARKDOWN_PIECES = (
    *("[a](u1)", "![i](u2)", "[x](<a b>)", '[x](a\\)b "t")', "[README.md](README.md)", "[b](", "](u3)"),
    *("<https://x.y/z>", "[https://x.y](https://x.y)", "[", "]", "(", ")", "![", "<", ">", "!", "\\"),
    *("`", "``", "```", "~~~\n", "\n```\n", "```js\n[c](c)\n```\n", "text", " ", "\n", "\n\n", '"t"', " 'x'"),
    *("- ", "> ", "1. ", "# ", "|", "| a | b |\n|---|---|\n", "*", "**", "_", "&amp;", "<b>", "<!-- c -->", "<!X>"),
)
MARKUP_PIECES = (
    *("[r]: u4\n", "[r]: <u 5> 'title'\n", "[r]", "[r][]", "[t][r]", '<a href="u&amp;6">', "<img src=u7>", "</a>"),
    *("<a href='u8' href=u9>", '<a title="[x](y)">', "<!--", "-->", "<![CDATA[", "<?", "é", "\ud800", "\r", "\x0b"),
)
HTML_PIECES = (
    *('<a href="u1">', "<a href='u&amp;2'>", "<img src=u3>", "<video poster=u4 src='u 5'>", "</a>", "<a href>"),
    *("<A HREF=u6>", '<img\nalt="<b>" src = "u7"/>', "<a x=1 href=u8 href=u9>", "<a href=>", "<a/href='u'/>"),
    *(
        "<!--",
        "-->",
        "--!>",
        "<!-->",
        "<script>",
        "</script>",
        "<STYLE>",
        "</style >",
        "<title>",
        "<pre>",
        "<![x[",
        "<?",
    ),
    *('"', "'", "=", "<", ">", "/", " ", "\n", "&", "text", "é", "\ud800", "<a ", "<9>", "</", "<!doctype html>"),
)
links = st.sampled_from(["u1", "u2", "https://x.y", "https://x.y/z", "a)b", "u&6", "c"])
targets = st.one_of(
    st.sampled_from(["../p.md", "x y.md", "---", "a(b", "é&amp;|`", "#", "<u>", "", "https://other.example/?a=1&b=2"]),
    st.text(max_size=5),
)
resolvers = st.dictionaries(links, targets)


def texts(*pieces: str) -> st.SearchStrategy[str]:
    """Pieces put together as they come, some of them arbitrary text."""
    return st.lists(st.sampled_from(pieces) | st.text(max_size=3), max_size=14).map("".join)
