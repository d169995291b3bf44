"""What each state of an order is called: on its page, in a list, and what it means for the buyer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from .states import State

HEADINGS: dict[State, StrOrPromise] = {
    State.PREPARED: gettext_lazy("Confirm it in your wallet"),
    State.AWAITING: gettext_lazy("Your wallet is asking you"),
    State.SENT: gettext_lazy("Sent, and on its way"),
    State.CONFIRMING: gettext_lazy("Paid, and confirming"),
    State.FINAL: gettext_lazy("It is yours"),
    State.CANCELLED: gettext_lazy("You cancelled"),
    State.REVERTED: gettext_lazy("The contract refused it"),
    State.REPLACED: gettext_lazy("Another transaction took its place"),
    State.DROPPED: gettext_lazy("It got lost on the way"),
    State.EXPIRED: gettext_lazy("The order has expired"),
    State.REFUNDED: gettext_lazy("Refunded"),
    State.DISPUTED: gettext_lazy("A moderator will rule"),
    State.RULED_FOR_BUYER: gettext_lazy("Ruled for the buyer"),
    State.RULED_FOR_SELLER: gettext_lazy("Ruled for the seller"),
}
TEXTS: dict[State, StrOrPromise] = {
    State.PREPARED: gettext_lazy(
        "We check the price and your balance once more, then your wallet asks you to confirm."
    ),
    State.AWAITING: gettext_lazy("Answer it there. If its window is gone, open it again from here."),
    State.SENT: gettext_lazy("Waiting for a block. You can close this page; the order continues."),
    State.CONFIRMING: gettext_lazy("A few more blocks make it permanent."),
    State.FINAL: gettext_lazy("The purchase is final on chain, and this wallet can run the model."),
    State.CANCELLED: gettext_lazy("Nothing was sent, and nothing was paid."),
    State.REPLACED: gettext_lazy(
        "Your wallet sent another transaction under the same number, so this purchase did not happen."
    ),
    State.EXPIRED: gettext_lazy("It was not paid in time. Nothing was sent, and nothing was paid."),
    State.REFUNDED: gettext_lazy("You were credited with everything you paid, and the access was taken back."),
    State.DISPUTED: gettext_lazy(
        "Until then the contract holds the money and your access is suspended. If nobody rules in "
        "time, anyone can close the dispute: in the seller’s favour if it has answered on chain, otherwise in yours."
    ),
    State.RULED_FOR_BUYER: gettext_lazy("You were credited with everything you paid."),
    State.RULED_FOR_SELLER: gettext_lazy("You have access again, and the seller keeps the money."),
}
SHORT: dict[State, StrOrPromise] = {
    State.PREPARED: gettext_lazy("not paid yet"),
    State.AWAITING: gettext_lazy("in your wallet"),
    State.SENT: gettext_lazy("sent"),
    State.CONFIRMING: gettext_lazy("confirming"),
    State.FINAL: gettext_lazy("final"),
    State.CANCELLED: gettext_lazy("cancelled by you"),
    State.REVERTED: gettext_lazy("refused by the contract"),
    State.REPLACED: gettext_lazy("replaced"),
    State.DROPPED: gettext_lazy("lost"),
    State.EXPIRED: gettext_lazy("expired"),
    State.REFUNDED: gettext_lazy("refunded"),
    State.DISPUTED: gettext_lazy("disputed"),
    State.RULED_FOR_BUYER: gettext_lazy("ruled for the buyer"),
    State.RULED_FOR_SELLER: gettext_lazy("final, after a dispute"),
}
OWN_END = {State.CANCELLED, State.EXPIRED}  # nobody's fault: shown without alarm
DOTS = {State.FINAL: "good", State.REVERTED: "bad", State.CANCELLED: "off", State.EXPIRED: "off"}
DOTS |= {State.REFUNDED: "off", State.RULED_FOR_BUYER: "off", State.RULED_FOR_SELLER: "good"}
# In lists; what is or becomes the buyer's has the slice of its confirmations instead.
ICONS = {State.PREPARED: "wallet", State.AWAITING: "wallet", State.CANCELLED: "x", State.EXPIRED: "clock"}
ICONS |= {State.REVERTED: "circle-alert", State.REPLACED: "replace", State.DROPPED: "circle-question-mark"}
ICONS |= {State.REFUNDED: "undo-2", State.RULED_FOR_BUYER: "undo-2", State.DISPUTED: "scale"}
