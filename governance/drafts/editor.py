"""What the pages of one draft show: its editor, what others read, and what stands before its proposal."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.core.cache import cache
from django.utils.translation import get_language

from contracts.errors import ChainError
from governance.calls.explaining import Explained, explain
from governance.calls.outcomes import simulate_actions
from governance.calls.simulating import Simulation, hash_of
from governance.ground.home import now_on
from governance.onchain.models.power import PowerFact

from .checks import DONE, checks_of, standing_of, trial_check
from .content import content_hash, suffix_of
from .finding import prose, result_of, support_for
from .guards import Batch, guarded, unguarded
from .kinds import KINDS, Step, groups, steps_of
from .models import MOST_ACTIONS, MOST_TEXT, MOST_TITLE, Draft, Visibility
from .poll_actions import LEAST_DAYS, MOST_DAYS
from .present import Present
from .typed_in import Typed

USUAL_DAYS = 3  # of a poll
KEPT = 30  # seconds


def fresh_tab() -> str:
    """Return a name for a page, which what it has saved is known by."""
    return secrets.token_hex(8)


def editor(draft: Draft, typed: Typed, *, brief: bool = False, signers: int = 1) -> dict[str, Any]:
    """Return what the author's page shows of what is typed; ``brief``: what changes while one types."""
    present = Present(draft.chain, now_on(draft.chain))
    origins = dict(enumerate(typed.origins))
    steps = [replace(step, origin=origins.get(step.place)) for step in steps_of(typed.actions, present)]
    shown = {
        "draft": draft,
        "chain": draft.chain,
        "typed": typed,
        "steps": steps,
        "preview": prose(typed.text),
        **_explained(draft, steps, at_once=brief),
        "limits": {"title": MOST_TITLE, "text": MOST_TEXT, "actions": MOST_ACTIONS},
        "is_full": len(typed.actions) >= MOST_ACTIONS,
        "removed": _removed(typed),
        "groups": groups(),
    }
    return (
        shown if brief else {**shown, **_around(draft, signers), "is_author": True, "visibilities": Visibility.choices}
    )


def reading(draft: Draft, address: str, signers: int = 1) -> dict[str, Any]:
    """Return what somebody else reads, and its author once it is proposed."""
    steps = steps_of(draft.actions, Present(draft.chain, now_on(draft.chain)))
    around = _around(draft, signers)
    return {
        "draft": draft,
        "chain": draft.chain,
        "steps": steps,
        "preview": prose(draft.text),
        **_explained(draft, steps, at_once=False),
        "is_author": draft.author == address,
        "address": address,
        "votes": PowerFact.objects.power_at(draft.chain, address, now_on(draft.chain)) if address else 0,
        "has_signed": around["support"].has(address),
        "has_signed_earlier": around["support"].has_earlier(address),
        **around,
    }


def checked(draft: Draft, address: str) -> dict[str, Any]:
    """Return what has to be so before the draft is proposed, and what a trial run on the chain says now."""
    now = now_on(draft.chain)
    steps = steps_of(draft.actions, Present(draft.chain, now))
    checks = checks_of(draft, steps, standing_of(draft.chain, address, now))
    batch, trial = _tried(draft, steps)
    good = all(check.state == DONE for check in checks)
    works = trial is not None and trial.succeeds
    shown = [*checks, trial_check(trial, batch.guards if batch else 0)]
    return {
        "draft": draft,
        "chain": draft.chain,
        "checks": shown,
        "guards": guards_of(draft, batch),
        "suffix": suffix_of(draft),
        "is_ready": good and works,
        "wants_consent": good and trial is not None and not works,
        "done": sum(check.state == DONE for check in shown),
        "of": len(shown),
    }


def guards_of(draft: Draft, batch: Batch | None) -> list[Explained]:
    """Return the guards that would be put before the calls, in words."""
    if batch is None or not batch.guards:
        return []
    part = slice(batch.guards)
    return explain(draft.chain, batch.targets[part], batch.values[part], batch.calldatas[part])


def _tried(draft: Draft, steps: Sequence[Step]) -> tuple[Batch | None, Simulation | None]:
    calls = [step.call for step in steps if step.call]
    if not calls:
        return None, None
    try:
        batch = guarded(draft.chain, calls)
    except ChainError:  # the trial says that it does not answer
        batch = unguarded(calls)
    return batch, simulate_actions(draft.chain, batch.targets, batch.values, batch.calldatas)


def _explained(draft: Draft, steps: Sequence[Step], *, at_once: bool) -> dict[str, Any]:
    """Return each action with its sentence, where it is complete.

    The figures behind the sentences are many small queries: without ``at_once`` they are those of a moment ago, or they
    come ``words_later``, by ``words_of``.
    """
    batch = unguarded([step.call for step in steps if step.call])
    found = _said(draft, batch, at_once=at_once)
    said = iter(found or [])
    shown = [(step, next(said, None) if step.call else None) for step in steps]
    return {"explained": shown, "words_later": found is None}


def _said(draft: Draft, batch: Batch, *, at_once: bool) -> list[Explained] | None:
    """Return calls in words, kept for a moment; None where they would have to be made, and are not wanted at once."""
    if not batch.targets:
        return []
    named = hash_of((batch.targets, batch.values, batch.calldatas))
    key = f"drafts:said:{draft.chain_id}:{draft.chain.genesis_hash}:{get_language()}:{named}"
    found: list[Explained] | None = cache.get(key)
    if found is None and at_once:
        found = explain(draft.chain, batch.targets, batch.values, batch.calldatas)
        cache.set(key, found, KEPT)
    return found


def words_of(draft: Draft) -> dict[str, Any]:
    """Return what a draft's actions do in words, made now if they have to be."""
    steps = steps_of(draft.actions, Present(draft.chain, now_on(draft.chain)))
    return {"draft": draft, **_explained(draft, steps, at_once=True)}


def _around(draft: Draft, signers: int) -> dict[str, Any]:
    """Return who has co-signed, and the polls."""
    content = content_hash(draft)
    support = support_for(draft, content)
    polls = list(draft.polls.with_answers().order_by("-opened_at")[:1])
    return {
        "content": content,
        "support": support,
        "signers": support.page(signers),
        "result": result_of(polls[0]) if polls else None,
        "poll_is_current": bool(polls) and polls[0].content == content,
        "poll_days": {"least": LEAST_DAYS, "most": MOST_DAYS, "usual": USUAL_DAYS},
    }


def _removed(typed: Typed) -> dict[str, Any] | None:
    if typed.removed is None:
        return None
    label = KINDS[typed.removed["kind"]].label
    return {**typed.removed, "place": typed.removed_from, "label": label}
