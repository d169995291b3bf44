"""Sample answers: three questions that fit a model's task, asked once of a version, for buyers to read."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import DomainError
from common.text import clean_text
from marketplace.checks.models import Check, CheckState
from marketplace.checks.recording import write
from marketplace.listings.cards import examples_of
from marketplace.listings.models import Listing
from marketplace.publish.models import Draft

from .checking import SAMPLES, subject_of
from .choosing import offered_version
from .models import Mode, Upstream, UpstreamState
from .probing import Finding, ask
from .reasons import reason_of
from .servers import server_of
from .upstream import embed

MOST, TOKENS = 3, 96
MOST_QUESTION = 500  # characters
AGAIN = timedelta(hours=6)  # after which what was not answered is asked once more
GENERAL = (
    "Explain in two sentences why leaves are green.",
    "Write a polite reply that moves a meeting from Monday to Tuesday.",
    "Name three citrus fruits and what each tastes of.",
)
BY_TASK = {
    "summarization": (
        "Summarise: The ferry to the island was late on Friday because of a storm. Two hundred people waited for "
        "three hours. The company will pay half of each ticket back.",
        "Summarise: The library opens at nine from Monday on. On Sundays it stays closed.",
        "Summarise: A steel bottle keeps drinks cold all day and weighs 300 grams. It costs 20 euros.",
    ),
    "translation": (
        "Translate into French: The train leaves at eight.",
        "Translate into German: Where is the next pharmacy?",
        "Translate into Spanish: I would like two lemons, please.",
    ),
}

# For what makes vectors: a text, and others of which one means the same.
COMPARED = (
    (
        "How do I get my money back?",
        ("Refunds are paid within five days.", "The shop opens at nine.", "Lemon trees need much sun."),
    ),
    (
        "A cat sleeps on the sofa.",
        ("A kitten naps on the couch.", "The contract ends in May.", "Trains to the coast leave hourly."),
    ),
)


def take_samples(upstream: Upstream) -> int:
    """Ask a healthy server the questions of its version or draft, unless that was done; return how many were answered.

    Takes a minute at most, and must not be called inside a transaction.
    """
    can = upstream.state == UpstreamState.HEALTHY and upstream.mode in (Mode.CHAT, Mode.EMBEDDINGS)
    if not can or _is_done(upstream):
        return 0
    if upstream.mode == Mode.EMBEDDINGS:
        found = [_compared(upstream, *each) for each in COMPARED]
    else:
        found = [_asked(upstream, question) for question in questions_for(upstream)]
    answered = [each for each in found if each.answered]
    samples = [{"question": each.question, "answer": each.answer, "ms": each.first_token_ms} for each in answered]
    told = {"samples": samples, "at": timezone.now().isoformat()}
    says = _("%(answered)s of %(of)s questions were answered.") % {"answered": len(answered), "of": len(found)}
    state = CheckState.PASSED if len(answered) == len(found) else CheckState.WARNED
    write(subject_of(upstream), SAMPLES, state, says, found=told)
    return len(answered)


def _is_done(upstream: Upstream) -> bool:
    last = Check.objects.of(subject_of(upstream)).filter(name=SAMPLES).first()
    if last is None or last.state in (CheckState.WAITING, CheckState.RUNNING):
        return False
    return last.state == CheckState.PASSED or last.ended_at is None or last.ended_at > timezone.now() - AGAIN


def _asked(upstream: Upstream, question: str) -> Finding:
    try:
        engine = server_of(upstream)
    except DomainError:
        return Finding("key-lost", question=question)
    return ask(replace(engine, asks_usage=False), question, tokens=TOKENS)


def _compared(upstream: Upstream, question: str, texts: Sequence[str]) -> Finding:
    """Have a text and others made vectors of, and tell which are the nearest, with their cosines."""
    started = time.monotonic()
    try:
        (own, *others), _tokens = embed(server_of(upstream), [question, *texts])
    except DomainError as error:
        return Finding(reason_of(error), question=question)
    ms = round((time.monotonic() - started) * 1000)
    nearest = sorted(zip((_cosine(own, each) for each in others), texts, strict=True), reverse=True)
    answer = "\n".join(f"{cosine:.2f}  {text}" for cosine, text in nearest)
    return Finding(question=_("Nearest to “%(text)s”") % {"text": question}, answer=answer, first_token_ms=ms)


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    length = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=False)) / length if length else 0.0


def questions_for(upstream: Upstream) -> list[str]:
    """Return what is asked: what the seller suggests first, then what fits the task."""
    task, examples = _said_of(upstream)
    own = [text for each in examples if isinstance(each, str) and (text := clean_text(each)[:MOST_QUESTION])]
    return list(dict.fromkeys([*own, *BY_TASK.get(task, GENERAL)]))[:MOST]


def _said_of(upstream: Upstream) -> tuple[str, list[Any]]:
    """Return the task, and the questions that the seller suggests."""
    if upstream.draft is None:
        listing = Listing.objects.named(upstream.listing).first()
        return (listing.task, list(examples_of(listing))) if listing else ("", [])
    draft = Draft.objects.filter(pk=upstream.draft).first()
    model = draft.manifest.get("model") if draft else None
    said = model if isinstance(model, dict) else {}
    examples = said.get("examples")
    return str(said.get("task", "")), examples if isinstance(examples, list) else []


def samples_of(listing: str) -> dict[str, Any]:
    """Return the samples of the version that is offered: ``samples``, each with question, answer and ms, and ``at``."""
    subject = f"version:{listing}@{offered_version(listing)}"
    check = Check.objects.of(subject).filter(name=SAMPLES).first()
    return check.found if check else {}
