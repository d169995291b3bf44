"""URLs of the DAO's pages, named after their views."""

from django.urls import path

from .calls import views as calls
from .delegates import views as delegates
from .proposals import views as proposals

urlpatterns = [
    path("dao", proposals.dao, name="dao"),
    path("dao/delegates", delegates.delegates, name="delegates"),
    path("dao/delegates/find", delegates.find_delegate, name="find-delegate"),
    path("dao/delegates/<str:address>", delegates.delegate, name="delegate"),
    path("dao/delegates/<str:address>/statement", delegates.statement, name="statement"),
    path("dao/delegates/<str:address>/statement/write", delegates.write_statement, name="write-statement"),
    path("dao/delegation", delegates.delegate_votes, name="delegate-votes"),
    path("dao/proposals/<int:number>/simulation", calls.proposal_simulation, name="proposal-simulation"),
]
