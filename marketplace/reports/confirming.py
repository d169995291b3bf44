"""Links that make a report by mail count: whoever follows one reads the address that the report came from."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

from accounts.notifications.errors import LinkExpiredError, LinkInvalidError

from .models import Report

SALT = "reports.confirm"
VALID = timedelta(days=3)
MOST_TOKEN = 1_000  # characters


def token_of(report: Report) -> str:
    """Return the token that whoever reads the report's mail address confirms it with."""
    return signing.dumps(str(report.public_id), salt=SALT)


def confirmed(token: str) -> Report:
    """Return the report that a token is of. Raises LinkInvalidError, LinkExpiredError."""
    if len(token) > MOST_TOKEN:
        raise LinkInvalidError
    try:
        public_id = signing.loads(token, salt=SALT, max_age=VALID)
    except signing.SignatureExpired as error:
        raise LinkExpiredError from error
    except signing.BadSignature as error:
        raise LinkInvalidError from error
    found = Report.objects.select_related("case").filter(public_id=public_id).first()
    if found is None:  # it was forgotten
        raise LinkExpiredError
    return found
