"""A request to the demo wallet as its window shows it: title, account, what comes and goes, warnings, raw data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.chain.preflight import WalletCall
from contracts.currencies import COIN_DECIMALS, Currency, short_address
from contracts.errors import RevertedError
from contracts.models import Chain
from contracts.names import COIN, DEMO_DOLLAR, MARKET

from . import buying_words, money_words, review_words, selling_words  # noqa: F401  they register their sentences
from .decoding import Call, call_of
from .trial import Trial, is_registered, token_balance, tried
from .words import SENTENCES, Caution, Line, Scene, Words

MOST_WARNINGS = 3
OLD = 120  # seconds after which a request is called old
MOST_SHOWN = 4_000  # characters of raw data


@dataclass(frozen=True)
class Fold:
    """Something that opens: its title, a note beside it, and either pairs or a text."""

    title: str
    note: str
    pairs: Sequence[tuple[str, str]] = ()
    text: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class Shown:
    """All that the window shows. ``balance`` is counted in ``currency``; ``after`` is what the account then has.

    A transaction's balance has as many decimals as what comes and goes, so that the figures add up as they are printed.

    ``tried`` says what the trial run came to, ``vouched`` that the Registry knows the address.
    """

    title: str
    text: str
    currency: Currency
    balance: int | None
    confirm: str
    lines: list[Line] = field(default_factory=list)
    after: list[Line] = field(default_factory=list)
    warnings: list[Caution] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)
    tried: str = ""
    vouched: str = ""

    @property
    def stops(self) -> bool:
        """Whether it cannot be confirmed, because it would fail."""
        return any(each.stops for each in self.warnings)


def transaction(request: WalletCall, age: int) -> Shown:
    """Return a transaction that the wallet is asked to send, tried. Raises RetryableChainError."""
    chain, scene = request.chain, Scene(request.chain, request.sender, request.value)
    call = call_of(chain, request.to, request.data)
    words, trial = _words(scene, request, call), tried(request)
    warnings = [
        *_too_little(scene, words, trial, request.value),
        *words.warnings,
        *_unknown(request, call),
        *old(age, words),
    ]
    # A balance that is too small says more than the error that comes of it.
    if trial.refused and not any(each.stops for each in warnings):
        said = str(trial.refused.detail)
        warnings.insert(0, Caution(_("It would fail"), said, serious=True, stops=True, icon="circle-alert"))
    return Shown(
        title=words.title,
        text=words.text,
        currency=scene.currency(COIN),
        balance=_printed(words, trial, request.value),
        confirm=_("Confirm"),
        lines=[*words.lines, *_fee(scene, trial, request.value, words)],
        after=_after(scene, words, trial, request.value),
        warnings=most_serious(warnings),
        folds=[*_why(trial), *_to(scene, request, call), _raw(request, call)],
        tried=_tried(trial),
        vouched=_vouched(chain, call, request.to),
    )


def _words(scene: Scene, request: WalletCall, call: Call) -> Words:
    if not request.to:
        return Words(_("Create a contract"), _("The wallet does not know what it does."))
    if request.data in ("", "0x"):
        words = {"sum": scene.money(COIN, request.value), "who": scene.who(request.to)}
        return Words(_("Send %(sum)s to %(who)s") % words, _("It cannot be taken back."))
    if call.parts:
        return _several(scene, call)
    sentence = SENTENCES.get((call.contract, call.function))
    if sentence:
        return sentence(scene, call.args)
    words = {"function": call.function or request.data[:10], "who": scene.who(request.to)}
    if call.function:
        return Words(_("Call %(function)s of %(who)s") % words, _("The wallet has no words for it; read its raw data."))
    return Words(_("Call an unknown function of %(who)s") % words)


def _several(scene: Scene, call: Call) -> Words:
    """Return the words of several calls in one: a permission and what it pays for are the latter."""
    parts = [(part, SENTENCES.get((MARKET, part.function))) for part in call.parts]
    said = [sentence(scene, part.args) for part, sentence in parts if sentence]
    warnings = [each for words in said for each in words.warnings]
    if len(said) < len(parts) or call.unread:
        text = _("What it does besides, nobody knows.")
        warnings.append(Caution(_("Not every call in it was read"), text, serious=True))
        title, known = _("Make several calls at once"), _("The wallet does not know all of them.")
        return Words(title, known, [line for words in said for line in words.lines], warnings=warnings)
    *before, last = [(part.function, words) for (part, _sentence), words in zip(parts, said, strict=True)]
    if all(function == "permit" for function, _words in before):
        return last[1]
    title = ngettext("Make %(n)s call at once", "Make %(n)s calls at once", len(said)) % {"n": len(said)}
    lines = [line for words in said for line in words.lines]
    return Words(title, " · ".join(words.title for words in said), lines, _moves(said), warnings)


def _moves(said: Sequence[Words]) -> dict[str, int]:
    """Return what several calls move together."""
    total: Counter[str] = Counter()
    for words in said:
        total.update(words.moves)
    return dict(total)


def _too_little(scene: Scene, words: Words, trial: Trial, value: int) -> list[Caution]:
    found = []
    if missing := trial.missing(value):
        needed = scene.money(COIN, _rounded_up(value + trial.fee))
        amounts = {"sum": scene.money(COIN, _rounded_up(missing)), "needed": needed}
        title, text = _("You have %(sum)s too little"), _("What is sent and the network fee come to %(needed)s.")
        found.append(Caution(title % amounts, text % amounts, serious=True, stops=True, icon="circle-alert"))
    for token, units in words.moves.items():
        held = token_balance(scene.chain, token, scene.sender) if units < 0 else None
        if held is not None and held + units < 0:
            found.append(too_little_of(scene, token, held, -units))
    return found


def too_little_of(scene: Scene, token: str, held: int, needed: int) -> Caution:
    """Say that an account has too little of a token, and how to get more where that is known."""
    amounts = {"sum": scene.sum(token, needed - held), "held": scene.money(token, held)}
    is_demo = token == scene.chain.deployment.get(DEMO_DOLLAR)
    return Caution(
        _("You have %(sum)s too little") % amounts,
        _("Your wallet has %(held)s.") % amounts,
        serious=True,
        stops=True,
        icon="circle-alert",
        href=f"{reverse('account')}#demo-dollars" if is_demo else "",
        action=_("Get demo dollars") if is_demo else "",
    )


def _unknown(request: WalletCall, call: Call) -> list[Caution]:
    if call.is_known or (request.data in ("", "0x") and request.to):
        return []
    text = _("%(address)s is none of the marketplace's contracts, nor a currency that it takes.")
    address = request.to or _("A contract that does not exist yet")
    return [Caution(_("The contract is unknown"), text % {"address": address}, serious=True)]


def old(age: int, words: Words) -> list[Caution]:
    """Say that a request has waited for long, and when it ends."""
    if age < OLD:
        return []
    title = ngettext("The request is %(n)s minute old", "The request is %(n)s minutes old", age // 60)
    text = _("What it says may have changed. Reject it, and ask again on the page.")
    if words.until:
        text = _("It ends at %(time)s. After that the page asks for a new one.") % {
            "time": date_format(words.until, "H:i")
        }
    return [Caution(title % {"n": age // 60}, text, icon="clock")]


def most_serious(warnings: Sequence[Caution]) -> list[Caution]:
    """Return at most three, the serious ones first: nobody reads a fourth."""
    return sorted(warnings, key=lambda each: (not each.stops, not each.serious))[:MOST_WARNINGS]


def _fee(scene: Scene, trial: Trial, value: int, words: Words) -> list[Line]:
    about = _("about %(sum)s") % {"sum": scene.money(COIN, _rounded_up(trial.fee))}
    said = any(line.value == scene.money(COIN, value) for line in words.lines) or not value
    sent = [] if said else [Line(_("Sent along"), scene.money(COIN, value))]
    return [*sent, Line(_("Network fee"), about)]


def _after(scene: Scene, words: Words, trial: Trial, value: int) -> list[Line]:
    if trial.gas is None:
        return []
    moved = words.moves.get(COIN, 0) - value
    before = _printed(words, trial, value)
    left = max(0, before + moved - _rounded_up(trial.fee))
    lines = [Line(_("Balance after"), _as_long(scene.currency(COIN), left, before))]
    for token, units in words.moves.items():
        held = token_balance(scene.chain, token, scene.sender) if token != COIN else None
        if held is not None:
            lines.append(Line(_("and"), scene.currency(token).whole_text(max(0, held + units))))
    return lines


def _as_long(currency: Currency, amount: int, other: int) -> str:
    """Return an amount with its unit and at least as many decimals as another has: they stand one below the other."""
    part, needed = (currency.number(each).partition(".")[2] for each in (amount, other))
    point = "" if part or not needed else "."
    padding = f"{point}{'0' * (len(needed) - len(part))}"
    return currency.whole_text(amount).replace(currency.number(amount), f"{currency.number(amount)}{padding}", 1)


def _printed(words: Words, trial: Trial, value: int) -> int:
    """Return the balance in wei, cut to the decimals that the price and the fee have, and to two at least."""
    parts = [abs(each) for each in (value, words.moves.get(COIN, 0), _rounded_up(trial.fee)) if each]
    zeros = min((_zeros(each) for each in parts), default=0)
    least: int = 10 ** min(zeros, COIN_DECIMALS - 2)
    return trial.balance // least * least


def _zeros(number: int) -> int:
    """Return how many zeros stand at the end of a number."""
    text = str(number)
    return len(text) - len(text.rstrip("0"))


def _tried(trial: Trial) -> str:
    if trial.gas is None:
        return ""
    words = {"block": f"{trial.block:,}", "gas": f"{trial.gas:,}"}
    return _("Tried at block %(block)s: it succeeds, %(gas)s gas") % words


def _vouched(chain: Chain, call: Call, to: str) -> str:
    name = next((name for name, place in chain.deployment.items() if place == to), "")
    return _("Same address as in the Registry on chain") if name and is_registered(chain, name, to) else ""


def _why(trial: Trial) -> list[Fold]:
    if not isinstance(trial.refused, RevertedError):
        return []
    name, args = str(trial.refused.data.get("name") or "–"), trial.refused.data.get("args")
    pairs = [(key, str(value)) for key, value in args.items()] if isinstance(args, dict) else []
    return [Fold(_("Why it would fail"), name, [(_("In words"), str(trial.refused.detail)), *pairs])]


def _to(scene: Scene, request: WalletCall, call: Call) -> list[Fold]:
    if not request.to:
        return []
    contract = scene.contract(request.to) or (_("a currency that the market takes") if call.is_known else _("unknown"))
    pairs = [(_("Address"), request.to), (_("Contract"), contract), (_("Chain"), str(scene.chain.pk))]
    return [Fold(_("To %(who)s") % {"who": scene.who(request.to)}, short_address(request.to), pairs)]


def _raw(request: WalletCall, call: Call) -> Fold:
    size = max(0, len(request.data) - 2) // 2
    words = {"function": call.function or _("unknown"), "n": f"{size:,}"}
    note = ngettext("%(function)s, %(n)s byte", "%(function)s, %(n)s bytes", size) % words
    data = request.data[:MOST_SHOWN] + ("…" if len(request.data) > MOST_SHOWN else "")
    parts = [(f"{part.function}.{name}", value) for part in call.parts for name, value in part.arguments]
    pairs = [(_("Function"), call.signature or "–"), *(parts or call.arguments)]
    return Fold(_("Raw data"), note if size else _("none"), pairs, data)


def _rounded_up(wei: int) -> int:
    """Return an amount of coin with two significant digits, never less than it is."""
    least: int = 10 ** max(0, len(str(wei)) - 2)
    return -(-wei // least) * least
