"""One process of a run shared by torchrun: ten steps, and what they left, saved for the test.

In single precision and in double, in which no activation is so near to where a ReLU bends, and no
two so near to each other under a pooling, that the order of a sum decides where a gradient goes.
"""

import os
import sys
from pathlib import Path

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

    def forward(self, luma: torch.Tensor) -> torch.Tensor:
        return super().forward(luma.double())


def main() -> None:
    packed, weights, out, *settings = sys.argv[1:]
    torch.set_num_threads(1)
    ranks = Ranks(int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1)))
    if ranks.count > 1:
        distributed.init_process_group("gloo")
    left = {}
    for precision, network in (("single", ColorUNet), ("double", DoubleUNet)):
        trainer.ColorUNet = network
        left[precision] = _ten_steps(
            trainer.Trainer(
                load_recipe("quick", settings),
                Photographs(Path(packed)),
                torch.device("cpu"),
                initial=load(weights),
                ranks=ranks,
            )
        )
    torch.save(left, Path(out) / f"{ranks.index}-of-{ranks.count}.pt")
    if ranks.count > 1:
        distributed.destroy_process_group()


def _ten_steps(run: trainer.Trainer) -> dict[str, object]:
    losses, gradients = [], []
    for example in run.examples(range(10)):
        losses.append(run.step(example, 1e-3))
        gradients.append(torch.cat([p.grad.flatten() for p in run.model.parameters()]))
    parameters = torch.cat([p.detach().flatten() for p in run.model.parameters()])
    return {"losses": losses, "gradients": torch.stack(gradients), "parameters": parameters}


if __name__ == "__main__":
    main()
