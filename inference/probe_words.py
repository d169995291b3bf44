"""What a probe found, in words for who runs the server: what is wrong, and what to do about it."""

from __future__ import annotations

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from .models import Mode, Upstream, UpstreamState

SAYS: dict[str, StrOrPromise] = {
    "address": gettext_lazy("Its name leads to no public address, so it is not asked."),
    "unreachable": gettext_lazy("Nobody answers at that address. Is the server running, and open to the internet?"),
    "certificate": gettext_lazy("Its certificate is not its name’s, is not signed by an authority, or has expired."),
    "slow": gettext_lazy("It did not answer in time."),
    "key": gettext_lazy("It refuses the key. Replace the key, or leave it out where the server wants none."),
    "not-found": gettext_lazy("It knows no such address. The address usually ends in /v1, without /chat/completions."),
    "redirect": gettext_lazy("It sends us elsewhere. Give the address that it leads to; we do not follow."),
    "limited": gettext_lazy("It says that it is too busy, or that its limit is used up."),
    "broken": gettext_lazy("It answers with an error of its own. Its log should say more."),
    "refused": gettext_lazy("It refuses the question. Does it speak OpenAI’s protocol, and is the model’s name right?"),
    "no-answer": gettext_lazy("What it answers is no answer in OpenAI’s protocol."),
    "empty": gettext_lazy("It answers without a word."),
    "no-vectors": gettext_lazy("What it answers are no vectors. Does it have /embeddings?"),
    "model-unknown": gettext_lazy("It has no model by that name. Choose one that it lists."),
    "which-model": gettext_lazy("It has several models. Choose which one answers."),
    "key-lost": gettext_lazy("Its key cannot be opened any more. Give the key again."),
}


def sentence_of(says: str) -> str:
    """Return what the code of a failure means."""
    return str(SAYS.get(says, _("It did not answer.")))


def summary_of(upstream: Upstream) -> str:
    """Return how an upstream does, in a sentence or two."""
    state = upstream.state
    if state == UpstreamState.OFF:
        return _("Switched off: it gets no calls.")
    if state == UpstreamState.PROBING:
        return _("It has not been tried yet.")
    if state == UpstreamState.HEALTHY and not upstream.streak:
        return _("It %(abilities)s.") % {"abilities": ", ".join(_abilities(upstream))}
    why = sentence_of(upstream.says)
    if state == UpstreamState.HEALTHY:
        times = ngettext("It failed once just now.", "It failed %(n)s times in a row.", upstream.streak)
        return f"{times % {'n': upstream.streak}} {why}"
    return why


def _abilities(upstream: Upstream) -> list[str]:
    """Return what it was found to do, as the ends of a sentence."""
    found = [_("answers")]
    if upstream.mode == Mode.CHAT and upstream.streams is not None:
        found.append(_("streams") if upstream.streams else _("does not stream: each answer comes at once"))
    if upstream.context:
        found.append(_("reads %(tokens)s tokens") % {"tokens": intcomma(upstream.context)})
    if upstream.first_token_ms is not None:
        what = _("first token after %(ms)s ms") if upstream.mode == Mode.CHAT else _("vectors after %(ms)s ms")
        found.append(what % {"ms": intcomma(upstream.first_token_ms)})
    if upstream.mode == Mode.CHAT and upstream.tells_usage is not None:
        found.append(_("counts its tokens") if upstream.tells_usage else _("does not count its tokens, so we do"))
    return found
