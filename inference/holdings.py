"""What this app keeps about people (``accounts.personal``)."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.personal import Holding, Rows, held, register

from .conversations.keeping import export_of
from .conversations.models import SharedConversation
from .conversations.past_models import HistoryChoice, PastConversation
from .dedicated_models import DedicatedEngine
from .kept_models import KeptAnswer
from .keys.models import ApiKey
from .ledger.models import Account, CallPayment, Charge, Line, Receipt
from .models import OPEN, Call, Scope, Upstream, UsageWindow

FAIR_USE = _("How much of a pass’s fair use is used up: it belongs to the pass, which the chain still has.")

BOOKS = _("What was paid for use: the books of money are kept whole, and the chain has their sums for ever.")


class _Calls(Holding):
    def rows(self, address: str) -> Rows:
        """Return the calls that somebody made, by whatever right."""
        return Call.objects.filter(user__address=address) | Call.objects.filter(payer__startswith=address)


class _Receipts(Holding):
    def rows(self, address: str) -> Rows:
        """Return the receipts of what somebody paid."""
        return Receipt.objects.filter(call__in=Charge.objects.filter(payer=address).values("call"))


class _Windows(Holding):
    def rows(self, address: str) -> Rows:
        """Return what somebody used, free and by passes."""
        return UsageWindow.objects.filter(key__startswith=address)


class _History(Holding):
    def export(self, address: str, most: int) -> Iterator[dict[str, Any]]:
        """Yield the conversations with their words, which only their owner is ever given."""
        return export_of(self.rows(address).order_by("pk")[:most].iterator(chunk_size=20))


def _forget_history(address: str) -> int:
    return PastConversation.objects.filter(user__address=address).delete()[0]


def _forget_payer(address: str) -> int:
    closed = Call.objects.exclude(state__in=OPEN).filter(payer__startswith=address)
    return closed.update(payer="", user=None, api_key=None)


def _forget_windows(address: str) -> int:
    return UsageWindow.objects.filter(scope=Scope.WALLET, key=address, reserved=0).delete()[0]


def register_all() -> None:
    """Register every table of the app that names people."""
    register(
        _Calls("calls", Call, ("user",), _forget_payer),
        _Windows("use", UsageWindow, ("key",), _forget_windows, FAIR_USE),
        held(ApiKey, "user", name="API keys"),
        held(Account, "payer", name="prepaid accounts", kept=BOOKS),
        held(Charge, "payer", name="paid calls", kept=BOOKS),
        held(CallPayment, "payer", name="calls paid one by one", kept=BOOKS, without=("signature",)),
        _Receipts("receipts of calls", Receipt, (), None, BOOKS, ("secret",)),
        held(Line, "payer", name="settled use", kept=BOOKS),
        held(Upstream, "user", name="upstreams", without=("sealed_key", "key_end")),
        held(KeptAnswer, "user", name="answers kept for a day", without=("name_digest", "body_digest", "sealed")),
        held(HistoryChoice, "user", name="whether conversations are kept"),
        _History("conversations kept", PastConversation, ("user",), _forget_history),
        held(SharedConversation, "user", name="shared conversations"),
        held(DedicatedEngine, "user", name="engines of one's own", without=("key_digest", "pid", "born", "port")),
    )
