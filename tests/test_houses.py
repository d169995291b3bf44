"""Where the tests of a module stand, and what no test may do: rules of the tests themselves."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from stack.places import ROOT

ROOMS = (
    *("accounts", "common", "config", "contracts", "governance", "inference", "stack"),
    *("marketplace/catalogue", "marketplace/listings", "marketplace/search"),
)
# Index files, settings and declarations: what they say is tested where it is used.
DECLARE = ("*/apps.py", "*/urls.py", "*/routing.py", "*/errors.py", "*/models.py", "*/names.py", "*/migrations/*",
           "*/__init__.py", "*/__main__.py", "config/settings/*", "stack/trouble.py")  # fmt: skip
# What is tested together with others: the modules, and the file of the tests that shows them at work.
TOGETHER = {
    "accounts/actions.py accounts/backends.py accounts/forms.py accounts/views.py": "accounts/test_sign_in.py",
    "accounts/visitors.py accounts/checks.py": "accounts/test_demo.py",
    "accounts/console.py accounts/management/commands/grant_staff.py": "marketplace/moderation/test_admin.py",
    "accounts/moderators.py": "marketplace/moderation/test_views.py",
    "accounts/restrictions.py": "marketplace/moderation/test_deciding.py",
    "accounts/fields.py": "accounts/test_addresses.py",
    "accounts/holdings.py governance/holdings.py inference/holdings.py": "accounts/test_personal.py",
    "accounts/legal/reading.py": "accounts/legal/test_views.py",
    "accounts/notifications/forms.py accounts/notifications/kinds.py": "accounts/notifications/test_views.py",
    "accounts/notifications/composing.py accounts/notifications/lin*.py": "accounts/notifications/test_mailing.py",
    "accounts/notifications/tasks.py": "accounts/notifications/test_mailing.py",
    "accounts/notifications/actions.py": "accounts/notifications/test_views.py",
    "accounts/notifications/dates.py": "accounts/notifications/test_feeds.py",
    "accounts/templatetags/wallet.py": "accounts/test_looks.py",
    "common/access.py": "accounts/test_access.py",
    "contracts/allowances.py contracts/permits.py": "marketplace/buying/test_paying.py",
    "contracts/chain/fees.py": "marketplace/selling/test_views.py",
    "common/caches.py": "config/guard/test_threads.py",
    "common/commands.py common/context.py common/htmx.py": "common/test_views.py",
    "common/sessions.py": "accounts/test_sessions.py",
    "common/forks.py common/management/commands/run_tasks.py": "common/test_queue.py",
    "common/fields.py common/money.py": "common/test_amounts.py",
    "common/networks.py common/ratelimit.py": "common/test_limits.py",
    "common/published.py": "config/test_unsafe_settings.py",
    "common/feeds.py": "marketplace/catalogue/test_feeds.py",
    "common/session_store.py": "config/guard/test_requests.py",
    "config/guard/socket_wire.py": "config/guard/test_requests.py",
    "common/locks.py": "contracts/test_kill.py",
    "common/pages.py": "marketplace/search/test_search.py",
    "common/redirects.py": "marketplace/catalogue/test_views.py",
    "common/templatetags/look.py": "common/test_look.py",
    "config/api.py config/problems.py": "marketplace/catalogue/test_api.py",
    "config/serve.py config/guard/limits.py config/guard/key.py": "config/guard/test_wire.py",
    "config/members.py": "config/guard/test_members.py",
    "config/guard/slices.py": "marketplace/files/test_ranges.py",
    "config/tus/answers.py config/tus/words.py": "config/tus/test_application.py",
    "config/tus/receiving.py config/tus/visitors.py": "config/tus/test_application.py",
    "config/views.py": "marketplace/catalogue/test_api.py",
    "config/guard/express.py config/guard/recorder.py": "config/guard/test_cache.py",
    "config/guard/hosts.py": "config/guard/test_refusals.py",
    "config/guard/outbox.py": "config/guard/test_gate.py",
    "config/guard/protocol.py": "config/guard/test_entrance.py",
    "config/management/commands/*.py governance/demo/*.py": "config/demo/test_seeding.py",
    "contracts/actions.py contracts/networks.py contracts/roles.py": "contracts/test_deploy.py",
    "contracts/chain/deployer.py contracts/chain/factory.py": "contracts/test_deploy.py",
    "contracts/chain/handover.py contracts/chain/permissions.py contracts/naming.py": "contracts/test_handover.py",
    "contracts/chain/constructors.py": "contracts/test_handover.py",
    "contracts/chain/endpoints.py": "contracts/test_endpoints.py",
    "contracts/chain/fate.py contracts/chain/preflight.py": "marketplace/buying/test_prompts.py",
    "contracts/chain/refusals.py": "contracts/test_refusals.py",
    "contracts/chain/*.py": "contracts/test_chain.py",
    "contracts/currencies.py": "marketplace/buying/test_paying.py",
    "contracts/folds.py": "contracts/test_indexer.py",
    "contracts/event_handlers.py contracts/indexer/verify.py contracts/metrics.py": "contracts/test_operating.py",
    "contracts/management/*.py": "contracts/test_operating.py",
    "contracts/indexer/endpoints.py contracts/indexer/span.py": "contracts/test_endpoints.py",
    "contracts/indexer/folding.py": "contracts/test_folding.py",
    "contracts/indexer/*.py": "contracts/test_indexer.py",
    "contracts/facts.py contracts/verifiers.py contracts/models/*.py": "governance/onchain/test_counting.py",
    "governance/notices/finality.py governance/notices/kinds.py": "governance/notices/test_looking.py",
    "governance/notices/dates.py": "governance/notices/test_feeds.py",
    "governance/notices/tasks.py": "governance/notices/test_looking.py",
    "governance/api.py": "governance/proposals/test_api.py",
    "governance/ground/home.py governance/proposals/finding.py": "governance/proposals/test_views.py",
    "governance/proposals/front.py governance/proposals/own.py": "governance/proposals/test_views.py",
    "governance/proposals/raw_views.py": "governance/proposals/test_views.py",
    "governance/proposals/changes.py governance/proposals/seen.py": "governance/proposals/test_views.py",
    "governance/proposals/discussion_*.py": "governance/proposals/test_discussed.py",
    "governance/proposals/absent.py": "governance/proposals/test_votes.py",
    "governance/templatetags/proposals.py": "governance/proposals/test_standing.py",
    "governance/templatetags/dao.py": "governance/ground/test_lattice.py",
    "governance/calls/words.py governance/calls/*_words.py": "governance/calls/test_explaining.py",
    "governance/calls/reading.py governance/calls/records.py governance/calls/units.py": (
        "governance/calls/test_explaining.py"
    ),
    "governance/calls/lookalikes.py": "governance/calls/test_explaining.py",
    "governance/delegates/actions.py governance/delegates/finding.py": "governance/delegates/test_views.py",
    "governance/delegates/forms.py governance/delegates/record.py": "governance/delegates/test_views.py",
    "governance/delegates/shift.py governance/ground/course.py": "governance/delegates/test_views.py",
    "governance/calls/lookalikes.py governance/calls/figures.py": "governance/calls/test_explaining.py",
    "governance/calls/rehearsal.py governance/calls/payments.py": "governance/calls/test_simulating.py",
    "governance/calls/api.py governance/calls/finding.py": "governance/calls/test_views.py",
    "governance/calls/outcomes.py governance/calls/happening.py": "governance/calls/test_views.py",
    "governance/calls/sales.py": "governance/calls/test_effects.py",
    "contracts/chain/simulated.py": "governance/calls/test_simulating.py",
    "governance/drafts/action_forms.py governance/drafts/call_forms.py": "governance/drafts/test_forms.py",
    "governance/drafts/kinds.py governance/drafts/power_forms.py": "governance/drafts/test_forms.py",
    "governance/drafts/present.py governance/drafts/specs.py": "governance/drafts/test_forms.py",
    "governance/drafts/content.py": "governance/drafts/test_actions.py",
    "governance/drafts/api.py governance/drafts/beginnings.py": "governance/drafts/test_views.py",
    "governance/drafts/checks.py governance/drafts/editor.py": "governance/drafts/test_views.py",
    "governance/drafts/finding.py governance/drafts/typed_in.py": "governance/drafts/test_views.py",
    "governance/drafts/poll_actions.py governance/drafts/poll_views.py": "governance/drafts/test_views.py",
    "governance/drafts/guards.py": "governance/drafts/test_proposing.py",
    "governance/token/*.py": "governance/token/test_views.py",
    "governance/staking/*.py": "governance/staking/test_views.py",
    "governance/calls/event_flows.py governance/ground/signed_kinds.py": "governance/calls/test_wallet.py",
    "governance/event_handlers.py governance/verifiers.py": "governance/onchain/test_verifying.py",
    "governance/onchain/rewards.py governance/onchain/streaming.py": "governance/onchain/test_verifying.py",
    "governance/keepers.py": "governance/treasury/test_keeper.py",
    "governance/treasury/actions.py": "governance/treasury/test_bonuses.py",
    "governance/treasury/verifying.py": "governance/treasury/test_story.py",
    "governance/treasury/books.py governance/treasury/fees.py": "governance/treasury/test_views.py",
    "governance/treasury/forms.py governance/treasury/inflow.py": "governance/treasury/test_views.py",
    "governance/treasury/outflow.py governance/treasury/models.py": "governance/treasury/test_views.py",
    "governance/rules/api.py governance/rules/changes.py": "governance/rules/test_views.py",
    "governance/rules/step_plot.py": "governance/rules/test_views.py",
    "governance/rules/actions.py governance/rules/forms.py": "governance/rules/test_emergency_views.py",
    "governance/rules/emergencies.py governance/rules/holders.py": "governance/rules/test_emergency_views.py",
    "governance/rules/rights_api.py": "governance/rules/test_emergency_views.py",
    "governance/onchain/models/*.py governance/onchain/handlers/*.py": "governance/onchain/test_counting.py",
    "governance/onchain/ties.py": "marketplace/scores/test_judging.py",
    "governance/relay/*.py": "governance/relay/test_relayer.py",
    "governance/voting/*.py": "governance/voting/test_ballots.py",
    "governance/management/*.py": "governance/relay/test_command.py",
    "inference/gateway/errors.py inference/gateway/messages.py": "inference/gateway/test_reading.py",
    "inference/gateway/options.py": "inference/gateway/test_reading.py",
    "inference/gateway/answering.py inference/gateway/responses.py config/direct.py": "inference/gateway/test_views.py",
    "inference/gateway/costs.py": "inference/gateway/test_views.py",
    "inference/counting.py": "inference/gateway/test_opening.py",
    "inference/gateway/finding.py inference/gateway/embedding.py": "inference/gateway/test_views.py",
    "inference/gateway/repeating.py inference/kept_models.py": "inference/gateway/test_views.py",
    "inference/conversations/*.py": "inference/conversations/test_actions.py",
    "inference/answers.py inference/servers.py": "inference/test_upstream.py",
    "inference/checking.py inference/upstream_tasks.py": "inference/test_watching.py",
    "inference/probe_words.py inference/reasons.py": "inference/test_probing.py",
    "inference/upstream_forms.py": "inference/test_upstream_views.py",
    "inference/publishing.py": "inference/test_upstream_actions.py",
    "inference/seen.py": "inference/test_choosing.py",
    "inference/telling.py": "inference/test_standing.py",
    "inference/dedicated_*.py": "inference/test_dedicated.py",
    "inference/disputed.py": "marketplace/returns/test_call_records.py",
    "inference/rechecking.py": "inference/test_performance.py",
    "inference/engines/*.py inference/forms.py": "inference/test_playground.py",
    "inference/engines/senses/*.py inference/sense_kinds.py inference/senses.py": "inference/modalities/test_api.py",
    "inference/schemas.py inference/modalities/a*.py": "inference/modalities/test_api.py",
    "inference/modalities/child.py inference/modalities/door.py": "inference/modalities/test_running.py",
    "inference/modalities/forms.py inference/modalities/showing.py": "inference/modalities/test_views.py",
    "inference/modalities/interfaces.py": "inference/modalities/test_api.py",
    "inference/days_plot.py": "inference/test_upstream_table.py",
    "inference/seated.py": "inference/test_beside.py",
    "common/background.py": "inference/modalities/test_turns.py",
    "inference/event_handlers.py": "inference/test_quotas.py",
    "inference/paying/balances.py inference/paying/forms.py inference/paying/page.py": "inference/paying/test_views.py",
    "inference/paying/depositing.py inference/paying/money_views.py": "inference/paying/test_money.py",
    "inference/paying/statement.py inference/templatetags/paying.py": "inference/paying/test_statement_views.py",
    "inference/paying/tasks.py inference/paying/telling.py": "inference/paying/test_looking.py",
    "inference/paying/registering.py": "inference/paying/test_looking.py",
    "inference/keys/minting.py": "inference/keys/test_finding.py",
    "inference/keys/windows.py": "inference/keys/test_spending.py",
    "inference/ledger/finding.py inference/ledger/prices.py": "inference/ledger/test_acting.py",
    "inference/keepers.py inference/ledger/anchoring.py": "inference/ledger/test_receipts.py",
    "inference/gateway/terms.py inference/gateway/pay_one_call.py": "inference/gateway/test_once.py",
    "inference/authorised.py inference/ledger/bringing.py": "inference/gateway/test_once.py",
    "inference/ledger/payments.py inference/ledger/payment_models.py": "inference/gateway/test_once.py",
    "inference/ledger/verify_receipt.py": "inference/ledger/test_receipts.py",
    "inference/ledger/standing.py": "inference/ledger/test_views.py",
    "inference/ledger/tasks.py": "inference/ledger/test_settling.py",
    "inference/management/commands/*.py": "inference/test_commands.py",
    "marketplace/catalogue/search_api.py": "marketplace/catalogue/test_search_views.py",
    "marketplace/catalogue/structured.py": "marketplace/catalogue/test_search_views.py",
    "marketplace/listings/access_lists.py": "marketplace/buying/test_paying.py",
    "marketplace/listings/finding.py marketplace/listings/lineage.py": "marketplace/catalogue/test_model_views.py",
    "marketplace/listings/metadata.py marketplace/listings/publishing.py": "contracts/test_demo.py",
    "marketplace/listings/records.py": "marketplace/catalogue/test_importing.py",
    "marketplace/listings/reference_prices.py marketplace/listings/taxonomy.py": "marketplace/listings/test_cards.py",
    "marketplace/listings/runtime.py marketplace/listings/versions.py": "marketplace/listings/test_offers.py",
    "marketplace/listings/delivery.py": "marketplace/publish/test_publishing.py",
    "marketplace/search/exporting.py marketplace/search/compared_facts.py": "marketplace/search/test_comparing.py",
    "marketplace/search/saved.py": "marketplace/catalogue/test_search_views.py",
    "marketplace/search/facets.py marketplace/search/sorting.py": "marketplace/search/test_search.py",
    "marketplace/search/fusion.py marketplace/search/index_models.py": "marketplace/search/test_candidates.py",
    "marketplace/search/index_actions.py": "marketplace/search/test_meaning.py",
    "marketplace/search/phrases.py": "marketplace/search/test_understood.py",
    "marketplace/search/presenters.py": "marketplace/catalogue/test_views.py",
    "marketplace/search/rows.py": "marketplace/catalogue/test_views.py",
    "marketplace/search/wishes.py": "marketplace/search/test_heard.py",
    "stack/audit.py stack/checks.py": "contracts/test_toolchain.py",
    "stack/chain.py": "stack/test_anvil.py",
    "stack/clients.py": "inference/gateway/test_others.py",
    "stack/commands.py stack/environment.py stack/locks.py stack/pages.py": "stack/test_demo.py",
    "stack/engine.py stack/engine_server.py": "inference/test_playground.py",
    "marketplace/catalogue/pin_views.py": "marketplace/pinning/test_pages.py",
    "marketplace/listings/pinned.py": "marketplace/pinning/test_actions.py",
    "stack/ipfs*.py": "stack/test_ipfs_server.py",
    "stack/postgres.py stack/redis.py": "stack/test_services.py",
}
WAITS = "tests/waiting.py"
SLEEPS = {"sleep", "wait_for_timeout"}


def files(*folders: str) -> list[str]:
    found = [file.relative_to(ROOT) for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return [str(file) for file in found if "node_modules" not in file.parts]


def own_test(module: str) -> Path:
    path = Path(module)
    return ROOT / "tests" / path.parent / f"test_{path.name}"


def patterns() -> Iterator[tuple[str, str]]:
    """Return each pattern of the table with its file of tests."""
    for together, tests in TOGETHER.items():
        for pattern in together.split():
            yield pattern, tests


def test_modules_have_tests_of_their_name_or_are_said_to_be_tested_elsewhere() -> None:
    spoken_for = [*DECLARE, *(pattern for pattern, _ in patterns())]
    silent = [module for module in files(*ROOMS) if not any(fnmatch(module, pattern) for pattern in spoken_for)]
    missing = [own_test(module).relative_to(ROOT) for module in silent if not own_test(module).exists()]
    assert missing == [], "write these, or a line in TOGETHER"


def test_what_is_tested_elsewhere_is_there_and_has_no_tests_of_its_own() -> None:
    modules = files(*ROOMS)
    for pattern, tests in patterns():
        assert (ROOT / "tests" / tests).exists(), f"{pattern} is not tested there: {tests}"
        meant = [module for module in modules if fnmatch(module, pattern)]
        assert meant, f"{pattern} is no module any more"
        assert "*" in pattern or not own_test(meant[0]).exists(), f"{pattern} has tests of its own now"


def test_tests_wait_for_something_to_be_so_and_never_sleep() -> None:
    assert sleeps("time.sleep(1)")
    assert sleeps("threading.Event().wait(2)")
    assert not sleeps("over.wait(2)")
    assert not sleeps("asleep = 'sleep'")
    sleepers = [file for file in files("tests") if file != WAITS and sleeps((ROOT / file).read_text())]
    assert sleepers == [], f"wait by {WAITS}"


def sleeps(source: str) -> bool:
    """Return whether a module calls something that only lets time pass."""
    if not any(name in source for name in (*SLEEPS, "Event().wait(")):
        return False
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return any(named(call.func) in SLEEPS or lets_pass(call) for call in calls)


def named(called: ast.expr) -> str:
    return str(getattr(called, "attr", getattr(called, "id", "")))


def lets_pass(call: ast.Call) -> bool:
    """Return whether it waits so long for an event that nobody else has."""
    event = getattr(call.func, "value", None)
    own = isinstance(event, ast.Call) and named(event.func) == "Event"
    return own and named(call.func) == "wait" and bool(call.args)
