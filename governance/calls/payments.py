"""What payments take of the treasury, and what they leave of its caps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from common.fields import WeiField
from contracts.chain import codec
from contracts.chain.client import client
from contracts.currencies import ERC20
from contracts.errors import ChainError
from contracts.models import Tally
from contracts.names import COIN, TOKEN, TREASURY
from governance.onchain.models.power import BALANCE
from governance.onchain.models.treasury import AssetFact, SpendingFact

from .figures import Effect
from .units import per_cent
from .words import Payment, Scene

BPS = 10_000
MONTH = timedelta(days=30)
KEPT = 60  # seconds that what the treasury held at a block is kept


def payment_effects(scene: Scene, payments: Sequence[Payment]) -> list[Effect]:
    """Return what payments of one asset, together, take of the treasury and leave of its caps.

    Nothing for what is over: what the treasury held then is not kept, and the execution's own events say what it took.
    """
    asset, amount = payments[0].asset, sum(each.amount for each in payments)
    found = None if scene.records.until else _held(scene, asset)
    if found is None:
        return []
    return list(_effects(scene, asset, amount, *found))


def _effects(scene: Scene, asset: str, amount: int, held: int, spent: int) -> Iterator[Effect]:
    """Yield them; ``spent`` is what thirty days have taken of the asset already."""
    currency = scene.currency(asset)
    of = _("of %(held)s that it holds") % {"held": currency.brief_text(held)}
    if amount > held:
        yield Effect(_("The treasury has too little"), currency.brief_text(held), grave=True)
        return
    share = per_cent(amount * BPS // held) if held else "–"
    if amount and amount * BPS // held == 0:
        share = _("less than %(least)s") % {"least": per_cent(1)}
    yield Effect(_("Share of the treasury"), share, of)
    caps = scene.records.setting("CapsSet").split()
    if not _is_capped(scene, asset):
        yield Effect(_("The treasury’s caps"), _("do not hold for this asset"), grave=True)
        return
    if len(caps) != len(("batch", "month")):
        return
    most = held * int(caps[0]) // BPS
    month = (held + spent) * int(caps[1]) // BPS
    yield _left(scene, asset, _("Left of what one proposal may take"), most - amount, most)
    yield _left(scene, asset, _("Left of what 30 days may take"), month - spent - amount, month)


def _left(scene: Scene, asset: str, label: str, left: int, most: int) -> Effect:
    currency = scene.currency(asset)
    of = _("of %(most)s") % {"most": currency.brief_text(most)}
    if left < 0:
        return Effect(label, _("%(sum)s too much") % {"sum": currency.brief_text(-left)}, of, grave=True)
    return Effect(label, currency.brief_text(left), of)


def _is_capped(scene: Scene, asset: str) -> bool:
    if asset in (COIN, scene.ours.get(TOKEN)):
        return True
    rows = AssetFact.objects.filter(chain=scene.records.chain, asset=asset).order_by("-block_number", "-log_index")
    return bool(rows.values_list("is_listed", flat=True).first())


def _held(scene: Scene, asset: str) -> tuple[int, int] | None:
    """Return what the treasury holds of an asset, and what thirty days have taken; None where nobody can say.

    LATTICE is indexed, and read with it at once; others are asked.
    """
    treasury, chain = scene.ours.get(TREASURY, ""), scene.records.chain
    taken = SpendingFact.objects.filter(chain=chain, asset=asset, time__gt=scene.records.now() - MONTH)
    if asset == scene.ours.get(TOKEN):
        kept = Tally.objects.filter(chain=chain, kind=BALANCE, key=treasury)
        spent = Subquery(taken.values("chain").annotate(all=Sum("amount")).values("all"), output_field=WeiField())
        return kept.annotate(spent=Coalesce(spent, 0, output_field=WeiField())).values_list("amount", "spent").first()
    if not treasury or not scene.knows_token(asset):
        return None
    held = _asked(scene, asset, treasury)
    return None if held is None else (held, int(taken.aggregate(all=Sum("amount"))["all"] or 0))


def _asked(scene: Scene, asset: str, treasury: str) -> int | None:
    chain = scene.records.chain
    key = f"treasury:{chain.pk}:{chain.genesis_hash}:{asset}:{timezone.now().timestamp() // KEPT}"
    found: int | None = cache.get(key)
    if found is None:
        try:
            if asset == COIN:
                found = client(chain).quantity("eth_getBalance", treasury, "latest")
            else:
                answer = client(chain).eth_call(asset, codec.call_data(ERC20, "balanceOf", [treasury]))
                found = int(codec.decode_result(ERC20, "balanceOf", answer))
        except ChainError:
            return None
        cache.set(key, found, KEPT)
    return found
