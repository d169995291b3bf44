"""Profiles as people report them and moderators decide about them; the key is the address."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.addresses import checksum, parse_address
from accounts.errors import InvalidAddressError
from marketplace.ground.contents import Edition, Kind, Subject
from marketplace.ground.decisions import Content, ModerationDecision

from .models import Profile, ProfileEdition

MOST_EDITIONS = 20


def find(key: str) -> Subject | None:
    """Return the profile of an address, whatever its state; None where nothing was ever said in it. Two queries."""
    address = _address(key)
    profile = Profile.objects.select_related("decision").filter(address=address).first() if address else None
    if profile is None:
        return None
    editions = ProfileEdition.objects.filter(address=address).order_by("-pk")[:MOST_EDITIONS]
    return Subject(
        content=Content.PROFILE,
        key=address,
        title=_("Profile of %(who)s") % {"who": profile.name or checksum(address)},
        path=f"/u/{address}",
        author=address,
        text=_text(profile),
        at=profile.changed_at,
        parties=frozenset({address}),
        decision=profile.decision,
        editions=[Edition(each.at, _text(each)) for each in editions],
    )


def _address(key: str) -> str:
    try:
        return parse_address(key)
    except InvalidAddressError:
        return ""


def _text(said: Profile | ProfileEdition) -> str:
    return "\n\n".join(filter(None, (said.name, said.bio, "\n".join(said.links))))


def _lock(key: str) -> object:
    return Profile.objects.select_for_update(of=("self",)).filter(address=_address(key)).first()


def _mark(key: str, decision: ModerationDecision | None) -> object:
    return Profile.objects.filter(address=_address(key)).update(decision=decision)


PROFILE = Kind(Content.PROFILE, find, _lock, _mark)
