"""URLs of what people do with models."""

from django.urls import include, path

from marketplace import urls as _names  # noqa: F401  registers the converters of names and hashes

from . import conversation_views, dedicated_proxy, dedicated_views, history_views, upstream_views, views
from .ledger.views import call_receipt, receipt_script, status
from .modalities import views as modality_views

urlpatterns = [
    path("status", status, name="status"),
    path("receipts/verify.py", receipt_script, name="receipt-script"),
    path("receipts/<str:secret>", call_receipt, name="call-receipt"),
    path("", include("inference.gateway.urls")),
    path("account/", include("inference.paying.urls")),
    path("playground/<name:owner>/<name:name>", views.playground, name="playground"),
    path("try/<name:owner>/<name:name>", modality_views.try_model, name="try-model"),
    path("playground/<name:owner>/<name:name>/share", conversation_views.share, name="share-conversation"),
    path("shared/<str:secret>", conversation_views.shared_conversation, name="shared-conversation"),
    path("account/shared", conversation_views.shared_links, name="shared-links"),
    path("account/shared/<uuid:pk>", conversation_views.own_shared, name="own-shared"),
    path("account/shared/<uuid:pk>/revoke", conversation_views.revoke_shared, name="revoke-shared"),
    path("playground/<name:owner>/<name:name>/keep", history_views.keep, name="keep-conversation"),
    path("account/history", history_views.history, name="history"),
    path("account/history/switch", history_views.switch, name="switch-history"),
    path("account/history/erase", history_views.erase_all, name="erase-history"),
    path("account/history/<uuid:pk>/erase", history_views.erase_one, name="erase-past"),
    path("answers/<uuid:call>", modality_views.answer, name="answer"),
    path("models/<name:owner>/<name:name>/samples", views.model_samples, name="model-samples"),
    path("models/<name:owner>/<name:name>/upstreams", views.model_upstreams, name="model-upstreams"),
    path("compare/upstreams", views.compare_upstreams, name="compare-upstreams"),
    path("disputes/<hash:receipt>/calls", views.dispute_calls, name="dispute-calls"),
    path("sell/drafts/<uuid:draft>/upstreams", upstream_views.draft_upstreams, name="draft-upstreams"),
    path(
        "sell/drafts/<uuid:draft>/upstreams/take-over", upstream_views.take_over_upstreams, name="take-over-upstreams"
    ),
    path("sell/models/<name:owner>/<name:name>/upstreams", upstream_views.listing_upstreams, name="listing-upstreams"),
    path("sell/upstreams/<int:upstream>/edit", upstream_views.edit_upstream, name="edit-upstream"),
    path("sell/upstreams/<int:upstream>/key", upstream_views.upstream_key, name="upstream-key"),
    path("sell/upstreams/<int:upstream>/<slug:do>", upstream_views.change_upstream, name="change-upstream"),
    path("models/<name:owner>/<name:name>/own-engine", dedicated_views.own_engine_of, name="own-engine"),
    path("engines/", dedicated_views.engines, name="engines"),
    path("engines/<uuid:engine_id>", dedicated_views.engine, name="engine"),
    path("engines/<uuid:engine_id>/stop", dedicated_views.stop_own_engine, name="stop-engine"),
    path("engines/<uuid:engine_id>/key", dedicated_views.renew_engine_key, name="renew-engine-key"),
    path("engines/<uuid:engine_id>/v1/<path:path>", dedicated_proxy.engine_call, name="engine-call"),
]
