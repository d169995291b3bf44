"""URLs of keys and what pays for them, below /account/."""

from django.urls import path

from . import money_views, statement_views, views

urlpatterns = [
    path("keys", views.keys, name="api-keys"),
    path("statement", statement_views.statement, name="account-statement"),
    path("statement/calls", statement_views.statement_calls, name="statement-calls"),
    path("statement.csv", statement_views.statement_csv, name="statement-csv"),
    path("keys/new", views.new_key, name="new-api-key"),
    path("keys/<uuid:pk>", views.key, name="api-key"),
    path("keys/<uuid:pk>/edit", views.edit_key, name="edit-api-key"),
    path("keys/<uuid:pk>/rotate", views.rotate_key, name="rotate-api-key"),
    path("keys/<uuid:pk>/end-overlap", views.end_overlap, name="end-overlap"),
    path("keys/<uuid:pk>/revoke", views.revoke_key, name="revoke-api-key"),
    path("keys/<uuid:pk>/authorise", money_views.authorise_key, name="authorise-key"),
    path("keys/<uuid:pk>/authorise/signed", money_views.authorise_key_signed, name="authorise-key-signed"),
    path("keys/<uuid:pk>/end-on-chain", money_views.end_key_on_chain, name="end-key-on-chain"),
    path("balance/<slug:chain>/top-up", money_views.top_up, name="top-up"),
    path("balance/<slug:chain>/top-up/signed", money_views.top_up_signed, name="top-up-signed"),
    path("balance/<slug:chain>/ask-back", money_views.ask_back, name="ask-back"),
    path("balance/<slug:chain>/withdraw", money_views.draw_back, name="draw-back"),
]
