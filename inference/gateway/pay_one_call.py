"""Pays one call of a model without an account: python pay_one_call.py https://SITE/v1 OWNER/NAME "Hello"

Needs eth-account (pip install eth-account). WALLET_KEY is the private key of a wallet that has the token; nothing
dearer than MOST of its smallest units is signed. People run it alone: it imports nothing of the site.
"""

import base64
import json
import os
import sys
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from eth_account import Account


def ask(url: str, body: bytes, **headers: str) -> tuple[int, Any]:
    """Return the status and the answer of a request."""
    try:
        with urlopen(Request(url, body, {"Content-Type": "application/json", **headers}), timeout=120) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def signed(terms: Any, key: str, most: int) -> str:
    """Return what pays by these terms, as a header."""
    typed = terms["extra"]["typedData"]
    if int(typed["message"]["value"]) > most:
        sys.exit(f"That is too dear: {typed['message']['value']}")
    wallet = Account.from_key(key)
    typed["message"]["from"] = wallet.address
    signature = wallet.sign_typed_data(full_message=typed).signature.to_0x_hex()
    payload = {"signature": signature, "authorization": typed["message"]}
    paid = {"x402Version": 2, "accepted": terms, "payload": payload}
    return base64.b64encode(json.dumps(paid).encode()).decode()


def main(base: str, model: str, words: str) -> None:
    """Ask, pay and print the answer and what it cost."""
    url = f"{base}/chat/completions"
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": words}]}).encode()
    status, said = ask(url, body)
    if status != 402 or "x402" not in said:
        sys.exit(f"There are no terms: {status} {said}")
    header = signed(said["x402"]["accepts"][0], os.environ["WALLET_KEY"], int(os.environ.get("MOST", "100000")))
    for _ in range(20):
        status, said = ask(url, body, **{"PAYMENT-SIGNATURE": header})
        if status < 500:  # else not final yet, or no answer: the very same again, which is never paid twice
            break
    if status != 200:
        sys.exit(f"{status} {said['error']['message']}")
    print(said["choices"][0]["message"]["content"])
    print(said["usage"]["cost"])


if __name__ == "__main__":
    main(*sys.argv[1:4])
