"""What people and models write, as HTML: markdown, rendered and sanitised here, because it is not trusted.

Some texts take time that grows with the square of their length, and an event loop has none: so what is longer than any
answer of usual length stays plain text, and all of it is made in a thread (``answer_html``).
"""

import asyncio
from html import escape

import nh3
from markdown_it import MarkdownIt

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
MOST_MARKED = 8_192  # characters that are read as markdown; 512 tokens have about a third
TAGS = {
    *("p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "a"),
}


def render_answer(text: str) -> str:
    """Return a model's answer as safe HTML: no pictures, no styles, no ids, and links that give nothing away."""
    return _render(text, "noopener noreferrer nofollow")


def render_written(text: str) -> str:
    """Return what somebody wrote as safe HTML; its links say that the site is not their author."""
    return _render(text, "noopener noreferrer nofollow ugc")


def _render(text: str, rel: str) -> str:
    if len(text) > MOST_MARKED:
        return f"<pre>{escape(text)}</pre>\n"
    html = _markdown.render(text)
    # The page around the answer has the first two levels.
    html = html.replace("<h1>", "<h3>").replace("</h1>", "</h3>").replace("<h2>", "<h3>").replace("</h2>", "</h3>")
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https"},
        link_rel=rel,
    )


async def answer_html(text: str) -> str:
    """Return what ``render_answer`` does, while the event loop goes on."""
    return await asyncio.to_thread(render_answer, text)
