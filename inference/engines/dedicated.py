"""Serves the model of one folder to one holder: `python -m inference.engines.dedicated FOLDER PORT MEGABYTES`.

It runs beside the folder, so that answers name it without its path. There lies what the release has of configuration,
tokenizer and weights, chosen by ``inference.dedicated_files``. Before anything is loaded its memory is bounded and it
is fenced in (``fence``), with ENGINE_WHOLE_FENCE wholly or not at all; no code of the model's is run, and nothing is
fetched. The key that callers have to know is ENGINE_KEY. How it ends tells why: MEMORY, BROKEN and UNFENCED are its
own, all else is a crash.
"""

import os
import resource
import sys
from pathlib import Path

from inference.engines import fence

MEMORY, BROKEN, UNFENCED = 40, 41, 42  # exit codes
UNPACKED = "unpacked"
CACHE_BLOCKS, BATCH_TOKENS = 16, 256  # a holder asks alone
# For models that bring none: who speaks, and what is said.
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


def bound(megabytes: int) -> None:
    """Bound what this process may hold as data of its own; files that it maps do not count."""
    most = megabytes << 20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)  # the site's own processes come first


def model_in(folder: Path) -> str:
    """Return the folder to load: the release's, or what its GGUF file holds, unpacked beside it."""
    files = sorted(folder.glob("*.gguf"))
    if not files:
        return str(folder)
    unpacked = folder.with_name(UNPACKED)
    unpack(folder, files[0].name, unpacked)
    return unpacked.name


def unpack(source: Path, file: str, target: Path) -> None:
    """Write what a GGUF file holds as safetensors of bfloat16, with its tokenizer: the server takes nothing else."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    packed = AutoModelForCausalLM.from_pretrained(source, gguf_file=file, dtype=torch.bfloat16)
    del packed.config.quantization_config  # what is written is no longer quantised
    model = AutoModelForCausalLM.from_config(packed.config, dtype=torch.bfloat16)
    model.load_state_dict(packed.state_dict())
    model.save_pretrained(target)
    AutoTokenizer.from_pretrained(source, gguf_file=file).save_pretrained(target)


def is_memory(error: BaseException | None) -> bool:
    """Say whether an error, or what it came from, is that memory was refused."""
    while error is not None:
        if isinstance(error, MemoryError) or "can't allocate memory" in str(error).lower():
            return True
        if "not enough memory" in str(error).lower() or "cannot allocate memory" in str(error).lower():
            return True
        if isinstance(error, SystemError):  # what C code raises that got none and did not say so
            return True
        error = error.__cause__ or error.__context__
    return False


def main(folder: str, port: str, megabytes: str) -> None:
    """Serve until told to end."""
    bound(int(megabytes))
    key = os.environ.pop("ENGINE_KEY")
    held = fence.put_up(Path(folder), int(port), int(megabytes))
    print(fence.said(held), file=sys.stderr, flush=True)  # noqa: T201  the log of the engine
    if os.environ.get("ENGINE_WHOLE_FENCE") and not all(held.values()):
        sys.exit(UNFENCED)
    try:
        import uvicorn

        from stack.own_machine import OwnMachine

        from .chat import server_of
    # They are the machine's own, and there: nothing else keeps them from being loaded.
    except (ImportError, OSError, MemoryError, SystemError) as error:
        sys.exit(_ended(error, MEMORY))
    try:
        manager, server = server_of(model_in(Path(folder)), CACHE_BLOCKS, BATCH_TOKENS)
    # Whatever it is, the exit code is what is told; the log has the rest.
    except Exception as error:
        sys.exit(_ended(error, MEMORY if is_memory(error) else BROKEN))
    for loaded in manager.loaded_models.values():
        if not getattr(loaded.processor, "chat_template", None):
            loaded.processor.chat_template = TEMPLATE
    uvicorn.run(OwnMachine(server, key), host="127.0.0.1", port=int(port), ws="none", access_log=False)


def _ended(error: BaseException, code: int) -> int:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201  the log of the engine
    return code


if __name__ == "__main__":
    main(*sys.argv[1:])
