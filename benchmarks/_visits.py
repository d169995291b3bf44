"""Which SQL do the pages run? `python -m benchmarks._visits MODEL PATH…` puts a model up for sale and a
proposal to the vote, signs somebody in, opens each page until everything that it keeps is kept, and prints as JSON the
visitor's cookies and the statements of each page once more, without those for the session and the user."""

import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402  after setup
from django.test import Client  # noqa: E402

from accounts.legal.documents import label  # noqa: E402
from accounts.models import User  # noqa: E402
from common.statements import NEXT  # noqa: E402

from ._sold import put_for_sale  # noqa: E402
from ._voted import put_to_vote  # noqa: E402

ASIDE = ('FROM "django_session"', 'FROM "accounts_user"')
ADDRESS = f"0x{'be' * 20}"


def statements(client: Client, path: str) -> list[str]:
    """Return what a page asks of the database, with its values filled in, as it is sent."""
    for _ in range(3):
        run: list[str] = []
        with connection.execute_wrapper(partial(_note, run)):
            assert client.get(path).status_code == 200, path
    return [sql for sql in run if not any(table in sql for table in ASIDE)]


def _note(run: list[str], execute: Callable[..., Any], sql: str, values: Any, many: bool, context: Any) -> Any:
    """Run a statement, and note it as it was sent."""
    answer = execute(sql, values, many, context)
    run += connection.ops.last_executed_query(context["cursor"], sql, values).split(NEXT)
    return answer


def main(sold: str, paths: list[str]) -> None:
    """Print what there is to know."""
    put_for_sale(sold)
    put_to_vote()
    user, _ = User.objects.update_or_create(address=ADDRESS, defaults={"accepted": label()})
    anonymous, member = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
    member.force_login(user)
    session = member.session
    session["chain_id"] = 31337  # as sign-in leaves it
    session.save()
    asked = {path: {"anonymous": statements(anonymous, path), "member": statements(member, path)} for path in paths}
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in member.cookies.items())
    print(json.dumps({"cookie": cookies, "statements": asked}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
