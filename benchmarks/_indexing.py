"""What `benchmarks.indexer` measures, each in a process of its own: `python -m benchmarks._indexing ours|whole|floor`;
and the bare loop of `benchmarks.latency`, `poll`.

Prints one line of JSON: the events, and the CPU and wall seconds that they took, without the start of the process.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime

import django
import msgspec

django.setup()

from django.db import connection  # noqa: E402  after setup

from contracts.chain.client import Client, client  # noqa: E402
from contracts.indexer import decode, lead  # noqa: E402
from contracts.indexer.dispatch import tally  # noqa: E402
from contracts.indexer.fetch import Batch, Log  # noqa: E402
from contracts.indexer.headers import Header, fetch_tip  # noqa: E402
from contracts.indexer.reader import Reader  # noqa: E402
from contracts.models import Chain, Cursor  # noqa: E402


def ours(chain: Chain, rpc: Client) -> int:
    """Index the chain with a running balance and nothing else: every block checked, every batch one transaction."""
    tally("paid", ModelMarketplace={"AccessPurchased": lambda args: [(args["modelId"], args["p"]["paid"])]})
    tally("passes", AccessPass={"TransferSingle": lambda args: [(args["to"], args["value"])]})
    with closing(Reader(chain, rpc, ahead=True)) as reader:
        while reader.step():
            pass
    return reader.events


def whole(chain: Chain, rpc: Client) -> int:
    """Index the chain with everything that the marketplace makes of it."""
    lead.check(chain, rpc)
    counted: list[Reader] = []
    lead.catch_up(chain, rpc, counted.append)
    return counted[-1].events


def floor(chain: Chain, rpc: Client) -> int:
    """Fetch the logs, decode them, COPY them into a table without any index; nothing is checked."""
    addresses, first, last = sorted(chain.deployment.values()), chain.start_block, fetch_tip(rpc).number
    count = 0
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists floor")
        cursor.execute("create table floor as select * from contracts_event with no data")
        columns = ", ".join(f'"{name}"' for name in decode.COLUMNS)
        for start in range(first, last + 1, BLOCKS):
            wanted = {"fromBlock": hex(start), "toBlock": hex(min(last, start + BLOCKS - 1)), "address": addresses}
            lines = _lines(chain, rpc, wanted)
            with cursor.copy(f"copy floor ({columns}) from stdin") as copy:
                copy.write("\n".join([*lines, ""]))
            count += len(lines)
    return count


def poll(chain: Chain, rpc: Client) -> int:
    """Ask for new blocks once a second, and COPY their events, until this process is ended. Nothing is checked."""
    addresses, seen = sorted(chain.deployment.values()), rpc.block_number()
    with connection.cursor() as cursor:
        cursor.execute("create table polled as select * from contracts_event with no data")
        columns = ", ".join(f'"{name}"' for name in decode.COLUMNS)
        while True:
            head = rpc.block_number()
            if head > seen:
                lines = _lines(chain, rpc, {"fromBlock": hex(seen + 1), "toBlock": hex(head), "address": addresses})
                with cursor.copy(f"copy polled ({columns}) from stdin") as copy:
                    copy.write("\n".join([*lines, ""]))
                seen = head
            time.sleep(lead.PAUSE)


BLOCKS = 12  # as many as hold about the 5,000 logs that the indexer takes at once


class TimedLog(Log):
    """A log as anvil tells it: with its block's time."""

    block_timestamp: str = ""


_logs = msgspec.json.Decoder(list[TimedLog])


def _lines(chain: Chain, rpc: Client, wanted: Mapping[str, object]) -> list[str]:
    """Return what our contracts said as lines of COPY, without asking for the blocks, and without a check."""
    logs = _logs.decode(rpc.raw([("eth_getLogs", [wanted])])[0])
    headers = [_header(log) for log in {log.block_hash: log for log in logs}.values()]
    return [event.line for event in decode.events(chain, Batch(headers, list(logs)))]


def _header(log: TimedLog) -> Header:
    time = datetime.fromtimestamp(int(log.block_timestamp, 16), UTC)
    return Header(int(log.block_number, 16), log.block_hash, "", time, 0)


def measure(work: Callable[[Chain, Client], int]) -> dict[str, float]:
    """Return the events that the work took, and its seconds."""
    chain = Chain.objects.get()
    rpc = client(chain)
    rpc.block_number()
    # The first query of Django's is of the start too: Ponder's, its first block included, is taken off as well.
    Cursor.objects.filter(chain=chain).first()
    lead.spare_the_collector()
    cpu, wall = time.process_time(), time.perf_counter()
    events = work(chain, rpc)
    return {"events": events, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


if __name__ == "__main__":
    print(json.dumps(measure({"ours": ours, "whole": whole, "floor": floor, "poll": poll}[sys.argv[1]])))
