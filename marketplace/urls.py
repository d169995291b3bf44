"""URLs of the marketplace, named after their views."""

from django.conf import settings
from django.urls import path, re_path, register_converter

from .buying import gift_views, referral_views
from .buying import views as buying
from .catalogue import feeds, model_views, pin_views, search_views, views
from .checks import views as checks
from .community import feeds as talk_feeds
from .community import follow_views
from .community import views as talk
from .deploying import views as deploying
from .files.cids import CID
from .gating import views as gating
from .manifest import views as manifest
from .manifest.schema import SCHEMA_ID
from .moderation import public_views as public_moderation
from .moderation import views as moderation
from .people import data_views
from .people import views as people
from .publish import draft_views, version_views
from .publish import views as publish
from .releases import views as releases
from .reports import log_views
from .reports import own_views as own_reports
from .reports import views as reports
from .reputation import views as reputation
from .returns import views as returns
from .reviews import answer_views, own_views
from .reviews import feeds as reviews_feeds
from .reviews import views as reviews
from .selling import pass_views, terms_views
from .selling import views as selling
from .unclaimed import views as unclaimed
from .wallet import views as wallet


class NameConverter:
    """One half of ``owner/model``: what such a name may hold, and nothing else."""

    # At most 96 characters, as records and accounts take it.
    regex = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class HashConverter:
    """32 bytes: the ref of an order, or a transaction's hash."""

    regex = r"0x[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class AnyHashConverter(HashConverter):
    """The same however it is written, for addresses that people paste; its view leads to the one in lower case."""

    regex = r"0[xX][0-9a-fA-F]{64}"


class CidConverter:
    """The address of a file's content."""

    regex = CID

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class CommentConverter:
    """The public id of a comment."""

    regex = r"[0-9a-f]{24}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class NumberConverter:
    """The number of a version: 1.0.0, or 1.1.0-rc.1."""

    regex = r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(?:-[0-9A-Za-z.-]{1,24})?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class StepConverter:
    """A step of the publishing wizard."""

    regex = "name|files|checks|card|price|preview|list"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NameConverter, "name")
register_converter(NumberConverter, "number")
register_converter(StepConverter, "wizardstep")
register_converter(CommentConverter, "comment")
register_converter(HashConverter, "hash")
register_converter(AnyHashConverter, "anyhash")
register_converter(CidConverter, "cid")

urlpatterns = [
    path("", views.home, name="home"),
    path("about", views.about, name="about"),
    path("models", views.models, name="models"),
    path("models/<name:owner>/<name:name>", model_views.model, name="model"),
    path("models/<name:owner>/<name:name>/files", deploying.model_files, name="model-files"),
    path("models/<name:owner>/<name:name>/v/<str:version>/files", deploying.version_files, name="version-files"),
    path("models/<name:owner>/<name:name>/v/<str:version>/SHA256SUMS", deploying.version_sums, name="version-sums"),
    path(
        "models/<name:owner>/<name:name>/v/<str:version>/citrate.toml",
        deploying.version_manifest,
        name="version-manifest",
    ),
    path(
        "models/<name:owner>/<name:name>/v/<str:version>/download.sh", deploying.version_script, name="version-script"
    ),
    path(
        "models/<name:owner>/<name:name>/v/<str:version>/files/<path:path>", deploying.version_file, name="version-file"
    ),
    path("files/<str:token>/<str:name>", deploying.linked_file, name="linked-file"),
    path("compare", search_views.compare, name="compare"),
    path("compare/names", search_views.compare_names, name="compare-names"),
    path("compare.csv", search_views.compare_csv, name="compare-csv"),
    path("compare.md", search_views.compare_markdown, name="compare-markdown"),
    path("search/suggestions", search_views.suggest, name="suggestions"),
    path("account/searches", search_views.saved_searches, name="saved-searches"),
    path("account/searches/save", search_views.save, name="save-search"),
    path("account/searches/<int:pk>/open", search_views.open_saved, name="open-search"),
    path("account/searches/<int:pk>/forget", search_views.forget, name="forget-search"),
    path("feeds/models", feeds.search_feed, name="search-feed"),
    path("feeds/models/<name:owner>", feeds.owner_feed, name="owner-feed"),
    path("feeds/models/<name:owner>/<name:name>", feeds.model_feed, name="model-feed"),
    path("feeds/models/<name:owner>/<name:name>/reviews", reviews_feeds.reviews_feed, name="reviews-feed"),
    path("models/<name:owner>/<name:name>/checks", checks.model_checks, name="model-checks"),
    path("models/<name:owner>/<name:name>/reviews", reviews.reviews, name="reviews"),
    path("models/<name:owner>/<name:name>/reviews/own", own_views.own, name="own-review"),
    path("models/<name:owner>/<name:name>/reviews/rate", own_views.rate, name="rate-model"),
    path("reviews/<uuid:key>", reviews.review, name="review"),
    path("reviews/<uuid:key>/helpful", reviews.helpful, name="helpful"),
    path("reviews/<uuid:key>/withdraw", own_views.withdraw, name="withdraw-review"),
    path("reviews/<uuid:key>/restore", own_views.restore, name="restore-review"),
    path("reviews/<uuid:key>/answer", answer_views.answer, name="answer-review"),
    path("reviews/<uuid:key>/answer/withdraw", answer_views.withdraw_own_answer, name="withdraw-answer"),
    path("sell/reviews/", answer_views.reviews_waiting, name="reviews-waiting"),
    path("sell/new", publish.new_model, name="new-model"),
    path("sell/drafts/", publish.model_drafts, name="model-drafts"),
    path("sell/drafts/shared/<str:share_key>", draft_views.shared_model_draft, name="shared-model-draft"),
    path("sell/drafts/<uuid:key>/", draft_views.model_draft, name="model-draft"),
    path("sell/drafts/<uuid:key>/<wizardstep:step>", draft_views.draft_step, name="draft-step"),
    path("sell/drafts/<uuid:key>/<wizardstep:step>/save", draft_views.save_draft_step, name="save-draft-step"),
    path("sell/drafts/<uuid:key>/names", draft_views.draft_names, name="draft-names"),
    path("sell/drafts/<uuid:key>/owner", draft_views.choose_owner_name, name="choose-owner-name"),
    path("sell/drafts/<uuid:key>/file", draft_views.draft_files, name="draft-files"),
    path("sell/drafts/<uuid:key>/citrate.toml", draft_views.draft_manifest, name="draft-manifest"),
    path("sell/drafts/<uuid:key>/share", draft_views.share_model_draft, name="share-model-draft"),
    path("sell/drafts/<uuid:key>/delete", draft_views.delete_model_draft, name="delete-model-draft"),
    path("sell/drafts/<uuid:key>/restore", publish.restore_model_draft, name="restore-model-draft"),
    path("sell/drafts/<uuid:key>/publish", draft_views.list_model_draft, name="list-model-draft"),
    path("sell/drafts/<uuid:key>/sent", draft_views.draft_sent, name="draft-sent"),
    path("models/unclaimed", unclaimed.unclaimed, name="unclaimed"),
    path("models/unclaimed/<slug:chain>/<hash:model_id>", unclaimed.unclaimed_model, name="unclaimed-model"),
    path("models/unclaimed/<slug:chain>/<hash:model_id>/claim", unclaimed.claim, name="claim-model"),
    path("models/unclaimed/<slug:chain>/<hash:model_id>/fetch", unclaimed.fetch_again, name="fetch-again"),
    path("sell/unclaimed", unclaimed.own_models_unclaimed, name="own-unclaimed"),
    path("models/<name:owner>", views.owner, name="owner"),
    path("models/<name:owner>/<name:name>/versions", releases.versions, name="versions"),
    path("models/<name:owner>/<name:name>/v/<number:number>", releases.version, name="version"),
    path("sell/models/<name:owner>/<name:name>/versions", releases.own_versions, name="own-versions"),
    path("sell/models/<name:owner>/<name:name>/versions/new", version_views.begin_version, name="begin-version"),
    path(
        "sell/models/<name:owner>/<name:name>/versions/<number:number>/<slug:act>",
        releases.change_version,
        name="change-version",
    ),
    path("models/<name:owner>/<name:name>/pins", pin_views.model_pins, name="model-pins"),
    path("pins", pin_views.node_pins, name="node-pins"),
    path("models/<name:owner>/<name:name>/why", search_views.why, name="why"),
    path("models/<name:owner>/<name:name>/reference-prices.csv", model_views.reference_prices, name="reference-prices"),
    path(f"schemas/{SCHEMA_ID}", manifest.manifest_schema, name="manifest-schema"),
    re_path(rf"^metadata/(?P<cid>{CID})\.json\Z", views.metadata, name="metadata"),
    path("models/<name:owner>/<name:name>/buy", model_views.buy, name="buy"),
    path("models/<name:owner>/<name:name>/gift", gift_views.gift, name="gift"),
    path("account/referral", referral_views.referral, name="referral"),
    path("orders/<hash:ref>", buying.order, name="order"),
    path("orders/<hash:ref>/open", buying.open_order, name="open-order"),
    path("orders/<hash:ref>/sent", buying.order_sent, name="order-sent"),
    path("orders/<hash:ref>/cancelled", buying.order_cancelled, name="order-cancelled"),
    path("orders/<hash:ref>/again", buying.order_again, name="order-again"),
    path("orders/<hash:ref>/refund", returns.refund, name="refund"),
    path("orders/<hash:ref>/dispute", returns.open_dispute, name="open-dispute"),
    path("disputes/", returns.disputes, name="disputes"),
    path("disputes/<hash:receipt>", returns.dispute, name="dispute"),
    path("disputes/<hash:receipt>/say", returns.say, name="say"),
    path("disputes/<hash:receipt>/files/<cid:cid>", returns.dispute_file, name="dispute-file"),
    path("disputes/<hash:receipt>/rule", returns.rule_dispute, name="rule-dispute"),
    path("disputes/<hash:receipt>/answer", returns.answer_dispute, name="answer-dispute"),
    path("disputes/<hash:receipt>/close", returns.close_dispute, name="close-dispute"),
    path("moderation/", moderation.moderation, name="moderation"),
    path("moderation/cases/<int:pk>", moderation.moderation_case, name="moderation-case"),
    path("moderation/cases/<int:pk>/background", moderation.case_background, name="case-background"),
    path("moderation/cases/<int:pk>/effects", moderation.case_effects, name="case-effects"),
    path("moderation/cases/<int:pk>/claim", moderation.claim, name="claim-case"),
    path("moderation/cases/<int:pk>/release", moderation.release, name="release-case"),
    path("moderation/cases/<int:pk>/decide", moderation.decide, name="decide-case"),
    path("moderation/cases/<int:pk>/confirm", moderation.confirm, name="confirm-decision"),
    path("moderation/cases/<int:pk>/decline", moderation.decline, name="decline-decision"),
    path("moderation/decisions/<int:pk>/undo", moderation.undo, name="undo-decision"),
    path("moderation/decisions/<int:pk>/chain", moderation.send_suspension, name="send-suspension"),
    path("moderation/figures", public_moderation.moderation_figures, name="moderation-figures"),
    path("moderation/transparency", public_moderation.transparency, name="transparency"),
    path("moderation/transparency.csv", public_moderation.transparency_csv, name="transparency-csv"),
    path("moderation/about/<slug:content>/<path:key>", moderation.moderation_about, name="moderation-about"),
    path("models/<name:owner>/<name:name>/quote", model_views.quote, name="quote"),
    path("account/<slug:chain>/withdraw", buying.withdraw_credit, name="withdraw-credit"),
    path("sell/", selling.sell, name="sell"),
    path("sell/sales.csv", selling.sales_csv, name="sales-csv"),
    path("sell/requests/", gating.access_requests, name="access-requests"),
    path("sell/requests/decide", gating.decide_access, name="decide-access"),
    path("sell/models/<name:owner>/<name:name>/access", gating.model_access, name="model-access"),
    path("sell/models/<name:owner>/<name:name>/access/gate", gating.set_model_gate, name="set-model-gate"),
    path("sell/models/<name:owner>/<name:name>/access/rule", gating.set_model_rule, name="set-model-rule"),
    path("models/<name:owner>/<name:name>/access", gating.access_request, name="access-request"),
    path(
        "models/<name:owner>/<name:name>/access/withdraw",
        gating.withdraw_access_request,
        name="withdraw-access-request",
    ),
    path("sell/payouts/", selling.payouts, name="payouts"),
    path("sell/<slug:chain>/distribute", selling.distribute, name="distribute"),
    path("sell/<slug:chain>/distribute-referral", selling.distribute_referral, name="distribute-referral"),
    path("sell/<slug:chain>/withdraw", selling.withdraw, name="withdraw"),
    path("sell/<slug:chain>/<hash:model_id>/", terms_views.listing_terms, name="listing-terms"),
    path("sell/<slug:chain>/<hash:model_id>/<slug:setting>", terms_views.set_terms, name="set-terms"),
    path("sell/<slug:chain>/<hash:model_id>/<slug:setting>/preview", terms_views.preview_terms, name="preview-terms"),
    path("passes/<slug:chain>/<hash:model_id>/", pass_views.passes, name="passes"),
    path("passes/<slug:chain>/<hash:model_id>/transfer", pass_views.transfer_passes, name="transfer-passes"),
    path("passes/<slug:chain>/<hash:model_id>/offer", pass_views.offer_passes, name="offer-passes"),
    path("passes/<slug:chain>/<hash:model_id>/withdraw-offer", pass_views.withdraw_offer, name="withdraw-offer"),
    path("passes/<slug:chain>/<hash:model_id>/accept", pass_views.accept_offer, name="accept-offer"),
    path("reputation", reputation.reputation, name="reputation"),
    path("reputation/export.json", reputation.reputation_export, name="reputation-export"),
    path("reputation/<str:name>", reputation.reputation_script, name="reputation-script"),
    path("rules", reports.rules, name="rules"),
    path("report/notice", reports.notice, name="notice"),
    path("report/sent", reports.report_sent, name="report-sent"),
    path("report/taken", reports.notice_taken, name="notice-taken"),
    path("report/confirm", reports.confirmation, name="confirm-report"),
    path("report/<slug:content>/<path:key>", reports.report, name="report"),
    path("moderation/cases/<int:pk>/reports", own_reports.case_reports, name="case-reports"),
    path("moderation/log", log_views.moderation_log, name="moderation-log"),
    path("moderation/log.jsonl", log_views.moderation_log_export, name="moderation-log-export"),
    path("moderation/log/verify.py", log_views.verify_script, name="moderation-log-script"),
    path("account/reports", own_reports.own_reports, name="own-reports"),
    path("account/statements", own_reports.own_statements, name="own-statements"),
    path("statements/<uuid:public_id>", own_reports.statement, name="reason-statement"),
    path("statements/<uuid:public_id>/appeal", own_reports.appeal, name="appeal"),
    path("u/<str:address>", people.person, name="person"),
    path("account/profile", people.profile, name="profile"),
    path("account/profile/domain", people.domain, name="domain"),
    path("models/<name:owner>/<name:name>/discussion", talk.model_discussion, name="model-discussion"),
    path("feeds/models/<name:owner>/<name:name>/discussion", talk_feeds.discussion_feed, name="discussion-feed"),
    path("comments/write", talk.write_comment, name="write-comment"),
    path("comments/preview", talk.preview_comment, name="preview-comment"),
    path("comments/lock", talk.lock_discussion, name="lock-discussion"),
    path("comments/<comment:public_id>", talk.comment, name="comment"),
    path("comments/<comment:public_id>/edit", talk.edit_comment, name="edit-comment"),
    path("comments/<comment:public_id>/history", talk.comment_history, name="comment-history"),
    path("comments/<comment:public_id>/delete", talk.delete_comment, name="delete-comment"),
    path("comments/<comment:public_id>/bring-back", talk.bring_back_comment, name="bring-back-comment"),
    path("comments/<comment:public_id>/pin", talk.pin_comment, name="pin-comment"),
    path("account/following", follow_views.following, name="following"),
    path("account/following/change", follow_views.follow, name="follow"),
    path("account/following/button", follow_views.follow_button, name="follow-button"),
    path("account/data", data_views.data, name="data"),
    path("account/data/<int:pk>.zip", data_views.data_file, name="data-file"),
    path("account/erase", data_views.erase, name="erase"),
    path("account/erase/undo", data_views.undo_erase, name="undo-erase"),
    path("account/", buying.account, name="account"),
    path("tx/<slug:chain>/<anyhash:tx_hash>", buying.transaction, name="transaction"),
]

# Not even routed elsewhere, as the demo wallet itself.
if settings.DEMO:
    urlpatterns += [
        path("demo/request", wallet.request_in_words, name="demo-request"),
        path("demo/dollars", wallet.demo_dollars, name="demo-dollars"),
    ]
