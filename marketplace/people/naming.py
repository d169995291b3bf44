"""What people may call themselves: no name that can be taken for an account's, and none that mixes scripts."""

from __future__ import annotations

import re
from unicodedata import category, name

from accounts.models import Account
from common.skeletons import skeleton

from .errors import LookAlikeNameError, MixedNameError

# What only the site itself may be called.
OURS = ("Citrate", "Citrate Marketplace", "Moderator", "Moderators", "Administrator", "Admin", "Support", "Official")
TOGETHER = ({"CJK", "HIRAGANA", "KATAKANA", "LATIN"}, {"CJK", "HANGUL", "LATIN"}, {"CJK", "BOPOMOFO", "LATIN"})
# What stands beside those words in the names of their like.
BESIDE = ("the", "of", "and", "team", "staff", "help", "desk", "service", "bot", "dao")


def check_name(text: str, address: str) -> None:
    """Refuse a name that the address must not have. One query. Raises MixedNameError, LookAlikeNameError."""
    scripts = {_script(each) for each in text if category(each)[0] == "L"}
    if len(scripts) > 1 and not any(scripts <= allowed for allowed in TOGETHER):
        raise MixedNameError
    seen = skeleton(text)
    if text.lower().startswith("0x"):
        raise LookAlikeNameError(text)
    for ours in OURS:
        if seen == skeleton(ours):
            raise LookAlikeNameError(ours)
    words = {skeleton(each) for each in re.split(r"[\W_]+", text)} - {""}
    roles = {skeleton(each) for each in " ".join(OURS).split()}
    if words & roles and words <= roles | set(map(skeleton, BESIDE)):
        raise LookAlikeNameError(OURS[0])
    for taken, owner in Account.objects.values_list("name", "user__address"):
        if owner != address and skeleton(taken) == seen:
            raise LookAlikeNameError(taken)


def _script(letter: str) -> str:
    return name(letter, "UNKNOWN").split()[0]
