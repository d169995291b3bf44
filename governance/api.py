"""The DAO for programs: every package's router."""

from ninja import Router

from .calls.api import router as calls
from .delegates.api import router as delegates
from .drafts.api import router as drafts
from .proposals.api import router as proposals
from .proposals.discussion_api import router as discussions
from .rules.api import router as rules
from .rules.rights_api import router as rights
from .staking.api import router as staking
from .token.api import router as token
from .treasury.api import router as treasury
from .voting.api import router as voting

router = Router()
router.add_router("", proposals)
router.add_router("", discussions)
router.add_router("", delegates)
router.add_router("", calls)
router.add_router("", rules)
router.add_router("", treasury)
router.add_router("", drafts)
router.add_router("", staking)
router.add_router("", voting)
router.add_router("", rights)
router.add_router("", token)
