"""How fast does settlement drain paid calls, and does any cap let one unit more through?

100,000 ended calls (CALLS) of 50 keys and 20 models become one line a key and model, durably. The limit is one bare
UPDATE of as many rows of a table with the columns of a paid call and no index, on the same PostgreSQL; rounds
alternate. The rate is by the clock, so other work on the machine counts. Then 32 workers make 10,000 reservations on
one cap that is enough for a third of them: not one unit over. Prints calls a second (>= 10,000), how many times the
bare statement's time it takes (<= 20), and the reservations.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from ._load import _manage, _services

CALLS = int(os.environ.get("CALLS", "100000"))
RESERVATIONS, WORKERS, ROUNDS = int(os.environ.get("RESERVATIONS", "10000")), 32, 3
LEAST, DEAREST = 10_000, 20.0
FILL = """
insert into inference_charge (call, chain_id, token, payer, key, key_id, listing, version, model_id, in_per_m,
    out_per_m, per_call, held, amount, prompt_tokens, completion_tokens, started_at, ended_at)
select gen_random_uuid(), 31337, '0x' || repeat('0', 40), '0x' || lpad((n %% 50)::text, 40, '0'), gen_random_uuid(),
    '0x' || lpad((n %% 50)::text, 64, '0'), 'acme/metered', '', '0x' || lpad((n %% 20)::text, 64, '0'), 0, 0, 7, 7,
    7, 1, 1, now(), now() from generate_series(1, %s) n
"""
OWE = "insert into inference_owed (charge_id, chain_id) select id, chain_id from inference_charge"
BARE = "create table bare as select *, null::bigint as line_id from inference_charge"


def main() -> int:
    """Run both parts."""
    os.environ["DATABASE_DURABLE"] = "1"  # it waits for its disk, as in production
    with _services() as addresses:
        os.environ.update({**addresses, "DJANGO_SETTINGS_MODULE": "config.settings.test"})
        _manage({**os.environ}, "migrate", "--verbosity=0")
        import django

        django.setup()
        good = [_drain(), _reserve()]
    return 0 if all(good) else 1


def _drain() -> bool:
    from django.db import connection

    from contracts.models import Chain
    from inference.ledger.settling import MOST_CALLS, gather_lines

    chain = Chain(pk=31337, short_name="anvil")
    ours, bare = list[float](), list[float]()
    for _ in range(ROUNDS):
        with connection.cursor() as cursor:
            cursor.execute("truncate inference_charge, inference_line cascade")
            cursor.execute(FILL, [CALLS])
            cursor.execute(OWE)
            cursor.execute("drop table if exists bare")
            cursor.execute(BARE)
            cursor.execute("analyze inference_charge, inference_owed")
            began = time.perf_counter()
            cursor.execute("update bare set line_id = 1")
            bare.append(time.perf_counter() - began)
        began = time.perf_counter()
        while gather_lines(chain=chain) == MOST_CALLS:
            pass
        ours.append(time.perf_counter() - began)
    rate, ratio = CALLS / median(ours), median(ours) / median(bare)
    print(
        f"{CALLS:,} calls into lines: {rate:,.0f} a second (>= {LEAST:,}); {ratio:.2f} x a bare UPDATE (<= {DEAREST})"
    )
    return rate >= LEAST and ratio <= DEAREST


def _reserve() -> bool:
    from django.db import connection, transaction
    from django.utils import timezone

    from common.errors import DomainError
    from contracts.names import COIN
    from inference.keys.models import ApiKey
    from inference.ledger.acting import charge, reserve
    from inference.ledger.models import Account
    from inference.ledger.prices import Price
    from inference.models import Call
    from tests.inference.ledger.books import is_balanced, open_books

    cap = 7 * RESERVATIONS // 3
    books = open_books(balance=10**9, total=cap)
    price = Price(books.chain.pk, COIN, "0x" + "0" * 64, per_call=7)

    def attempt(number: int) -> str:
        call = Call(listing="acme/metered", engine="smollm2", prompt_tokens=1, max_tokens=1, started_at=timezone.now())
        try:
            with transaction.atomic():
                reserve(call=call, key=books.key, price=price)
            if number % 4 == 0:
                with transaction.atomic():
                    charge(call=call, delivered=number % 8 == 0)
            return "reserved"
        except DomainError as error:
            return error.code

    def work(worker: int) -> list[str]:
        try:
            return [attempt(number) for number in range(worker, RESERVATIONS, WORKERS)]
        finally:
            connection.close()

    began = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as threads:
        outcomes = [each for some in threads.map(work, range(WORKERS)) for each in some]
    seconds = time.perf_counter() - began
    key, account = ApiKey.objects.get(), Account.objects.get()
    used = key.spent + key.reserved
    print(
        f"{len(outcomes):,} reservations by {WORKERS} workers in {seconds:.0f} s: {outcomes.count('reserved'):,} made, "
        f"{used:,} of {cap:,} used, {max(0, used - cap)} over"
    )
    same = (account.held, account.charged) == (key.reserved, key.spent)
    return cap - 7 < used <= cap and same and is_balanced()


if __name__ == "__main__":
    sys.exit(main())
