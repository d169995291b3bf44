"""The actions of a proposal in words, one by one and in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from contracts.currencies import short_address
from contracts.facts import text_of
from contracts.models import Chain
from contracts.names import COIN
from governance.onchain.models.proposals import OnchainProposal
from marketplace.wallet.decoding import MOST_ARGUMENTS, flat

from . import dao_words, market_words, protocol_words, role_words, token_words  # noqa: F401  they register themselves
from .effects import effects_of
from .figures import Effect
from .lookalikes import lookalikes
from .payments import payment_effects
from .reading import ADDRESS, Call, read
from .records import Records
from .words import Change, Payment, Said, Scene, Warned, sentence, whole

WORD = re.compile(r"0x[0-9a-f]{64}")
LEAST_TEXT = 3  # characters of a text that 32 bytes hold; fewer may be chance
MOST_SHOWN = 4_000  # characters of raw data on a page
MOST_VALUE = 1_000  # characters of one argument: all of it stands in the raw data
ALONG = {"LatticeStaking.notify", "LatticeDAO.relay"}  # which are paid by what goes along


@dataclass(frozen=True)
class Explained:
    """An action in words, with what it comes to and what to know of it; ``number`` counts from 1."""

    number: int
    call: Call
    said: Said
    value_text: str
    arguments: list[tuple[str, str]]
    warnings: list[Warned] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The sentence, without its stop."""
        return self.said.title

    @property
    def text(self) -> str:
        """What there is to say besides."""
        return self.said.text

    @property
    def kind(self) -> str:
        """What sort of action it is, in one word: ``parameter``, ``payment``, ``role``, ``guard``, ``unknown``…"""
        return self.said.kind

    @property
    def change(self) -> Change | None:
        """A figure before and after."""
        return self.said.change

    @property
    def payment(self) -> Payment | None:
        """What leaves the treasury."""
        return self.said.payment

    @property
    def is_guard(self) -> bool:
        """Whether it only makes sure that the code of a target is unchanged."""
        return self.said.is_guard

    @property
    def target(self) -> str:
        """The target with its checksum."""
        return whole(self.call.target)

    @property
    def contract(self) -> str:
        """The name of the target where it is a contract of ours, ``ERC-20`` for another token, empty where unknown."""
        return self.call.label

    @property
    def short_call(self) -> str:
        """What is called, in short: ``ProtocolParameters.set``."""
        place = self.contract or short_address(self.target)
        return f"{place}.{self.call.function}" if self.call.function else place

    @property
    def signature(self) -> str:
        """The function's signature; empty for a payment, and where it cannot be read."""
        return self.call.signature

    @property
    def calldata(self) -> str:
        """The bytes of the call, 0x…"""
        return self.call.data

    @property
    def read_arguments(self) -> list[tuple[str, str, str]]:
        """The arguments with, where 32 bytes hold a short text such as a parameter's key, that text."""
        return [(name, value, _text_in(value)) for name, value in self.arguments]

    @property
    def shown_calldata(self) -> str:
        """As much of them as a page shows."""
        data = self.call.data
        return data if len(data) <= MOST_SHOWN else f"{data[:MOST_SHOWN]}…"


def explain(
    chain: Chain,
    targets: Sequence[str],
    values: Sequence[int | str],
    calldatas: Sequence[str],
    *,
    until: datetime | None = None,
    before_tx: str = "",
) -> list[Explained]:
    """Return actions in words. Never raises, whatever the bytes.

    Figures "from" are those that hold now, or held at ``until``, before the transaction ``before_tx`` was made.
    """
    scene = Scene(Records(chain, until=until, before_tx=before_tx))
    calls = [read(chain, to, _wei(value), data) for to, value, data in zip(targets, values, calldatas, strict=False)]
    said = [_said(scene, call) for call in calls]
    paid = _paid(scene, [words for words, _effects in said])
    alike = lookalikes(chain, {each for call in calls for each in _addresses(call)})
    return [
        _explained(scene, number, call, words, [*effects, *paid.get(number, [])], alike)
        for number, (call, (words, effects)) in enumerate(zip(calls, said, strict=True), start=1)
    ]


def explain_proposal(proposal: OnchainProposal) -> list[Explained]:
    """Return a proposal's actions in words, as of when it was executed or canceled; else as of now."""
    given = (proposal.chain, proposal.targets, proposal.values, proposal.calldatas)
    ended = proposal.executed_at or proposal.canceled_at
    return explain(*given, until=ended, before_tx=proposal.executed_tx)


def _said(scene: Scene, call: Call) -> tuple[Said, list[Effect]]:
    said = sentence(scene, call)
    return said, effects_of(scene, said)


def _paid(scene: Scene, said: Sequence[Said]) -> dict[int, list[Effect]]:
    """Return what the payments of each asset come to together, by the number of the last one of them."""
    by_asset: dict[str, list[tuple[int, Payment]]] = {}
    for number, words in enumerate(said, start=1):
        if words.payment:
            by_asset.setdefault(words.payment.asset, []).append((number, words.payment))
    return {pairs[-1][0]: payment_effects(scene, [paid for _n, paid in pairs]) for pairs in by_asset.values()}


def _explained(
    scene: Scene, number: int, call: Call, said: Said, effects: list[Effect], alike: dict[str, str]
) -> Explained:
    warnings = [*said.warnings, *_alike(call, alike), *_unknown(scene, call, said), *_value(scene, call, said)]
    return Explained(
        number=number,
        call=call,
        said=said,
        value_text=scene.money(COIN, call.value),
        arguments=[pair for pair, _number in zip(_arguments(call), range(MOST_ARGUMENTS), strict=False)],
        warnings=sorted(warnings, key=lambda each: not each.serious),
        effects=effects,
    )


def _arguments(call: Call) -> Iterator[tuple[str, str]]:
    for name, value in flat(call.args):
        shown = whole(value) if ADDRESS.fullmatch(value) else value or "–"
        yield name or "–", shown if len(shown) <= MOST_VALUE else f"{shown[:MOST_VALUE]}…"


def _text_in(value: str) -> str:
    if not WORD.fullmatch(value):
        return ""
    text = text_of(value)
    return text if len(text) >= LEAST_TEXT and text.isascii() and text.isprintable() else ""


def _addresses(call: Call) -> Iterator[str]:
    yield from (value for _name, value in flat(call.args) if ADDRESS.fullmatch(value))
    if call.is_address:
        yield call.target


def _alike(call: Call, alike: dict[str, str]) -> list[Warned]:
    found = dict.fromkeys(each for each in _addresses(call) if each in alike)
    text = _("%(address)s begins and ends like %(known)s, and is another. Compare every character.")
    return [
        Warned(
            _("An address that looks like another"),
            text % {"address": whole(each), "known": whole(alike[each])},
            serious=True,
        )
        for each in found
    ]


def _unknown(scene: Scene, call: Call, said: Said) -> list[Warned]:
    """Return a warning where a call goes to what nobody here knows; a token says so itself."""
    if scene.contract(call.target) or call.is_plain or said.kind in ("payment", "allowance"):
        return []
    text = _("%(address)s is none of the protocol’s contracts, and its code is not known here.")
    return [Warned(_("The target is unknown"), text % {"address": whole(call.target)}, serious=True)]


def _value(scene: Scene, call: Call, said: Said) -> list[Warned]:
    if not call.value or call.is_plain or f"{call.contract}.{call.function}" in ALONG:
        return []
    words = {"sum": scene.money(COIN, call.value), "who": scene.who_exactly(call.target)}
    text = _("%(sum)s of the treasury goes to %(who)s with this call.")
    return [Warned(_("Coin goes along"), text % words, serious=True)]


def _wei(value: int | str) -> int:
    try:
        return max(0, int(value))
    except (TypeError, ValueError):
        return 0
