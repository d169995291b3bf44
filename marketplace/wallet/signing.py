"""What a wallet is asked to sign, in words: a sign-in (EIP-4361), a permit (EIP-2612); anything else by its fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import siwe
from accounts.addresses import is_address
from accounts.legal.documents import current
from contracts.chain.client import client
from contracts.currencies import short_address
from contracts.models import AcceptedToken, Chain
from contracts.names import COIN

from .decoding import MOST_ARGUMENTS, flat
from .money_words import allowance_warnings
from .requests import MOST_SHOWN, Fold, Shown, most_serious, old, too_little_of
from .trial import is_registered, token_balance
from .typed_words import number_in, said_typed
from .words import Caution, Line, Scene, Words, moment

PERMIT = ("owner", "spender", "value", "nonce", "deadline")
LONG = timedelta(days=1)  # a payment uses its permission within the hour
ELSEWHERE = {"domain", "uri"}  # faults of a sign-in that give it to somebody else
OVER = {"stale", "expired", "future"}


def message(chain: Chain, account: str, said: str, age: int, origin: str) -> Shown:
    """Return a text that the wallet is asked to sign; ``origin`` is the site's own. Raises RetryableChainError."""
    text = _text_in(said)
    reading = siwe.read(text, origin=origin) if text is not None else None
    shown = text if text is not None else said
    if reading is None:
        warning = Caution(_("It is no sign-in"), _("The wallet cannot say what this text allows. Read all of it."))
        words = Words(_("Sign a text"), warnings=[warning])
        return _signature(Scene(chain, account), words, age, [_whole(shown, is_open=True)])
    lines = [
        Line(_("Site"), reading.domain),
        Line(_("As"), _("you") if reading.address.lower() == account else reading.address),
        Line(_("Until"), _until(reading.expires)),
        Line(_("Can be used"), _("once")),
        *_accepted(reading),
    ]
    words = Words(
        _("Sign in to %(site)s") % {"site": reading.domain},
        reading.statement,
        lines,
        warnings=_sign_in_warnings(reading, account, origin),
        until=reading.expires,
    )
    return _signature(Scene(chain, account), words, age, [_whole(shown)])


def _accepted(reading: siwe.Reading) -> list[Line]:
    """Return what the message accepts besides: by name where it is what stands here now, else as it is written."""
    if "documents" in reading.faults:
        return [Line(_("Names"), each) for each in reading.resources]
    words = _("%(document)s, version %(version)s")
    named = [words % {"document": each.document.label, "version": each.version} for each in current()]
    return [Line(_("Accepts"), each) for each in named]


def _sign_in_warnings(reading: siwe.Reading, account: str, origin: str) -> list[Caution]:
    found, faults = [], set(reading.faults)
    here = origin.partition("://")[2]
    if faults & ELSEWHERE:
        text = _("The message is for %(site)s, and this page is %(here)s. Whoever has it could sign in there as you.")
        found.append(
            Caution(_("It signs you in elsewhere"), text % {"site": reading.domain, "here": here}, serious=True)
        )
    if reading.address.lower() != account:
        found.append(Caution(_("It names another account"), reading.address, serious=True))
    if faults & OVER:
        found.append(
            Caution(_("The message is over"), _("A sign-in counts for five minutes; ask for a new one."), icon="clock")
        )
    if faults - ELSEWHERE - OVER:
        found.append(
            Caution(_("It is worded differently"), _("This site words its sign-in in another way. Read all of it."))
        )
    return found


def typed(chain: Chain, account: str, asked: object, age: int) -> Shown:
    """Return typed data (EIP-712) that the wallet is asked to sign. Raises RetryableChainError."""
    scene, data = Scene(chain, account), _object_in(asked)
    domain, values = data.get("domain"), data.get("message")
    if not isinstance(domain, dict) or not isinstance(values, dict):
        warning = Caution(_("It cannot be read"), _("This is no typed data, and no chain would take it."), serious=True)
        return _signature(scene, Words(_("Sign what cannot be read"), warnings=[warning]), age, [_whole(str(asked))])
    kind = str(data.get("primaryType") or _("nothing named"))
    fields = list(zip(range(MOST_ARGUMENTS), flat(values), strict=False))
    pairs = [*((f"domain.{name}", value) for name, value in flat(domain)), *(pair for _number, pair in fields)]
    note = ngettext("%(kind)s, EIP-712, %(n)s field", "%(kind)s, EIP-712, %(n)s fields", len(fields))
    fold = Fold(_("What you sign"), note % {"kind": kind, "n": len(fields)}, pairs)
    if _is_permit(data, domain, values):
        return _permit(scene, domain, values, age, fold)
    if known := said_typed(scene, data):
        said, reader = known
        kept = bool(reader) and is_registered(chain, reader, str(domain["verifyingContract"]).lower())
        return _signature(scene, said, age, [fold], is_vouched=kept)
    warning = Caution(
        _("The wallet does not know what this allows"),
        _("It can be used without asking you again, by whoever gets it. Read each field."),
        serious=True,
    )
    words = Words(_("Sign “%(kind)s”") % {"kind": kind}, warnings=[warning, *_chain_warnings(scene, domain)])
    return _signature(scene, words, age, [Fold(fold.title, fold.note, fold.pairs, is_open=True)])


def _is_permit(data: Mapping[str, Any], domain: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether it is exactly a permit: a type that only has its name could mean anything."""
    types = data.get("types")
    stated = types.get("Permit") if isinstance(types, dict) else None
    named = [each.get("name") for each in stated if isinstance(each, dict)] if isinstance(stated, list) else []
    if data.get("primaryType") != "Permit" or tuple(named) != PERMIT or set(values) != set(PERMIT):
        return False
    places = (domain.get("verifyingContract"), values["owner"], values["spender"])
    numbers = (values["value"], values["nonce"], values["deadline"])
    sound = all(number_in(each) is not None for each in numbers)
    return sound and all(isinstance(each, str) and is_address(each) for each in places)


def _permit(scene: Scene, domain: Mapping[str, Any], values: Mapping[str, Any], age: int, fold: Fold) -> Shown:
    token, spender = str(domain["verifyingContract"]).lower(), str(values["spender"]).lower()
    value, deadline = int(values["value"]), moment(int(values["deadline"]))
    held, name = token_balance(scene.chain, token, scene.sender), scene.contract(spender)
    words = {"who": scene.who(spender), "sum": scene.sum(token, value), "unit": scene.currency(token).unit}
    lines = [
        Line(_("Who may take it"), f"{words['who']} ({name})" if name else spender),
        Line(_("At most"), scene.money(token, value)),
        *([] if held is None else [Line(_("Of your"), scene.money(token, held))]),
        Line(_("Until"), _until(deadline)),
    ]
    warnings = [
        *allowance_warnings(scene, token, spender, value),
        *_chain_warnings(scene, domain),
        *_permit_warnings(scene, values, token, deadline),
    ]
    if held is not None and held < value:
        warnings.append(too_little_of(scene, token, held, value))
    said = Words(
        _("Let %(who)s take %(sum)s once") % words,
        _("A signature only: it costs no gas, and what was not taken in time cannot be taken any more."),
        lines,
        warnings=warnings,
        until=deadline,
    )
    once = Line(_("Can be used"), _("once, as number %(n)s") % {"n": int(values["nonce"])})
    kept = bool(name) and is_registered(scene.chain, name, spender)
    pairs = [(_("Address"), token), (_("Calls itself"), scene.currency(token).unit)]
    folds = [fold, Fold(_("Token"), short_address(token), pairs)]
    return _signature(scene, said, age, folds, after=[once], token=token, held=held, is_vouched=kept)


def _permit_warnings(scene: Scene, values: Mapping[str, Any], token: str, deadline: datetime | None) -> list[Caution]:
    found, now = [], timezone.now()
    if deadline is None or deadline > now + LONG:
        text = _("It can be used until %(until)s. A payment needs minutes.") % {"until": _until(deadline)}
        found.append(Caution(_("It counts for long"), text, icon="clock"))
    elif deadline <= now:
        found.append(Caution(_("It is over already"), _("Nobody could use it; ask for a new one."), icon="clock"))
    if str(values["owner"]).lower() != scene.sender:
        found.append(Caution(_("It names another account"), str(values["owner"]), serious=True))
    if not AcceptedToken.objects.filter(chain=scene.chain, address=token, accepted=True).exists():
        text = _("%(token)s is no currency that the market takes.") % {"token": token}
        found.append(Caution(_("The currency is unknown"), text, serious=True))
    return found


def _chain_warnings(scene: Scene, domain: Mapping[str, Any]) -> list[Caution]:
    stated = domain.get("chainId")
    number = number_in(stated)
    if number is None:
        text = _("It names no chain, so it can be used on any chain that has a contract at this address.")
        return [Caution(_("It counts on every chain"), text, serious=True)]
    if number == scene.chain.pk:
        return []
    words = {"other": str(stated), "here": scene.chain.pk}
    return [
        Caution(_("It counts on another chain"), _("Chain %(other)s; the wallet is on %(here)s.") % words, serious=True)
    ]


def _signature(
    scene: Scene,
    words: Words,
    age: int,
    folds: list[Fold],
    *,
    after: list[Line] | None = None,
    token: str = COIN,
    held: int | None = None,
    is_vouched: bool = False,
) -> Shown:
    if token == COIN:
        held = client(scene.chain).quantity("eth_getBalance", scene.sender, "latest")
    # What is signed can wait for the money to come; it cannot fail by itself.
    warnings = [*words.warnings, *old(age, words)]
    return Shown(
        title=words.title,
        text=words.text,
        currency=scene.currency(token),
        balance=None if held is None else scene.currency(token).cut(held),
        confirm=_("Sign, free of gas"),
        lines=words.lines,
        after=after or [],
        warnings=most_serious(warnings),
        folds=folds,
        vouched=_("Same address as in the Registry on chain") if is_vouched else "",
    )


def _whole(text: str, *, is_open: bool = False) -> Fold:
    note = ngettext("%(n)s character", "%(n)s characters", len(text)) % {"n": f"{len(text):,}"}
    return Fold(_("What you sign"), note, (), text[:MOST_SHOWN] + ("…" if len(text) > MOST_SHOWN else ""), is_open)


def _until(at: datetime | None) -> str:
    if at is None:
        return _("without an end")
    said = date_format(at, "j M, H:i" if at.year == timezone.now().year else "j M Y, H:i")
    if at <= timezone.now():
        return _("%(time)s, over") % {"time": said}
    return _("%(time)s, in %(left)s") % {"time": said, "left": timeuntil(at, depth=1)}


def _text_in(said: str) -> str | None:
    """Return the text that is signed; None for bytes that are none. What is no hexadecimal is the text itself."""
    if not said.startswith("0x"):
        return said
    try:
        return bytes.fromhex(said[2:]).decode()
    except ValueError:
        return None


def _object_in(said: object) -> dict[str, Any]:
    try:
        found = json.loads(said) if isinstance(said, str) else said
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
