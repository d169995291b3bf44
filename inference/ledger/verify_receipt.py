#!/usr/bin/env python3
"""Check a receipt of a paid call without trusting who gave it. Needs Python 3.10 and `pip install eth-account`.

    python3 verify.py receipt.json --rpc https://… --escrow 0x… --anchors 0x… --asked asked.json --answered answer.txt

All but the receipt may be left out. Use a node that you trust; the addresses are InferenceEscrow's and Anchors'.
"""

import argparse
import hashlib
import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak


def ask(rpc: str, to: str, signature: str, *words: str) -> str:
    data = f"0x{keccak(text=signature)[:4].hex()}" + "".join(word.removeprefix("0x").rjust(64, "0") for word in words)
    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [{"to": to, "data": data}, "latest"]}
    request = urllib.request.Request(rpc, json.dumps(asked).encode(), {"Content-Type": "application/json"})  # noqa: S310
    return str(json.load(urllib.request.urlopen(request, timeout=20))["result"]).removeprefix("0x")  # noqa: S310


def faults(told: dict[str, Any], given: argparse.Namespace) -> list[str]:
    kinds = {each["name"]: each["type"] for each in told["typed"]["types"]["Receipt"]}
    written = told["typed"]["message"]
    said = {name: int(value) if kinds[name].startswith("uint") else value for name, value in written.items()}
    signed, found = encode_typed_data(full_message={**told["typed"], "message": said}), list[str]()
    signer, node = Account.recover_message(signed, signature=told["signature"]), keccak(b"\x19" + b"".join(signed))
    for field, path in (("requestHash", given.asked), ("answerHash", given.answered)):
        inner = hashlib.sha256(Path(path).read_bytes()).digest() if path else b""
        if path and hashlib.sha256(bytes.fromhex(told["salt"]) + inner).hexdigest() != written[field][2:]:
            found.append(f"The {field} is of something else.")
    if given.rpc and given.escrow:
        settle = keccak(text="settle((address,bytes32,bytes32,uint128)[])")[:4].hex().ljust(64, "0")
        manager = f"0x{ask(given.rpc, given.escrow, 'authority()')[-40:]}"
        may = ask(given.rpc, manager, "canCall(address,address,bytes4)", signer, given.escrow, settle)
        if int(may[:64], 16) != 1 or told["typed"]["domain"]["verifyingContract"].lower() != given.escrow.lower():
            found.append(f"{signer}, who signed it, may not settle.")
    for each in told["proof"] or []:
        node = keccak(b"".join(sorted((node, bytes.fromhex(each[2:])))))
    if given.rpc and given.anchors and told["proof"] is not None:
        place = (b"receipts".ljust(32, b"\0").hex(), hex(told["epoch"]))
        if ask(given.rpc, given.anchors, "anchorOf(bytes32,uint64)", *place)[64:128] != node.hex():
            found.append("The root of its day is not anchored.")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("receipt", "--rpc", "--escrow", "--anchors", "--asked", "--answered"):
        parser.add_argument(name, default="")
    wrong = faults(json.loads(Path(sys.argv[1]).read_text()), parser.parse_args())
    sys.exit("\n".join(wrong) or None)
