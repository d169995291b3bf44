"""Why a profile is not written, data not given out, or nobody erased: sentences for the person who asked."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class LookAlikeNameError(DomainError):
    """The name could be taken for somebody else's."""

    code = "name-looks-alike"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("This name could be taken for %(name)s, which is not yours. Choose another one.")

    def __init__(self, name: str) -> None:
        super().__init__(self.detail % {"name": name}, name=name)


class MixedNameError(DomainError):
    """The name is written in letters of several scripts."""

    code = "name-mixes-scripts"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("This name mixes letters of several scripts, as names do that imitate another one. Write it in one.")


class ProfileHiddenError(DomainError):
    """Moderators hide the profile."""

    code = "profile-hidden"
    status = HTTPStatus.CONFLICT
    detail = _(
        "Moderators have hidden your profile, so it cannot be changed. The statement of reasons says how to appeal."
    )


class TooManyEditionsError(DomainError):
    """The profile was changed too often today."""

    code = "too-many-editions"
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = _("You have changed your profile 20 times today. Come back tomorrow.")


class ExportNotFoundError(DomainError):
    """There is no such export, or it is another's, or its time is over."""

    code = "export-not-found"
    status = HTTPStatus.NOT_FOUND
    detail = _("There is no such file, or its seven days are over. Ask for a new one.")


class TooManyExportsError(DomainError):
    """Exports were asked for too often."""

    code = "too-many-exports"
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = _("You have asked for your data three times today. Download one of those, or come back tomorrow.")


class NotConfirmedError(DomainError):
    """What was signed is not this account's own, or not about this."""

    code = "erasure-not-confirmed"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("To have your data erased, sign the message with the account that you are signed in with.")


class DomainRefusedError(DomainError):
    """What was named is no domain that can be looked at."""

    code = "domain-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("That is no public domain such as example.org. Leave out paths, ports and numbers.")
