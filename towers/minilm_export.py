"""Turn MiniLM's weights into an ONNX file; run as a process of its own, because it imports torch.

    python -m unisono.towers.minilm_export WEIGHTS_FOLDER TARGET.onnx

The graph takes ``input_ids`` and ``attention_mask`` (batch, tokens) int64 and gives ``embedding``
(batch, 384) float32: the mean over the tokens that the mask keeps, scaled to unit length
(Reimers and Gurevych, "Sentence-BERT", 2019, section 3).
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

EXPORTER_VERSION = 1
"""Raise it when the graph changes, so that files of older versions are not used again."""


def export(weights: Path, target: Path) -> None:
    """Write the model in folder ``weights`` to the file ``target``.

    Raises OSError for weights that cannot be read and whatever torch raises for a failed export.
    """
    # A torchvision built for another torch breaks `import transformers`; text does not need it.
    sys.modules["torchvision"] = None  # type: ignore[assignment]
    os.environ["HF_HUB_OFFLINE"] = "1"
    warnings.filterwarnings("ignore")
    import torch
    from transformers import BertModel

    class Embedding(torch.nn.Module):
        def __init__(self, bert: torch.nn.Module) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            """(B, T), (B, T) int64 -> (B, 384) of unit length."""
            hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask)
            kept = attention_mask.unsqueeze(-1).to(torch.float32)
            mean = (hidden.last_hidden_state * kept).sum(1) / kept.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    bert: torch.nn.Module = BertModel.from_pretrained(str(weights), attn_implementation="eager")
    example = torch.tensor([[101, 2189, 2005, 102], [101, 2189, 102, 0]])
    with torch.no_grad():
        torch.onnx.export(
            Embedding(bert.float()).eval(),
            (example, (example > 0).long()),
            str(target),
            dynamo=False,
            opset_version=17,
            input_names=["input_ids", "attention_mask"],
            output_names=["embedding"],
            dynamic_axes={
                "input_ids": {0: "batch", 1: "tokens"},
                "attention_mask": {0: "batch", 1: "tokens"},
                "embedding": {0: "batch"},
            },
        )


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
