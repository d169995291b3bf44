"""Why somebody who is signed in cannot write yet."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class TermsChangedError(DomainError):
    """The terms or the privacy notice have changed since the user accepted them."""

    code = "terms-not-accepted"
    status = HTTPStatus.FORBIDDEN
    detail = _("The terms have changed since you accepted them. Read them and sign in again; until then you can read.")
