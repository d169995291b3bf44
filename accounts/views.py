"""The sign-in page, and the three requests that the wallet script makes of it."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from common.access import public
from common.errors import wants_problem
from common.origins import own_origin
from common.redirects import path_on_this_site
from contracts.models import Chain

from . import actions, siwe
from .errors import InvalidFormError, SignInError
from .forms import NonceForm, SignInForm
from .legal.middleware import before_terms
from .models import User


@public()
@before_terms
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the wallets to choose from; a POST signs in by a signed message."""
    if request.method == "POST":
        return _sign_in(request)
    return render(request, "accounts/sign_in.html", {"next": path_on_this_site(request.GET.get("next", ""))})


def _sign_in(request: HttpRequest) -> HttpResponse:
    sent = _checked(SignInForm(request.POST))
    user, chain = actions.sign_in(**sent, origin=_origin(request), client=_client(request))
    _open_session(request, user, chain)
    return JsonResponse({"address": user.checksum, "chain_id": chain.pk})


def _open_session(request: HttpRequest, user: User, chain: Chain) -> None:
    """Give the browser a new session key and a new CSRF token, so that nobody has planted the one in use.

    ``login`` does both for a visitor, and empties another wallet's session; the same wallet's it would keep as it is.
    """
    if request.user == user:
        request.session.cycle_key()
    login(request, user)
    # After ``login``, which may have emptied the session.
    request.session["chain_id"] = chain.pk
    request.session["signed_at"] = timezone.now().isoformat()  # what cannot be taken back asks for a fresh signature


@public()
@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Give the wallet script the CSRF token that cached pages cannot carry, and the chains that we know."""
    siwe.warm_up()
    chains = [_chain(chain) for chain in Chain.objects.order_by("pk")]
    return JsonResponse({"csrf_token": get_token(request), "chains": chains})


def _chain(chain: Chain) -> dict[str, object]:
    """Return what a wallet needs to add the chain. Our endpoints may hold keys: only the demo's own is given away."""
    return {
        "id": chain.pk,
        "name": chain.name,
        "coin": chain.coin,
        "explorer": chain.explorer_url,
        "rpc_urls": chain.rpc_urls if settings.DEMO else [],
    }


@public()
@before_terms
@require_POST
def nonce(request: HttpRequest) -> HttpResponse:
    """Give the message that the wallet is to sign."""
    sent = _checked(NonceForm(request.POST))
    invitation = actions.issue_nonce(**sent, origin=_origin(request), client=_client(request))
    return JsonResponse({"nonce": invitation.nonce, "message": invitation.message})


@public()
@before_terms
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session: 204 for the wallet script, the home page for a form."""
    logout(request)
    return HttpResponse(status=204) if wants_problem(request) else HttpResponseRedirect("/")


def _checked(form: Form) -> dict[str, Any]:
    if not form.is_valid():
        raise InvalidFormError(fields=list(form.errors))
    return form.cleaned_data


def _origin(request: HttpRequest) -> str:
    """Return the site's origin that the request came to; raises SignInError at an address that is none."""
    if origin := own_origin(request):
        return origin
    raise SignInError("origin")


def _client(request: HttpRequest) -> str:
    # The guard has put it there and knows the proxies; a header could say anything.
    return str(request.META["REMOTE_ADDR"])
