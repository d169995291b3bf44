"""What an account lets a contract of ours take of a token (ERC-20), and the transactions by which it does.

Amounts are smallest units of the token. Tokens are other people's code: every question has a bound of gas.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from .chain import codec
from .chain.client import GAS_OF_OTHERS, client
from .chain.preflight import WalletCall
from .currencies import ERC20, currency_of
from .errors import PermanentChainError, TooLittleBalanceError
from .models import Chain
from .names import SPLITTER


def ask_token(chain: Chain, token: str, function: str, *args: Any) -> Any:
    """Return what a token's view answers. Raises PermanentChainError where it has none, RetryableChainError."""
    answer = client(chain).eth_call(token, codec.call_data(ERC20, function, list(args)), gas=GAS_OF_OTHERS)
    return codec.decode_result(ERC20, function, answer)


def allowance_of(chain: Chain, account: str, token: str, contract: str = SPLITTER) -> int:
    """Return how much a contract may take, the splitter unless another is named. Raises as ``ask_token``."""
    return int(ask_token(chain, token, "allowance", account, chain.deployment[contract]))


def approval(chain: Chain, account: str, token: str, amount: int, contract: str = SPLITTER) -> WalletCall:
    """Return the transaction that lets a contract take this much, in place of what it may take now."""
    data = codec.call_data(ERC20, "approve", [chain.deployment[contract], amount])
    return WalletCall(chain, account, token, data)


def wants_reset(wanted: WalletCall, allowed: int) -> bool:
    """Say whether an approval has to follow one of nothing: some tokens refuse to replace what is ``allowed`` already.

    Tried, because no list of such tokens would stay complete.
    """
    return allowed > 0 and not _takes(wanted)


def check_balance(chain: Chain, account: str, token: str, needed: int) -> None:
    """Raises TooLittleBalanceError, with both figures, where an account has less; and as ``ask_token``."""
    balance = int(ask_token(chain, token, "balanceOf", account))
    if balance >= needed:
        return
    currency = currency_of(chain, token)
    detail = _("Your wallet has %(balance)s on %(chain)s, and this needs %(needed)s, and a little %(coin)s for gas.")
    words = {
        "balance": currency.text(balance),
        "needed": currency.text(needed),
        "chain": chain.name,
        "coin": chain.coin,
    }
    raise TooLittleBalanceError(detail % words, balance=str(balance), needed=str(needed))


def _takes(wanted: WalletCall) -> bool:
    """Whether the token would take this approval.

    Older tokens answer nothing where they agree; one that answers false has refused.
    """
    try:
        answer = client(wanted.chain).eth_call(wanted.to, wanted.data, sender=wanted.sender, gas=GAS_OF_OTHERS)
    except PermanentChainError:
        return False
    return answer == "0x" or bool(int(answer, 16))
