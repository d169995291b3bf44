"""URLs of the DAO's pages, named after their views."""

from django.urls import path, re_path

from .calls import views as calls
from .delegates import views as delegates
from .drafts import poll_views as polls
from .drafts import views as drafts
from .notices import feeds
from .proposals import discussion_views as discussions
from .proposals import raw_views as raw
from .proposals import views as proposals
from .rules import emergency_views as emergencies
from .rules import views as rules
from .staking import views as staking
from .token import views as token
from .treasury import views as treasury
from .voting import views as voting

urlpatterns = [
    path("dao", proposals.dao, name="dao"),
    path("dao/feed", feeds.dao_feed, name="dao-feed"),
    path("dao/calendar.ics", feeds.dao_calendar, name="dao-calendar"),
    path("dao/delegates", delegates.delegates, name="delegates"),
    path("dao/delegates/find", delegates.find_delegate, name="find-delegate"),
    path("dao/delegates/<str:address>", delegates.delegate, name="delegate"),
    path("dao/delegates/<str:address>/statement", delegates.statement, name="statement"),
    path("dao/delegates/<str:address>/statement/write", delegates.write_statement, name="write-statement"),
    path("dao/delegation", delegates.delegate_votes, name="delegate-votes"),
    path("dao/delegation/sign", delegates.sign_delegation, name="sign-delegation"),
    path("dao/delegation/signature", delegates.delegation_signature, name="delegation-signature"),
    path("dao/proposals/<int:number>/simulation", calls.proposal_simulation, name="proposal-simulation"),
    path("dao/open-vote", proposals.open_vote, name="open-vote"),
    path("dao/proposals/<int:number>", proposals.proposal, name="proposal"),
    path("dao/proposals/<int:number>/discussion", discussions.proposal_discussion, name="proposal-discussion"),
    path(
        "feeds/dao/proposals/<int:number>/discussion",
        discussions.proposal_discussion_feed,
        name="proposal-discussion-feed",
    ),
    path("dao/proposals/<int:number>/votes.csv", raw.votes_csv, name="votes-csv"),
    path("dao/proposals/<int:number>/power.csv", raw.curve_csv, name="curve-csv"),
    re_path(
        r"^dao/proposals/(?P<number>[0-9]{1,19})/events/(?P<tx_hash>0x[0-9a-f]{64})/(?P<index>[0-9]{1,9})\Z",
        raw.proposal_event,
        name="proposal-event",
    ),
    path("dao/proposals/<int:number>/queue", proposals.queue_proposal, name="queue-proposal"),
    path("dao/proposals/<int:number>/execute", proposals.execute_proposal, name="execute-proposal"),
    path("dao/proposals/<int:number>/cancel", proposals.cancel_proposal, name="cancel-proposal"),
    path("dao/proposals/<int:number>/vote", voting.vote, name="vote"),
    path("dao/proposals/<int:number>/ballot", voting.ballot, name="ballot"),
    path("dao/proposals/<int:number>/ballot/signature", voting.ballot_signature, name="ballot-signature"),
    path("dao/proposals/<int:number>/ballot/power", voting.ballot_power, name="ballot-power"),
    path("dao/roles", emergencies.roles, name="roles"),
    path("dao/roles/pause", emergencies.pause_sales, name="pause-sales"),
    path("dao/roles/stop", emergencies.stop_proposal, name="stop-proposal"),
    path("dao/parameters", rules.parameters, name="parameters"),
    path("dao/parameters.csv", rules.parameters_csv, name="parameters-csv"),
    path("dao/treasury", treasury.treasury, name="treasury"),
    path("dao/treasury/fees.csv", treasury.fees_csv, name="treasury-fees-csv"),
    path("dao/treasury/spendings.csv", treasury.spendings_csv, name="treasury-spendings-csv"),
    path("dao/treasury/release", treasury.release_fees, name="release-fees"),
    path("dao/treasury/bonuses", treasury.bonuses, name="bonuses"),
    path("dao/treasury/bonuses/claim", treasury.claim_bonus, name="claim-bonus"),
    path("dao/drafts", drafts.drafts, name="drafts"),
    path("dao/drafts/new", drafts.new_draft, name="new-draft"),
    path("dao/drafts/<slug:key>", drafts.draft, name="draft"),
    path("dao/drafts/<slug:key>/save", drafts.save_draft, name="save-draft"),
    path("dao/drafts/<slug:key>/words", drafts.draft_words, name="draft-words"),
    path("dao/drafts/<slug:key>/checks", drafts.draft_checks, name="draft-checks"),
    path("dao/drafts/<slug:key>/propose", drafts.propose_draft, name="propose-draft"),
    path("dao/drafts/<slug:key>/share", drafts.share_draft, name="share-draft"),
    path("dao/drafts/<slug:key>/delete", drafts.delete_draft, name="delete-draft"),
    path("dao/drafts/<slug:key>/copy", drafts.copy_draft, name="copy-draft"),
    path("dao/drafts/<slug:key>/cosign", drafts.cosign_draft, name="cosign-draft"),
    path("dao/drafts/<slug:key>/withdraw", drafts.withdraw_support, name="withdraw-support"),
    path("dao/drafts/<slug:key>/poll", polls.open_poll, name="open-poll"),
    path("dao/polls/<slug:key>", polls.poll, name="poll"),
    path("dao/polls/<slug:key>/vote", polls.vote_in_poll, name="vote-in-poll"),
    path("staking", staking.staking, name="staking"),
    path("staking/stake", staking.stake, name="stake"),
    path("staking/unstake", staking.unstake, name="unstake"),
    path("staking/restake", staking.restake, name="restake"),
    path("staking/withdraw", staking.withdraw_stake, name="withdraw-stake"),
    path("staking/claim", staking.claim_rewards, name="claim-rewards"),
    path("staking/free.ics", staking.stake_calendar, name="stake-calendar"),
    path("staking/moves.csv", staking.stake_moves_csv, name="stake-moves-csv"),
    path("dao/token", token.token, name="token"),
    path("dao/token/faucet", token.faucet, name="faucet"),
    path("dao/token/claim", token.claim_allocation, name="claim-allocation"),
    path("dao/token/holders.csv", token.holders_csv, name="holders-csv"),
]
