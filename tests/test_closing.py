"""An error of a closed connection names who closed it."""

import pytest
from django.db import OperationalError, connection

NAMED = r"the connection is closed: closed at .* by the thread MainThread: hang_up "


@pytest.mark.django_db
def test_who_uses_a_connection_that_is_closed_hears_who_closed_it() -> None:
    def hang_up() -> None:
        connection.connection.close()

    connection.ensure_connection()
    hang_up()
    with pytest.raises(OperationalError, match=NAMED):
        connection.cursor()
