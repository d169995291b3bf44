"""One engine's server: `python -m stack.engine_server chat PORT`, or `embeddings PORT`, in the engines' environment.

It answers programs of this machine that know its key, which is CHAT_KEY or EMBEDDINGS_KEY in the environment.
"""

import os
import sys

import uvicorn

from .engine import WEIGHTS
from .own_machine import Application, OwnMachine


def application(kind: str) -> Application:
    """Return the server of one kind. Each is imported alone: both bring torch, and a model."""
    if kind == "embeddings":
        from inference.engines import embeddings

        return embeddings.application
    from inference.engines import chat

    return chat.application(WEIGHTS / "smollm2")


def key_of(kind: str) -> str:
    """Return the key that a kind of engine wants to hear. Raises SystemExit where there is none."""
    name = f"{kind.upper()}_KEY"
    if not os.environ.get(name):
        sys.exit(f"An engine is not served without a key; set {name}.")
    return os.environ[name]


def main(kind: str, port: str) -> None:
    """Serve until told to end."""
    key = key_of(kind)
    guarded = OwnMachine(application(kind), key)
    uvicorn.run(guarded, host="127.0.0.1", port=int(port), ws="none", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
