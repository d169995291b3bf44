"""From a request to a call that has begun: whose key it is, what it may, and which of its models can be asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.conf import settings

from common.errors import DomainError
from common.limits import Left, TooManyError, limit_client, take
from common.statements import Found, Question
from common.trips import found_in_one_trip
from inference.access import Visitor, block_of
from inference.actions import start_call
from inference.asked import Asked
from inference.authorised import Authorised
from inference.choosing import fits, serving, serving_asked, serving_in
from inference.contexts import prompt_tokens, readers
from inference.errors import BadQuestionError, NoneFitsError, NotRunnableError, NotTakenError, WrongModeError
from inference.keys.errors import KeyUnknownError
from inference.keys.finding import key_in, refuse_out_of_scope, secret_asked
from inference.keys.models import ApiKey
from inference.models import Call, Kind, Mode, Upstream
from inference.queueing import Waiter
from inference.servers import Engine

from .reading import Wanted

PER_MINUTE = 600  # requests of one key
STRANGERS = (120, 60)  # requests of a network without a key that we know, in seconds
OURS = Engine("", "")  # what one of our engines can do


@dataclass(frozen=True)
class Opened:
    """A call that has begun, what its upstream is asked, and the models to ask where it fails before its answer."""

    call: Call
    asked: Asked
    others: list[str]


@dataclass(frozen=True)
class Begun:
    """What was asked for, and the call of it that has begun when who asks was let in, or why it could not."""

    wanted: Wanted
    outcome: Opened | DomainError


@dataclass(frozen=True)
class Admitted:
    """Who asks: a key, or what pays for this one call; from where, and how often they may ask again."""

    key: ApiKey | None
    ip: str
    left: Left
    pays: Authorised | None = None
    begun: Begun | None = None

    @cached_property
    def visitor(self) -> Visitor:
        """Whose access counts."""
        if self.key is None:
            return Visitor(block_of(self.ip), pays=self.pays)
        return Visitor.of(self.ip, self.key.user, self.key.chain_id, self.key)

    @property
    def own_key(self) -> ApiKey:
        """The key, where something is asked that needs one. Raises KeyUnknownError."""
        if self.key is None:
            raise KeyUnknownError
        return self.key

    @property
    def headers(self) -> dict[str, str]:
        """What is left of the requests of this minute, as clients of the protocol read it."""
        return {
            "x-ratelimit-limit-requests": str(self.left.times),
            "x-ratelimit-remaining-requests": str(max(self.left.left, 0)),
            "x-ratelimit-reset-requests": f"{self.left.resets}s",
        }


def admit(authorization: str, ip: str) -> Admitted:
    """Return who asks. Raises KeyUnknownError and the other errors of keys, TooManyError."""
    return _admitted(authorization, ip)[0]


def enter(authorization: str, ip: str, wanted: Wanted) -> Admitted:
    """Return who asks, and begin what they ask for: as ``admit`` and then ``open_call``, in fewer trips.

    Raises as ``admit`` does.
    """
    name = wanted.models[0]
    who, [upstreams] = _admitted(authorization, ip, serving_asked(name))
    try:
        outcome: Opened | DomainError = open_call(
            who, wanted, Mode.CHAT, wanted.models, Waiter(who.visitor.whose), serving_in(name, upstreams)
        )
    except DomainError as error:
        outcome = error
    return replace(who, begun=Begun(wanted, outcome))


def _admitted(authorization: str, ip: str, *more: Question[Any]) -> tuple[Admitted, list[Found[Any]]]:
    """Return who asks, and what more questions find by the same trip."""
    scheme, _space, secret = authorization.partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise KeyUnknownError
        secrets, *found = found_in_one_trip(secret_asked(secret.strip()), *more)
        key = key_in(secrets, ip)
    except KeyUnknownError:
        limit_client("v1-strangers", ip, *STRANGERS)
        raise
    left = take(f"v1:{key.pk}", PER_MINUTE, 60)
    if left.left < 0:
        raise TooManyError(left.resets)
    return Admitted(key, ip, left), found


def open_call(
    who: Admitted,
    wanted: Wanted,
    mode: Mode,
    models: list[str],
    waiter: Waiter | None = None,
    serves: list[Upstream] | None = None,
) -> Opened:
    """Begin a call of the first of these models that can be asked; ``serves`` is what answers for that, if at hand.

    Raises as ``start_call`` does for the first model where none can, and KeyScopeError, WrongModeError, NotTakenError.
    """
    first: DomainError | None = None
    for place, name in enumerate(models):
        try:
            call, asked = _open(who, wanted, mode, name, waiter, serves if place == 0 else None)
        except BadQuestionError:
            raise  # no other model reads it either
        except DomainError as error:
            first = first or error
            continue
        return Opened(call, asked, models[place + 1 :])
    raise first or NotRunnableError


def _open(
    who: Admitted, wanted: Wanted, mode: Mode, name: str, waiter: Waiter | None, serves: list[Upstream] | None
) -> tuple[Call, Asked]:
    found, asked = prepared(who.key, wanted, mode, serving(name) if serves is None else serves)
    most = wanted.max_tokens * wanted.asked.choices
    wants: dict[str, Any] = {"max_tokens": most, "wish": wanted.asked.wish, "waiter": waiter, "found": found}
    call = start_call(visitor=who.visitor, listing=found[0].listing, texts=wanted.texts, **wants)
    return call, asked


def prepared(key: ApiKey | None, wanted: Wanted, mode: Mode, serves: list[Upstream]) -> tuple[list[Upstream], Asked]:
    """Return what answers, of what serves a model, and what it is asked: with its seller's instruction before all else.

    Raises NotRunnableError, KeyScopeError, WrongModeError, NotTakenError, NoneFitsError.
    """
    if not serves:
        raise NotRunnableError
    if key:
        refuse_out_of_scope(key, serves[0].listing)
    found = [each for each in serves if each.mode == mode]
    if not found:
        raise WrongModeError
    fitting = [each for each in found if fits(each, wanted.asked.wish)]
    if not fitting:
        raise NoneFitsError
    refused = OURS.refused_of(wanted.asked)
    if refused and all(each.kind == Kind.ENGINE for each in fitting):
        raise NotTakenError(refused)
    told = next((each.system_prompt for each in found if each.system_prompt), "")
    if not told:
        return found, wanted.asked
    if wanted.asked.prompt is not None:  # an instruction has no place in a text that goes on
        raise NotTakenError(["prompt"])
    system = {"role": "system", "content": told}
    return found, replace(wanted.asked, messages=[system, *wanted.asked.messages])


def estimate(who: Admitted, wanted: Wanted, mode: Mode) -> tuple[str, dict[str, Any]]:
    """Return which model would be asked, and its use at most. Nothing is asked, reserved or charged.

    Raises as ``prepared`` does, and TooLongError, BadQuestionError.
    """
    found, asked = prepared(who.key, wanted, mode, serving(wanted.models[0]))
    told = [asked.messages[0]["content"]] if len(asked.messages) > len(wanted.asked.messages) else [""]
    readers(found, [*told, *wanted.texts])
    prompt, most = prompt_tokens([*told, *wanted.texts]), wanted.max_tokens * wanted.asked.choices
    used = {"prompt_tokens": prompt, "completion_tokens": most, "total_tokens": prompt + most}
    return found[0].listing, used


def unheard_of(call: Call, wanted: Wanted) -> list[str]:
    """Return the names of what was sent along and changes nothing."""
    return [*wanted.unheard, *(wanted.asked.hints if call.engine in settings.ENGINES else ())]
