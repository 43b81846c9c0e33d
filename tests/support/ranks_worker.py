"""One process of a run shared by torchrun: ten steps, and what they left, saved for the test.

In single precision and in double, in which no activation is so near to where a ReLU bends, and no
two so near to each other under a pooling, that the order of a sum decides where a gradient goes.
"""

import os
import sys
from pathlib import Path
from unittest.mock import patch

import torch
from torch import distributed

from vidcolor.net.checkpoint import load
from vidcolor.net.model import ColorUNet, ColorUNetDims
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.fit import trainer
from vidcolor.train.fit.processes import Ranks
from vidcolor.train.fit.recipe import load_recipe


class DoubleUNet(ColorUNet):
    def __init__(self, dims: ColorUNetDims) -> None:
        super().__init__(dims)
        self.double()

    def with_bottleneck(self, luma: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return super().with_bottleneck(luma.double())


def main() -> None:
    packed, weights, out, *settings = sys.argv[1:]
    torch.set_num_threads(1)
    ranks = Ranks(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]))
    distributed.init_process_group("gloo")
    left = in_both_precisions(Path(packed), Path(weights), settings, ranks)
    torch.save(left, Path(out) / f"{ranks.index}-of-{ranks.count}.pt")
    distributed.destroy_process_group()


def in_both_precisions(
    packed: Path, weights: Path, settings: list[str], ranks: Ranks
) -> dict[str, dict[str, object]]:
    """Losses, gradients and last parameters of ten steps in single and in double precision."""
    left = {}
    for precision, network in (("single", ColorUNet), ("double", DoubleUNet)):
        with patch.object(trainer, "ColorUNet", network):
            run = trainer.Trainer(
                load_recipe("quick", settings),
                Photographs(packed),
                torch.device("cpu"),
                initial=load(weights),
                ranks=ranks,
            )
        left[precision] = _ten_steps(run)
    return left


def _ten_steps(run: trainer.Trainer) -> dict[str, object]:
    losses, gradients = [], []
    for example in run.examples(range(10)):
        losses.append(run.step(example, 1e-3))
        gradients.append(torch.cat([p.grad.flatten() for p in run.model.parameters()]))
    parameters = torch.cat([p.detach().flatten() for p in run.model.parameters()])
    return {"losses": losses, "gradients": torch.stack(gradients), "parameters": parameters}


if __name__ == "__main__":
    main()
