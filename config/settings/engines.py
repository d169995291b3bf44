"""The engines that answer, and how much of their work is given away."""

from pathlib import Path

from .places import BASE_DIR, env

# Each engine is any server of OpenAI's protocol; `model` is the name that it wants to hear, if any.
ENGINES = {
    "smollm2": {
        "url": env.str("CHAT_URL", "http://127.0.0.1:8001/v1"),
        "model": env.str("CHAT_MODEL", ""),
        "key": env.str("CHAT_KEY", ""),
        "streams": env.int("CHAT_STREAMS", 8),  # answers at once
        "context": env.int("CHAT_CONTEXT", 4_608),  # tokens that it may hold in mind: a long question makes others wait
    },
    "minilm": {
        "url": env.str("EMBEDDINGS_URL", "http://127.0.0.1:8002/v1"),
        "model": env.str("EMBEDDINGS_MODEL", ""),
        "key": env.str("EMBEDDINGS_KEY", ""),
        "streams": env.int("EMBEDDINGS_STREAMS", 32),
    },
    # The engines that sleep until somebody asks: one owner of all their processes (inference.modalities.running).
    **{
        name: {
            "url": env.str("SENSES_URL", "http://127.0.0.1:8003/v1"),
            "key": env.str("SENSES_KEY", ""),
            "streams": env.int("SENSES_STREAMS", 2),
        }
        for name in ("classes", "speech", "voice", "script", "meaning", "talking", "language", "notes")
    },
}
# Engines of holders' own, one at a time (inference.dedicated_running): in the engines' environment, offline.
ENGINE_PYTHON: Path = env.path("ENGINE_PYTHON", BASE_DIR / ".venv-engine" / "bin" / "python")
ENGINE_MEMORY_MB = env.int("ENGINE_MEMORY_MB", 3_072)  # of data, for one of them
ENGINE_THREADS = env.int("ENGINE_THREADS", 2)
ENGINE_WHOLE_FENCE = env.bool("ENGINE_WHOLE_FENCE", False)  # start none where the kernel cannot hold all of the fence
OWN_ENGINES: Path = env.path("OWN_ENGINES", env.path("DEMO_DIR", BASE_DIR / ".demo") / "own_engines")
# Tokens that are given away: a day in all, to an IPv6 /48, to one network block, to one known wallet.
FREE_TOKENS = {
    "all": env.int("FREE_TOKENS_ALL", 300_000),
    "network": env.int("FREE_TOKENS_NETWORK", 30_000),
    "block": env.int("FREE_TOKENS_BLOCK", 6_000),
    "wallet": env.int("FREE_TOKENS_WALLET", 12_000),
}
