"""The home chain is handed over: the timelock decides, who was named acts, and the deployer holds nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from eth_utils.crypto import keccak

from contracts.actions import deploy_contracts
from contracts.chain import abi, codec
from contracts.chain.client import Client
from contracts.chain.permissions import (
    NOBODY,
    TIMELOCK_ROLES,
    granted_roles,
    restricted_functions,
    some,
    writing,
)
from contracts.chain.transactions import account_of
from contracts.errors import ChainError, PermanentChainError, RevertedError
from contracts.models import Chain, SentTransaction
from contracts.names import DAY
from contracts.naming import Named, check_named
from contracts.roles import ADMIN, ROLES
from tests.deploying import (
    CONTRIBUTOR,
    KEEPER,
    KEY,
    MEMBER,
    MODERATOR,
    SETTLER,
    decide,
    deploy,
    everything_for,
    named,
)

from .node import Between, Market, between, running

DEPLOYER = account_of(KEY).address.lower()
SOMEBODY, OTHER = "0x" + "ab" * 20, "0x" + "cd" * 20
ROOT = "0x" + "5e" * 32
HOME = Named({label: [SOMEBODY] for label in ROLES}, beneficiary=SOMEBODY, claim_root=ROOT)


@pytest.fixture
def told(chain: Chain, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """What ``contract_roles --json`` says of the home chain, without a line of the log in between."""
    caplog.clear()
    call_command("contract_roles", "--chain", "anvil", "--json")
    assert caplog.text == ""
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def _who(told: dict[str, Any], function: str) -> list[tuple[str, int]]:
    contract, _, name = function.partition(".")
    (found,) = (each for each in told["functions"] if (each["contract"], each["function"]) == (contract, name))
    return [(each["account"], each["delay_seconds"]) for each in found["holders"]]


def test_the_timelock_is_the_only_admin_and_roles_are_held_by_whom_the_deployment_names(
    chain: Chain, market: Market
) -> None:
    at, accounts = chain.deployment, market.accounts
    assert {role.label: [account for account, _ in role.holders] for role in granted_roles(chain)} == {
        "ADMIN": [at["Treasury"]],
        "MODERATOR": [accounts[MODERATOR]],
        "GUARDIAN": [at["Guardian"]],
        "SETTLER": [accounts[SETTLER]],
        "KEEPER": [accounts[KEEPER]],
    }
    assert market.view("Guardian", "member") == accounts[MEMBER]
    assert market.view("LatticeVesting", "owner") == accounts[CONTRIBUTOR]


def test_the_deployer_can_do_no_more_than_anybody(chain: Chain, rpc: Client, market: Market) -> None:
    assert market.view("LatticeToken", "balanceOf", [DEPLOYER]) == 0
    restricted = {(each.contract, each.signature): dict(each.holders) for each in restricted_functions(chain)}
    for contract, entry in writing(chain):
        if (contract, abi.signature(entry)) not in restricted:
            continue
        data = codec.data_of(entry, [some(parameter, 0) for parameter in entry["inputs"]])
        refusals = [_refusal(rpc, chain.deployment[contract], data, sender) for sender in (NOBODY, DEPLOYER)]
        assert refusals[0] == refusals[1] != "", (contract, entry["name"])
    assert [function for function, holders in restricted.items() if DEPLOYER in holders] == []


def _refusal(rpc: Client, to: str, data: str, sender: str) -> str:
    try:
        rpc.eth_call(to, data, sender=sender)
    except RevertedError as error:
        return str(error.data["name"])
    return ""


def test_lattice_is_given_as_the_file_says_and_what_the_protocol_holds_does_not_vote(
    chain: Chain, market: Market
) -> None:
    at, million = chain.deployment, 10**24
    held = {name: market.view("LatticeToken", "balanceOf", [at[name]]) // million for name in at}
    assert {name: amount for name, amount in held.items() if amount} == {
        "Treasury": 600, "LatticeVesting": 200, "LatticeFaucet": 200,
    }  # fmt: skip
    sentinel = market.view("LatticeToken", "sentinel")
    silent = {name for name in at if market.view("LatticeToken", "delegates", [at[name]]) == sentinel}
    assert silent == {
        "Treasury", "LatticeVesting", "LatticeFaucet", "LatticeStaking", "FeeVault", "BonusPool", "ModelMarketplace",
        "RevenueSplitter", "InferenceEscrow",
    }  # fmt: skip


def test_what_only_the_dao_may_do_is_refused_to_moderators_and_done_by_the_timelock(
    chain: Chain, node: str, market: Market
) -> None:
    model = market.list_model(1, "shown")
    data = codec.call_data("ModelMarketplace", "setFeatured", [model, True])
    place = chain.deployment["ModelMarketplace"]
    assert _refusal(market.rpc, place, data, market.accounts[MODERATOR]) == "AccessManagedUnauthorized"
    decide(node, chain.deployment, "ModelMarketplace", "setFeatured", [model, True])
    assert market.view("ModelMarketplace", "getListing", [model])["featured"]


def test_two_people_with_lattice_from_the_faucet_decide_by_a_vote(alone: tuple[Chain, Client, Market]) -> None:
    chain, rpc, market = alone
    model = market.list_model(1, "voted")
    data = codec.call_data("ModelMarketplace", "setFeatured", [model, True])
    words = "Feature it."
    action = [[chain.deployment["ModelMarketplace"]], [0], [data]]
    done = [*action, "0x" + keccak(text=words).hex()]
    for voter in (3, 4):
        market.send(voter, "LatticeFaucet", "faucet")
        market.send(voter, "LatticeToken", "delegate", [market.accounts[voter]])
    rpc.call("evm_increaseTime", 1)
    market.send(3, "LatticeDAO", "propose", [*action, words])
    rpc.call("evm_increaseTime", DAY + 1)
    for voter in (3, 4):
        market.send(voter, "LatticeDAO", "castVote", [1, 1])
    rpc.call("evm_increaseTime", 6 * DAY)
    market.send(5, "LatticeDAO", "queue", done)
    place = chain.deployment["LatticeDAO"]
    execute = codec.call_data("LatticeDAO", "execute", done)
    assert _refusal(rpc, place, execute, market.accounts[5]) == "TimelockUnexpectedOperationState"
    rpc.call("evm_increaseTime", 2 * DAY)
    market.send(5, "LatticeDAO", "execute", done)
    assert market.view("ModelMarketplace", "getListing", [model])["featured"]


def test_who_can_do_what_is_told_of_every_function(chain: Chain, market: Market, told: dict[str, Any]) -> None:
    at, accounts = chain.deployment, market.accounts
    timelock, wait = at["Treasury"], 2 * DAY
    assert told["admin"] == {"kind": "timelock", "accounts": [timelock]}
    assert (told["vote_seconds"], told["timelock_seconds"]) == (7 * DAY, wait)
    written = {
        (name, abi.signature(entry))
        for name in at
        for entry in abi.entries(name, "function")
        if entry["stateMutability"] in ("payable", "nonpayable")
    }
    assert {(each["contract"], each["signature"]) for each in told["functions"]} == written
    assert len(told["functions"]) == len(written)
    expected = {
        "ModelMarketplace.suspend": [(accounts[MODERATOR], 0)],
        "ModelMarketplace.ruleDispute": [(accounts[MODERATOR], 0)],
        "ModelMarketplace.setFeatured": [(timelock, wait)],
        "ModelMarketplace.setSuspension": [(timelock, wait)],
        "ProtocolParameters.pause": [(at["Guardian"], 0)],
        "ProtocolParameters.set": [(timelock, wait)],
        "InferenceEscrow.settle": [(accounts[SETTLER], 0)],
        "Anchors.anchor": [(accounts[KEEPER], 0)],
        "Guardian.pause": [(accounts[MEMBER], 0)],
        "Guardian.cancel": [(accounts[MEMBER], 0)],
        "Guardian.appoint": [(timelock, wait)],
        "BonusPool.setRoot": [(timelock, wait)],
        "LatticeDAO.setVotingDelay": [(timelock, wait)],
        "LatticeDAO.relay": [(timelock, wait)],
        "LatticeDAO.updateTimelock": [],
        "LatticeToken.lock": [(at["LatticeStaking"], 0)],
        "LatticeVesting.transferOwnership": [(accounts[CONTRIBUTOR], 0)],
        "RevenueSplitter.resell": [(at["AccessPass"], 0)],
        "RevenueSplitter.setFeeVault": [(timelock, wait)],
        "Treasury.schedule": [(at["LatticeDAO"], 0)],
        "Treasury.updateDelay": [(timelock, wait)],
        "Treasury.setCaps": [(timelock, wait)],
        "AccessManager.grantRole": [(timelock, wait)],
    }
    assert {function: _who(told, function) for function in expected} == expected
    open_to_all = {each["signature"] for each in told["functions"] if each["holders"] is None}
    assert {"purchaseAccess(bytes32)", "castVote(uint256,uint8)", "release()", "release(address)"} <= open_to_all


def test_the_functions_of_each_role_are_those_that_it_is_for(told: dict[str, Any]) -> None:
    given = {
        (role.id, contract, name)
        for role in ROLES.values()
        for contract in role.functions
        for name in role.functions[contract]
    }
    assert {(each["role"], each["contract"], each["function"]) for each in told["functions"] if each["role"]} == given


def test_who_can_do_what_is_printed_for_people(
    chain: Chain, node: str, market: Market, capsys: pytest.CaptureFixture[str]
) -> None:
    late, timelock = market.accounts[7], chain.deployment["Treasury"]
    decide(node, chain.deployment, "AccessManager", "grantRole", [ROLES["SETTLER"].id, late, 60])
    call_command("contract_roles", "--chain", "anvil")
    said = capsys.readouterr().out
    assert "timelock: what it does was voted on for 7 days at least, and then waited 2 days." in said
    assert f"{late} after 60 s" in said
    assert f"ModelMarketplace.setFeatured: ADMIN (0): Treasury {timelock} after 2 days" in said
    assert f"the treasury's PROPOSER_ROLE: LatticeDAO {chain.deployment['LatticeDAO']}" in said
    with pytest.raises(CommandError, match="no contracts on base"):
        call_command("contract_roles", "--chain", "base")


@pytest.mark.long(20)
def test_a_deployment_that_is_cut_off_after_any_transaction_ends_as_one_that_is_not(chain: Chain, db: None) -> None:
    whole = chain.deployment
    Chain.objects.all().delete()
    with running() as node, between(node) as cut:
        seen = _cut_after_each(cut)
        runs = 0
        while not Chain.objects.exclude(deployment={}).exists():
            try:
                deploy(cut.url)
            except ChainError:
                runs += 1
        assert runs == len(seen) == SentTransaction.objects.count() == 2 + len(whole)
        assert Chain.objects.get().deployment == whole
        assert deploy(cut.url)[1] is False


def _cut_after_each(cut: Between) -> set[str]:
    """Lose the answer to each transaction once, after the chain has it; return those that were sent."""
    seen: set[str] = set()
    lost: list[str] = []

    def lie(request: dict[str, Any], honest: Any) -> Any:
        if request["method"] == "eth_sendRawTransaction" and request["params"][0] not in seen:
            seen.add(request["params"][0])
            lost.append(request["params"][0])
        return honest

    def rewrite(answers: Any) -> Any:
        if not lost:
            return answers
        lost.clear()
        return {"jsonrpc": "2.0", "id": answers["id"], "error": {"code": -32603, "message": "the line is dead"}}

    cut.lie, cut.rewrite = lie, rewrite
    return seen


def test_a_transaction_that_fails_in_its_block_is_sent_anew_by_the_next_run(db: None) -> None:
    with running() as node, between(node) as thrifty:
        told: list[str] = []

        def lie(request: dict[str, Any], honest: Any) -> Any:
            told.append(request["method"])
            is_dao = told.count("eth_estimateGas") == 3 and request["method"] == "eth_estimateGas"
            return hex(int(honest, 16) // 2) if is_dao else honest

        thrifty.lie = lie
        with pytest.raises(RevertedError, match=r"for deploy:LatticeDAO.* failed in its block"):
            deploy(thrifty.url)
        assert deploy(thrifty.url)[1]


def test_a_deployer_that_runs_out_of_coin_goes_on_once_it_has_more(db: None) -> None:
    with running() as node, Client([node]) as rpc:
        runs = 0
        while not Chain.objects.exclude(deployment={}).exists():
            held = int(rpc.call("eth_getBalance", DEPLOYER, "latest"), 16) if runs else 0
            rpc.call("anvil_setBalance", DEPLOYER, hex(held + 5 * 10**15))
            runs += 1
            with suppress(ChainError):
                deploy(node)
        assert runs > 3


def test_a_deployment_that_is_taken_up_with_other_names_than_it_began_with_is_refused(chain: Chain, node: str) -> None:
    Chain.objects.update(deployment={})
    begun = named(node)
    others = replace(begun, beneficiary=OTHER, holders={**begun.holders, "GUARDIAN": [OTHER]})
    given: dict[str, Any] = {"short_name": "anvil", "rpc_urls": [node], "deployer_key": KEY, "pass_uri": ""}
    with pytest.raises(
        PermanentChainError, match="LatticeVesting was made of other code, or with other arguments"
    ) as no:
        deploy_contracts(**given, named=others)
    assert "Guardian was made of other code" in str(no.value.detail)
    with pytest.raises(PermanentChainError, match="AccessPass was made of other code, or with other arguments"):
        deploy_contracts(**{**given, "pass_uri": "other"}, named=begun)


def test_contracts_of_a_chain_that_was_no_home_chain_do_not_become_the_daos(
    db: None, foreign: tuple[str, dict[str, Any]], settings: Any
) -> None:
    deploy_contracts(**foreign[1], named=everything_for(OTHER))
    settings.HOME_CHAIN = "eth"
    with pytest.raises(PermanentChainError, match=r"were deployed without Anchors, .*, which cannot be added to them"):
        deploy_contracts(**foreign[1], named=HOME)


CHANGED: dict[str, tuple[str, str, list[Any], str]] = {
    "a role": ("AccessManager", "grantRole", [1, OTHER, 0], f"Role 1 is held by .*{OTHER}"),
    "another role": ("AccessManager", "grantRole", [77, OTHER, 9], f"Role 77 is held by {OTHER} after 9 s"),
    "an admin": ("AccessManager", "grantRole", [ADMIN, OTHER, 0], "Role 0 is held by"),
    "who gives a role": ("AccessManager", "setRoleAdmin", [1, 9], "getRoleAdmin.1. is 9, and was to be 0"),
    "a target": ("AccessManager", "setTargetClosed", ["Pricing", True], "isTargetClosed.* is True"),
    "a function": (
        "AccessManager", "setTargetFunctionRole", ["ProtocolParameters", ["0xdeadbeef"], 1],
        "0xdeadbeef of ProtocolParameters was given a role",
    ),
    "a name": ("Registry", "register", ["0x" + b"Pricing".hex().ljust(64, "0"), OTHER], f"addressOf.* is {OTHER}"),
    "the fees": ("RevenueSplitter", "setFeeVault", [OTHER], f"feeVault.* is {OTHER}, and was to be"),
    "the timelock": ("Treasury", "grantRole", [next(iter(TIMELOCK_ROLES)), OTHER], "DEFAULT_ADMIN_ROLE is held by"),
    "the guardian": ("Guardian", "appoint", [OTHER, 0], f"member.* is {OTHER}"),
}  # fmt: skip


@pytest.mark.parametrize("changed", CHANGED.values(), ids=CHANGED)
def test_it_does_not_finish_where_the_chain_says_otherwise(
    chain: Chain, node: str, changed: tuple[str, str, list[Any], str]
) -> None:
    contract, function, args, said = changed
    given = [chain.deployment.get(each, each) if isinstance(each, str) else each for each in args]
    decide(node, chain.deployment, contract, function, given)
    Chain.objects.update(deployment={})
    with pytest.raises(PermanentChainError, match=said):
        deploy(node)
    assert Chain.objects.get().deployment == {}


@pytest.mark.parametrize(
    ("role", "account", "said"),
    [(ADMIN, OTHER, "The only admin on Anvil was to be"), (1, DEPLOYER, "still holds the roles 1 on Anvil")],
)
def test_contracts_that_are_there_are_looked_at_too(
    chain: Chain, node: str, role: int, account: str, said: str
) -> None:
    decide(node, chain.deployment, "AccessManager", "grantRole", [role, account, 0])
    with pytest.raises(PermanentChainError, match=said):
        deploy(node)


@pytest.fixture
def foreign(settings: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """A chain that is not this machine's own, and how one deploys there."""
    with running("--chain-id", "1") as address:
        yield address, {"short_name": "eth", "rpc_urls": [address], "deployer_key": KEY, "pass_uri": ""}


def test_another_home_chain_has_a_claim_in_the_place_of_the_faucet(
    db: None, foreign: tuple[str, dict[str, Any]], settings: Any
) -> None:
    settings.HOME_CHAIN = "eth"
    address, given = foreign
    chain, _ = deploy_contracts(**given, named=HOME)
    with Client([address]) as rpc:
        market = Market(rpc, chain.deployment)
        began = int(rpc.call("eth_getBlockByNumber", hex(chain.start_block), False)["timestamp"], 16)
        assert market.view("LatticeClaim", "root") == ROOT
        assert market.view("LatticeClaim", "end") == began + 730 * DAY
        assert market.view("LatticeVesting", "cliff") == began + 365 * DAY
        assert market.view("Guardian", "mandateEnd") == began + 365 * DAY
        assert market.view("LatticeToken", "balanceOf", [chain.deployment["LatticeClaim"]]) == 2 * 10**26
    assert not {"LatticeFaucet", "DemoDollar"} & set(chain.deployment)


def test_a_chain_that_is_not_the_home_chain_keeps_an_admin_that_is_named_as_such(
    db: None, foreign: tuple[str, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    chain, _ = deploy_contracts(**foreign[1], named=everything_for(OTHER))
    assert not {"LatticeToken", "Treasury", "Anchors"} & set(chain.deployment)
    assert {role.label: role.holders for role in granted_roles(chain)} == {
        label: [(OTHER, 0)] for label in ("ADMIN", "MODERATOR", "GUARDIAN", "SETTLER")
    }
    call_command("contract_roles", "--chain", "eth")
    said = capsys.readouterr().out
    assert "The admin is chain-local: the DAO does not decide on Ethereum." in said
    assert f"ProtocolParameters.set: ADMIN (0): {OTHER}" in said
    with pytest.raises(PermanentChainError, match=f"was to be {SOMEBODY}, and it is {OTHER}"):
        deploy_contracts(**foreign[1], named=everything_for(SOMEBODY))


def test_outside_of_this_machine_nobody_is_named_by_default_and_nothing_is_sent(
    db: None, foreign: tuple[str, dict[str, Any]]
) -> None:
    with pytest.raises(PermanentChainError, match=r"for MODERATOR, GUARDIAN, SETTLER, FEE_VAULT, CHAIN_ADMIN\."):
        deploy_contracts(**foreign[1])
    with Client([foreign[0]]) as rpc:
        assert rpc.block_number() == 0


HOLDERS = dict(HOME.holders)
UNNAMED: dict[str, tuple[str, Named, str]] = {
    "nobody": ("eth", Named(), "MODERATOR, GUARDIAN, SETTLER, KEEPER, VESTING_BENEFICIARY, CLAIM_ROOT[.]"),
    "no keeper": ("eth", Named({**HOLDERS, "KEEPER": []}, SOMEBODY, ROOT), "for KEEPER[.]"),
    "no home": ("", everything_for(SOMEBODY), "for HOME_CHAIN[.]"),
    "no admin": ("base", Named(HOLDERS, fee_vault=SOMEBODY), "for CHAIN_ADMIN[.]"),
    "the deployer": ("eth", Named({**HOLDERS, "SETTLER": [DEPLOYER]}, SOMEBODY, ROOT), "SETTLER names .* the deployer"),
    "the deployer's LATTICE": ("eth", Named(HOLDERS, DEPLOYER, ROOT), "VESTING_BENEFICIARY names .* the deployer"),
    "no address": ("eth", Named({**HOLDERS, "KEEPER": ["me"]}, SOMEBODY, ROOT), "KEEPER names 'me'"),
    "the zero address": ("base", everything_for("0x" + "0" * 40), "CHAIN_ADMIN names '0x0"),
    "two guardians": ("eth", Named({**HOLDERS, "GUARDIAN": [SOMEBODY, OTHER]}, SOMEBODY, ROOT), "has one member"),
    "another name for home": ("ethereum", everything_for(SOMEBODY), "HOME_CHAIN is 'ethereum'"),
    "no root": ("eth", Named(HOLDERS, SOMEBODY, "0x" + "0" * 64), "CLAIM_ROOT is"),
}


@pytest.mark.parametrize(("home", "named", "said"), UNNAMED.values(), ids=UNNAMED)
def test_names_that_cannot_be_are_refused_in_a_sentence(settings: Any, home: str, named: Named, said: str) -> None:
    settings.HOME_CHAIN = home
    with pytest.raises(PermanentChainError, match=said):
        check_named(Chain(pk=1, short_name="eth"), named, DEPLOYER)
