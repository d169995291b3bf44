#!/usr/bin/env python3
"""Check an export of the log of moderators' decisions. Needs Python 3.9 and nothing else; Apache-2.0.

    python3 verify.py log.jsonl
    python3 verify.py https://example.org/moderation/log.jsonl
    python3 verify.py log.jsonl --rpc https://rpc.example.org --anchors 0x…

Each line of an export is one entry: its number, the hash of the entry before it, its own hash, and its payload as text.
Its hash has to be the SHA-256 of the 32 bytes of the hash before it and of the payload in UTF-8; the first has 32 zero
bytes before it. So a row that is changed, missing, added or in another place breaks the chain from there on.

Somebody who owns the whole database could write a whole new chain. Against that the hash of the last entry is written
on a blockchain once a day, into the contract Anchors: with --rpc and --anchors the script asks a node of your choice
for the last of them and compares it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

START = "0x" + "0" * 64
KIND = b"moderation".ljust(32, b"\0").hex()
LATEST_EPOCH = "0xc9ecaf6d"  # selectors of the contract: latestEpoch(bytes32)
ANCHOR_OF = "0x3a9e2f73"  # anchorOf(bytes32,uint64)
MOST_FAULTS = 20


def check_lines(lines: Iterable[str]) -> tuple[dict[int, str], list[str]]:
    """Return the hashes of the entries by number, and what is wrong, in sentences."""
    hashes: dict[int, str] = {}
    faults: list[str] = []
    previous, expected = START, 1
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            number, payload = whole(entry["number"]), entry["payload"]
            said = dict(json.loads(payload))
            digest = hash_of(entry["previous"], payload)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            faults.append(f"Line {place} is no entry: {error!r}.")
            continue
        if number != expected:
            faults.append(f"Line {place} holds entry {number}, where entry {expected} should be.")
        if entry["previous"] != previous:
            faults.append(f"Entry {number} does not go on from the one before it.")
        if entry["hash"] != digest:
            faults.append(f"Entry {number} was changed: its hash is not that of what it says.")
        if said.get("number") != number:
            faults.append(f"Entry {number} says of itself that it is entry {said.get('number')!r}.")
        if canonical(said) != payload:
            faults.append(f"Entry {number} is not in canonical form (RFC 8785).")
        hashes[number], previous, expected = digest, digest, number + 1
    return hashes, faults


def whole(number: Any) -> int:
    """Return a number that is whole; True and 1.0, which Python takes for 1, are none."""
    if type(number) is not int:
        raise TypeError("its number is no whole number")
    return number


def hash_of(previous: str, payload: str) -> str:
    """Return the hash of an entry."""
    before = bytes.fromhex(previous[2:])
    if len(before) != 32:
        raise ValueError("the hash before it has not 32 bytes")
    return "0x" + hashlib.sha256(before + payload.encode()).hexdigest()


def canonical(value: Any) -> str:
    """Return JSON as RFC 8785 has it, for what stands in entries: plain ASCII keys, whole numbers, text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def check_anchor(hashes: dict[int, str], rpc: str, anchors: str) -> tuple[int, list[str]]:
    """Compare the last anchor on chain with the export; return its number, and what is wrong."""
    number = int(ask(rpc, anchors, LATEST_EPOCH + KIND), 16)
    if number == 0:
        return 0, ["Nothing of the log is anchored on that chain."]
    root = "0x" + ask(rpc, anchors, ANCHOR_OF + KIND + f"{number:064x}")[2:][64:128]
    if number not in hashes:
        return number, [f"Entry {number} is anchored on chain, and missing in the export."]
    if hashes[number] != root:
        return number, [f"Entry {number} has another hash than the one anchored on chain: {root}."]
    return number, []


def ask(rpc: str, to: str, data: str) -> str:
    """Return what a contract answers to a call."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [{"to": to, "data": data}, "latest"]}
    request = urllib.request.Request(rpc, json.dumps(call).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        said = json.load(answer)
    try:
        result = str(said["result"])
        if len(bytes.fromhex(result[2:])) < 32:
            raise ValueError("too short")
    except (ValueError, KeyError, TypeError) as error:
        raise SystemExit(f"The node did not answer: {said!r:.300}") from error
    return result


def read_lines(source: str) -> Iterator[str]:
    """Yield the lines of a file, of an address, or of the standard input ("-")."""
    if source == "-":
        yield from sys.stdin
    elif source.startswith(("http://", "https://")):
        with urllib.request.urlopen(source, timeout=60) as answer:
            for line in answer:
                yield line.decode(errors="replace")
    else:
        with open(source, encoding="utf-8", errors="replace") as file:
            yield from file


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line names; return how many faults there are, at most 1 for the shell."""
    parser = argparse.ArgumentParser(description="Check an export of the log of moderators' decisions.")
    parser.add_argument("log", help="a file, an address, or - for the standard input")
    parser.add_argument("--rpc", help="a node of the chain on which the log is anchored")
    parser.add_argument("--anchors", help="the address of the contract Anchors there")
    given = parser.parse_args(arguments)
    if bool(given.rpc) != bool(given.anchors):
        parser.error("--rpc and --anchors belong together")
    if given.rpc and not given.rpc.startswith(("http://", "https://")):
        parser.error("--rpc is an address that begins with https:// or http://")
    hashes, faults = check_lines(read_lines(given.log))
    anchored = 0
    if given.rpc:
        anchored, wrong = check_anchor(hashes, given.rpc, given.anchors)
        faults += wrong
    for fault in faults[:MOST_FAULTS]:
        print(fault)
    if faults:
        print(f"The log is NOT as it was: {len(faults)} faults in {len(hashes)} entries.")
        return 1
    last = max(hashes, default=0)
    print(f"The log is whole: {len(hashes)} entries, and the hash of the last is {hashes.get(last, START)}.")
    if given.rpc:
        print(f"Entry {anchored} is anchored on chain with the same hash.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
