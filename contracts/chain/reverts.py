"""Why a contract refused, as a full sentence for the person who asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.utils.translation import gettext, gettext_lazy
from django_stubs_ext import StrOrPromise
from eth_abi.exceptions import DecodingError

from common.money import format_units
from common.text import clean_line

from . import abi, codec

ERROR = "0x08c379a0"  # Error(string): a plain `require`
PANIC = "0x4e487b71"  # Panic(uint256): a bug in a contract
MOST_WORDS = 300  # characters of a contract's own words
STATES = {
    0: gettext_lazy("not listed"),
    1: gettext_lazy("for sale"),
    2: gettext_lazy("paused by its seller"),
    3: gettext_lazy("suspended"),
    4: gettext_lazy("retired"),
}
PLANS = {0: gettext_lazy("lasting access"), 1: gettext_lazy("a subscription"), 2: gettext_lazy("metered use")}

# Amounts are written in the coin, days and seconds as dates, everything else as it is. Where a contract means something
# else by the same name, that error stands here by its signature.
SENTENCES = {
    "AccessManagedUnauthorized": gettext_lazy("%(caller)s does not have the role that this needs."),
    "AlreadyClaimed": gettext_lazy("This was claimed already."),
    "AlreadyDisputed": gettext_lazy("This purchase was disputed before, and a purchase can be disputed once."),
    "AlreadyListed": gettext_lazy("This model is listed already."),
    "AlreadyListed(address)": gettext_lazy("The treasury's caps hold for this asset already."),
    "AlreadyRegistered": gettext_lazy("This name stands for that contract already."),
    "AlwaysCapped": gettext_lazy("The treasury's caps always hold for the coin and for LATTICE."),
    "AmountNotReceived": gettext_lazy("This currency keeps a part of what is transferred, so it cannot be used here."),
    "AuthorisationExpired": gettext_lazy("The authorisation was good until %(validUntil)s, and that is over."),
    "AuthorisationNarrowed": gettext_lazy(
        "An authorisation can be raised and prolonged; to narrow it, revoke the key and make another."
    ),
    "AuthorizationExpired": gettext_lazy("The signed payment was good until %(validBefore)s, and that is over."),
    "AuthorizationNotYetValid": gettext_lazy("The signed payment is good only after %(validAfter)s."),
    "AuthorizationUsedOrCanceled": gettext_lazy("This signed payment was made already, or taken back by its signer."),
    "BalanceExceeded": gettext_lazy("The balance is smaller than that."),
    "BalanceLocked": gettext_lazy("A part of this LATTICE is staked, so it stays where it is."),
    "BatchCapExceeded": gettext_lazy("That is more than one proposal may take out of the treasury."),
    "BonusCapExceeded": gettext_lazy("That is more than the bonus that this model's fees allow."),
    "BoundsNotAccepted": gettext_lazy(
        "The floor has to be 50 to 100 per cent of the base price and the cap 100 to 400 per cent."
    ),
    "CallerNotPayee": gettext_lazy("Only %(payee)s can bring this signed payment, and %(caller)s is not it."),
    "CallRefused": gettext_lazy("The treasury lets nobody take or vote its assets later, so it refuses this call."),
    "CapOutOfBounds": gettext_lazy("A cap of the treasury is outside its bounds, %(least)s to %(most)s."),
    "CeilingExceeded": gettext_lazy("That is above the ceiling that was authorised for this key."),
    "CidTooLong": gettext_lazy("The address of the document has %(length)s bytes; it can have at most %(most)s."),
    "ClaimNotOver": gettext_lazy("It can be claimed until %(end)s."),
    "ClaimOver": gettext_lazy("It could be claimed until %(end)s, and that is over."),
    "CodeChanged": gettext_lazy("The code at %(target)s is not the one that was voted on."),
    "CoinIsAccepted": gettext_lazy("The chain's coin is always accepted."),
    "ComesAlone": gettext_lazy("The ballot of a contract has to be brought alone."),
    "CursorNotAccepted": gettext_lazy("The search cannot go on from there; begin it anew."),
    "DeadlinePassed": gettext_lazy("The order was good until %(deadline)s, and that is over."),
    "DelayOutOfBounds": gettext_lazy("The timelock's delay is outside its bounds, %(least)s to %(most)s seconds."),
    "DiscountTooHigh": gettext_lazy("A discount for quantity can be at most 90 per cent."),
    "ERC1155InsufficientBalance": gettext_lazy("%(sender)s has %(balance)s passes, and %(needed)s are needed."),
    "ERC1155InvalidReceiver": gettext_lazy("%(receiver)s is a contract that takes no passes."),
    "ERC1155MissingApprovalForAll": gettext_lazy("%(owner)s has not allowed %(operator)s to move its passes."),
    "ERC20InsufficientAllowance": gettext_lazy("%(spender)s has not been allowed to take that much of this currency."),
    "ERC20InsufficientBalance": gettext_lazy("%(sender)s does not have that much of this currency."),
    "EmptyBucket": gettext_lazy("There is nothing left to distribute for %(day)s."),
    "EmptyName": gettext_lazy("A contract has to be registered under a name."),
    "EmptyReferral": gettext_lazy("There is nothing left to distribute to this referrer for %(day)s."),
    "EmptyShare": gettext_lazy("One of those who share would get nothing; leave it out or give it a part."),
    "InvalidAuthorizer": gettext_lazy("%(authorizer)s has not signed exactly this payment."),
    "GovernorAlreadyCastVote": gettext_lazy("%(voter)s has voted on this proposal already."),
    "GovernorInsufficientProposerVotes": gettext_lazy("%(proposer)s does not have the votes that a proposal needs."),
    "GovernorNonexistentProposal": gettext_lazy("There is no such proposal."),
    "GovernorOnlyExecutor": gettext_lazy("Only a proposal that was voted on may do this."),
    "GovernorUnableToCancel": gettext_lazy("%(account)s cannot cancel this proposal."),
    "GovernorUnexpectedProposalState": gettext_lazy("As the proposal stands now, this cannot be done."),
    "GuardianMissing": gettext_lazy("The DAO needs a guardian; its mandate may be over, but there has to be one."),
    "InvalidProof": gettext_lazy("The proof does not show this claim."),
    "InvalidSignature": gettext_lazy("%(payer)s has not signed exactly this."),
    "KeyRevoked": gettext_lazy("This key was revoked, and a revoked key never comes back."),
    "MandateOver": gettext_lazy("The guardian's mandate ended at %(mandateEnd)s."),
    "MandateTooLong": gettext_lazy("A guardian's mandate can last 365 days at most."),
    "MarketPaused": gettext_lazy("The market is paused until %(until)s."),
    "MetadataLength": gettext_lazy("The metadata address has %(length)s bytes; it must have 1 to %(most)s."),
    "MeteredOtherwise": gettext_lazy("Use of this model is metered by rates or by a price a call, never by both."),
    "MonthCapExceeded": gettext_lazy("That is more than the treasury may spend within 30 days."),
    "NoAnswer": gettext_lazy("An answer has to say something."),
    "NoOffer": gettext_lazy("There is no such offer any more."),
    "NoPlan": gettext_lazy("A listing needs at least one plan."),
    "NotAuthorised": gettext_lazy("This key is not authorised."),
    "NotDisputed": gettext_lazy("This purchase is not disputed."),
    "NotEligibleToRate": gettext_lazy("Only who has paid for a model, and not its seller, can rate it."),
    "NotListed": gettext_lazy("This model is not listed."),
    "NotListed(address)": gettext_lazy("The treasury's caps do not hold for this asset."),
    "NotMature": gettext_lazy(
        "This money can still be refunded through %(day)s; it can be distributed after that day."
    ),
    "NotMember": gettext_lazy("Only the guardian's member may do this, and %(caller)s is not."),
    "NotOnAccessList": gettext_lazy("The seller sells this model to a list of accounts, and %(buyer)s is not on it."),
    "NotParty": gettext_lazy("Only the buyer or the seller may do this, and %(caller)s is neither."),
    "NotPayer": gettext_lazy("Only the payer may do this, and %(caller)s is not."),
    "NotRegistered": gettext_lazy("No contract is registered under this name."),
    "NotSeller": gettext_lazy("Only the model's seller may do this, and %(caller)s is not."),
    "NotWithdrawable": gettext_lazy(
        "There is nothing that can be withdrawn now: ask for a withdrawal first, and wait until its delay is over."
    ),
    "NothingLeaving": gettext_lazy("%(account)s has no stake that is being taken back."),
    "NothingLeft": gettext_lazy("Nothing is left here."),
    "NothingToClaim": gettext_lazy("%(account)s has nothing to claim."),
    "NothingToRelease": gettext_lazy("There are no fees to release."),
    "NothingToWithdraw": gettext_lazy("%(account)s has nothing to withdraw."),
    "OfferChanged": gettext_lazy("The offer has changed since you saw it."),
    "OwnDispute": gettext_lazy("Whoever has a part in a purchase does not rule on it."),
    "OwnableUnauthorizedAccount": gettext_lazy("Only the owner may do this, and %(account)s is not."),
    "ParameterOutOfBounds": gettext_lazy("%(value)s is outside the bounds of this parameter, %(least)s to %(most)s."),
    "PassesLocked": gettext_lazy(
        "%(unlocked)s of these passes can move now; the others wait until their refund window is over."
    ),
    "PauseOutOfBounds": gettext_lazy("The market cannot be paused for that long."),
    "PauseResting": gettext_lazy("The market was paused before; it can be paused again from %(restedAt)s."),
    "PaymentFailed": gettext_lazy("%(account)s did not take the payment of %(amount)s in the chain's coin."),
    "PeriodNotAccepted": gettext_lazy("A period has to be %(expected)s seconds long for this plan."),
    "PlanNotOffered": gettext_lazy("The seller does not offer %(plan)s for this model."),
    "PremiumTooHigh": gettext_lazy("What quality adds can be at most 25 per cent."),
    "PriceAboveMaximum": gettext_lazy(
        "The price is now %(price)s smallest units of its currency, above the %(maxPrice)s that were agreed to."
    ),
    "PriceOutOfBounds": gettext_lazy(
        "A price of %(price)s smallest units is outside what is accepted, %(least)s to %(most)s."
    ),
    "ProposalStillLive": gettext_lazy("%(proposer)s has a proposal that is not decided yet."),
    "QuantityOutOfBounds": gettext_lazy("The quantity has to be 1 to %(most)s, and it is %(quantity)s."),
    "QueryTooLong": gettext_lazy("The search has %(length)s bytes; it can have at most %(most)s."),
    "RatingOutOfBounds": gettext_lazy("A rating is %(least)s to %(most)s."),
    "ReferrerNotAccepted": gettext_lazy(
        "%(referrer)s cannot be the referrer: it is the buyer, the recipient or the seller."
    ),
    "RefundWindowOver": gettext_lazy("The refund window of this purchase is over."),
    "ReplacesGuardian": gettext_lazy("The guardian cannot stop a proposal that only replaces it."),
    "ResaleNotAllowed": gettext_lazy("The seller does not allow passes of this model to be resold."),
    "ResaleRoyaltyTooHigh": gettext_lazy("The seller's part of a resale can be at most 10 per cent."),
    "ReviewTooLong": gettext_lazy("The address of the review has %(length)s bytes; it can have at most %(most)s."),
    "RoyaltyTooHigh": gettext_lazy("The royalty to the parent model is above the most that is accepted."),
    "RoyaltyWithoutParent": gettext_lazy("A royalty needs the parent model that it goes to."),
    "RulingTimeNotOver": gettext_lazy("A moderator can still rule on this until %(ruleBy)s."),
    "RulingTimeOver": gettext_lazy("The time for a ruling ended at %(ruleBy)s."),
    "SentinelTakesNone": gettext_lazy("Nobody can delegate to this account."),
    "SettingOutOfBounds": gettext_lazy("%(value)s is outside the bounds of this setting, %(least)s to %(most)s."),
    "SharesAboveFee": gettext_lazy(
        "Referral, stakers' and bonus parts together can be at most 90 per cent of the fee."
    ),
    "SplitLength": gettext_lazy("A split has 1 to 20 recipients, and a part for each of them."),
    "SplitSum": gettext_lazy("The parts of a split must add up to 100 per cent."),
    "StakeExceeded": gettext_lazy("%(account)s has not staked that much."),
    "StillCooling": gettext_lazy("This stake can be taken back from %(freeAt)s."),
    "StillHeld": gettext_lazy("The treasury still holds some of this asset."),
    "SuspensionOutOfBounds": gettext_lazy("The model cannot be suspended for that long."),
    "TermNotNormal": gettext_lazy("A search term has to be one word in lower case."),
    "TermsNotAscending": gettext_lazy("Search terms have to be in ascending order, each once."),
    "TextTooLong": gettext_lazy("The text has %(length)s bytes; it can have at most %(most)s."),
    "TiersNotRising": gettext_lazy("The quantities and discounts of the tiers have to rise."),
    "TimelockUnauthorizedCaller": gettext_lazy("Only a proposal that was voted on may do this."),
    "TokenChanged": gettext_lazy("The seller now asks for another currency than the one agreed to."),
    "TokenNotAccepted": gettext_lazy("This currency is not accepted."),
    "TokensDiffer": gettext_lazy("Charges of one batch have to be in one currency."),
    "TooEarly": gettext_lazy("The faucet can be used again from %(until)s."),
    "TooLittleGas": gettext_lazy("There is too little gas for all these ballots."),
    "TooManyAssets": gettext_lazy("The treasury's caps can hold for %(most)s assets at most."),
    "TooManyRates": gettext_lazy("A listing can have rates in at most %(most)s currencies."),
    "TooManyTerms": gettext_lazy("A listing can have at most %(most)s search terms."),
    "TooManyTiers": gettext_lazy("A listing can have at most %(most)s tiers."),
    "TransfersNotAllowed": gettext_lazy("The seller does not allow passes of this model to be transferred."),
    "UnknownParameter": gettext_lazy("There is no parameter of that name."),
    "Unvotable": gettext_lazy("The LATTICE of the protocol's own accounts does not vote."),
    "ValueTooLow": gettext_lazy("%(sent)s was sent, and the price is %(price)s, in the chain's coin."),
    "VotesExpiredSignature": gettext_lazy("The signature of this delegation is no longer good."),
    "WrongReceipt": gettext_lazy("This is not the open purchase of that buyer."),
    "WrongState": gettext_lazy("The listing is %(state)s, so this cannot be done."),
    "ZeroAddress": gettext_lazy("The zero address cannot be used here."),
    "ZeroAmount": gettext_lazy("The amount has to be more than zero."),
    "ZeroPrice": gettext_lazy("The price has to be more than zero."),
    "ZeroRecipient": gettext_lazy("The zero address cannot receive a purchase."),
}


IN_UNITS = {"PriceAboveMaximum", "PriceOutOfBounds"}  # whose amounts may be in any currency


@dataclass(frozen=True)
class Reason:
    """A contract's own error with its values, and the sentence that explains it."""

    name: str
    args: Mapping[str, Any]
    sentence: StrOrPromise


SILENT = Reason("", {}, gettext_lazy("The contract refused without saying why."))


def explain(data: str) -> Reason:
    """Return why a call reverted, from the bytes that it returned (0x…), which may be anything."""
    try:
        return _read(data)
    except (DecodingError, ValueError, LookupError, ArithmeticError):  # bytes that only begin like an error
        return SILENT


def _read(data: str) -> Reason:
    selector = data[:10].lower()
    if selector == ERROR:
        said = codec.values([{"name": "reason", "type": "string"}], data[10:])
        # A stranger's words on our page: bounded and cleaned.
        reason = clean_line(said["reason"][:MOST_WORDS]).rstrip(".")
        sentence = gettext("The contract refused: %(reason)s.") % {"reason": reason} if reason else SILENT.sentence
        return Reason("Error", {"reason": reason}, sentence)
    if selector == PANIC:
        args = codec.values([{"name": "code", "type": "uint256"}], data[10:])
        return Reason("Panic", args, gettext("The contract failed, and nothing was changed."))
    entry = _errors().get(selector)
    if entry is None:
        return SILENT
    args = codec.values(entry["inputs"], data[10:])
    return Reason(entry["name"], args, _sentence(entry, args))


def _sentence(entry: dict[str, Any], args: Mapping[str, Any]) -> str:
    name = str(entry["name"])
    written = SENTENCES.get(abi.signature(entry)) or SENTENCES.get(name)
    if written is None:
        return gettext("The contract refused with its error %(name)s.") % {"name": name}
    words = {} if name in IN_UNITS else _WORDS
    return str(written) % {key: words.get(key, str)(value) for key, value in args.items()}


def _day(day: int) -> str:
    return _time(day * 86_400)


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%-d %b %Y, %H:%M UTC}" if seconds < 2**35 else "…"


_WORDS: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(("price", "maxPrice", "sent", "amount"), format_units),
    "day": lambda day: _day(day).partition(",")[0],
    **dict.fromkeys(("deadline", "validAfter", "validBefore", "validUntil", "until", "restedAt", "ruleBy"), _time),
    **dict.fromkeys(("end", "freeAt", "mandateEnd"), _time),
    "state": lambda state: str(STATES[state]),
    "plan": lambda plan: str(PLANS[plan]),
}


@cache
def _errors() -> dict[str, dict[str, Any]]:
    return {
        f"0x{abi.digest(entry)[:4].hex()}": entry for contract in abi.NAMES for entry in abi.entries(contract, "error")
    }
