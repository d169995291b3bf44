"""What people and models write, as HTML: markdown, rendered and sanitised here, because it is not trusted.

Some texts take time that grows with the square of their length. So what is longer than any answer of usual length is
rendered in pieces (``pieces``), for a second at most: what is left by then stays plain text, and so does a piece that
cannot be cut. An event loop has no time at all, so for it everything is made in a thread (``answer_html``).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from .pieces import definitions_in, pieces_of

MOST_MARKED = 10_000  # characters that are read as markdown at once; 512 tokens have about a third
MOST_SECONDS = 1.0  # of CPU for one text; 256 KiB of ordinary markdown take a third of it
TAGS = {
    *("p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "a"),
}
# An address, or the name of an account; not within a word, an address of mail or a path.
MENTION = re.compile(r"(?<![\w@./-])@(0x[0-9a-fA-F]{40}(?!\w)|[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?)")
MENTIONS = "mentions"  # under which the rendering finds whom a text may link
REFERENCES = "references"  # under which it finds where ``[a link][like this]`` leads


def render_answer(text: str) -> str:
    """Return a model's answer as safe HTML: no pictures, no styles, no ids, and links that give nothing away."""
    return _render(text, "noopener noreferrer nofollow")


def render_written(text: str, mentions: Mapping[str, str] | None = None) -> str:
    """Return what somebody wrote as safe HTML; its links say that the site is not their author.

    ``mentions`` are the paths of those whom ``@name`` links, by name in lower case; other names stay text.
    """
    return _render(text, "noopener noreferrer nofollow ugc", mentions or {})


def _render(text: str, rel: str, mentions: Mapping[str, str] | None = None) -> str:
    if len(text) <= MOST_MARKED:
        return _safe(text, rel, {MENTIONS: mentions})
    until = time.thread_time() + MOST_SECONDS
    known: dict[str, Any] = {}
    _markdown.parse(definitions_in(text)[:MOST_MARKED], known)
    return "".join(
        _plain(piece)
        if len(piece) > MOST_MARKED or time.thread_time() > until
        else _safe(piece, rel, {MENTIONS: mentions, REFERENCES: dict(known.get(REFERENCES, {}))})
        for piece in pieces_of(text)
    )


def _plain(text: str) -> str:
    return f"<pre>{escape(text)}</pre>\n"


def _safe(text: str, rel: str, env: dict[str, Any]) -> str:
    html = _markdown.render(text, env)
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


def mentions_in(text: str) -> list[str]:
    """Return whom a text mentions (``@name``, ``@0x…``), in lower case, each once; code and links mention nobody."""
    if len(text) > MOST_MARKED or "@" not in text:
        return []
    found = (
        match[1].lower() for token in _texts(_markdown.parse(text, {})) for match in MENTION.finditer(token.content)
    )
    return list(dict.fromkeys(found))


def plain_text(text: str) -> str:
    """Return Markdown as text in one line, without its marks, for titles and beginnings."""
    if len(text) > MOST_MARKED:
        return " ".join(text.split())
    return " ".join(" ".join(_words_of(block) for block in _markdown.parse(text, {})).split())


def _words_of(block: Token) -> str:
    """Return what one block says; its pieces of text as they follow one another."""
    if block.type in ("fence", "code_block"):
        return block.content
    breaks = ("softbreak", "hardbreak")
    return "".join(" " if each.type in breaks else each.content for each in block.children or ())


def _texts(tokens: list[Token]) -> Iterator[Token]:
    """Yield the pieces of text that stand in no link and no code."""
    for block in tokens:
        depth = 0
        for token in block.children or ():
            depth += token.nesting if token.type.startswith("link_") else 0
            if token.type == "text" and not depth:
                yield token


def _link_mentions(state: StateCore) -> None:
    """Make links of the names that are known."""
    paths: Mapping[str, str] = state.env.get(MENTIONS) or {}
    if not paths:
        return
    for block in state.tokens:
        plain = {id(token) for token in _texts([block])}
        if plain:
            children = block.children or []
            block.children = [
                each for token in children for each in (_split(token, paths) if id(token) in plain else [token])
            ]


def _split(text: Token, paths: Mapping[str, str]) -> Iterator[Token]:
    """Yield a piece of text with its mentions as links."""
    done = 0
    for match in MENTION.finditer(text.content):
        if path := paths.get(match[1].lower()):
            yield _text(text.content[done : match.start()])
            yield Token("link_open", "a", 1, attrs={"href": path})
            yield _text(match[0])
            yield Token("link_close", "a", -1)
            done = match.end()
    yield _text(text.content[done:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_markdown.core.ruler.push("mentions", _link_mentions)
