"""The text of a proposal: what its page shows apart from it is left out."""

from __future__ import annotations

import re

from common.text import clean_line
from governance.onchain.models.proposals import MOST_BEGINNING

MOST_GIST = 240  # characters
MOST_LOOKED_AT = 1_000  # of a paragraph: Markdown's marks are looked for from each character on
PROPOSER = re.compile(
    r"#proposer=0x[0-9a-fA-F]{40}\Z"
)  # by which OpenZeppelin's Governor keeps others from proposing it


def body_of(description: str) -> str:
    """Return a description without the heading that is its title, and without what names its proposer for the chain."""
    text = PROPOSER.sub("", description.rstrip()).strip()
    first, _, rest = text.partition("\n")
    return rest.strip() if first.startswith("#") else text


def gist_of(description: str) -> str:
    """Return the first paragraph of a text without Markdown's marks, cut at a word."""
    parts = re.split(r"\n\s*\n", body_of(description[:MOST_BEGINNING]))
    paragraphs = (" ".join(part[:MOST_LOOKED_AT].split()) for part in parts)
    plain = (re.sub(r"[`*_]|^#+ |^[-+>] |!?\[([^\]]*)\]\([^)]*\)", r"\1", each) for each in paragraphs)
    text = clean_line(next((each for each in plain if each), ""))
    if len(text) <= MOST_GIST:
        return text
    return f"{text[:MOST_GIST].rsplit(' ', 1)[0]} …"
