"""What can go wrong between here and a chain. Whether trying again may help is in the type."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from common.errors import DomainError


class ChainError(DomainError):
    """Something about a chain did not work.

    ``reason`` is what the node or the transport said. It is for the log alone: it may name what operators pay for.
    """

    code = "chain-error"

    def __init__(self, detail: StrOrPromise | None = None, *, reason: str = "", **data: object) -> None:
        super().__init__(detail, **data)
        self.reason = reason


class RetryableChainError(ChainError):
    """The same question may be answered later or elsewhere."""

    code = "chain-unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("The chain cannot be reached just now. Please try again in a moment.")


class EndpointError(RetryableChainError):
    """An endpoint did not answer in time, or not as JSON-RPC wants, or does not want to be asked just now."""


class TooMuchError(RetryableChainError):
    """The endpoint would answer a smaller question: fewer blocks, logs or calls at once."""

    code = "chain-asked-too-much"


class PermanentChainError(ChainError):
    """The same question gets the same answer."""

    code = "chain-refused"
    detail = _("The chain refused this request.")


class RevertedError(PermanentChainError):
    """A contract refused. ``detail`` says why; ``data["name"]`` and ``data["args"]`` are the contract's own error."""

    code = "contract-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NoMethodError(PermanentChainError):
    """The chain's endpoints do not have this method of JSON-RPC."""

    code = "chain-without-method"


class TooLittleBalanceError(PermanentChainError):
    """The account cannot pay for it; ``data["balance"]`` and ``data["needed"]`` are wei, as text."""

    code = "balance-too-low"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IndexerStoppedError(PermanentChainError):
    """The indexer cannot go on without a person; nothing that it wrote has changed."""

    code = "indexer-stopped"


class OtherGenesisError(IndexerStoppedError):
    """The endpoint serves another chain than the one that the database knows."""

    code = "other-genesis"

    def __init__(self, name: str, short_name: str, known: str, found: str) -> None:
        super().__init__(
            f"This is another {name} than the one that the database knows: its first block is {found}, and it was "
            f"{known}. To begin anew with this one, run manage.py forget_chain --chain {short_name} and then "
            f"manage.py deploy_contracts --chain {short_name}."
        )


class NotLeadingError(IndexerStoppedError):
    """Another process indexes the chain."""

    code = "indexer-elsewhere"


class ChainMovedError(RetryableChainError):
    """The chain changed, or an endpoint lagged, while it was read; nothing was written."""

    code = "chain-moved"
