"""One process of a run shared by torchrun: ten steps, and what they left, saved for the test."""

import os
import sys
from pathlib import Path

import torch
from torch import distributed

from vidcolor.checkpoint import load
from vidcolor.train.dataset import Photographs
from vidcolor.train.ranks import Ranks
from vidcolor.train.recipe import load_recipe
from vidcolor.train.trainer import Trainer


def main() -> None:
    packed, weights, out, *settings = sys.argv[1:]
    torch.set_num_threads(1)
    ranks = Ranks(int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1)))
    if ranks.count > 1:
        distributed.init_process_group("gloo")
    trainer = Trainer(
        load_recipe("quick", settings),
        Photographs(Path(packed)),
        torch.device("cpu"),
        initial=load(weights),
        ranks=ranks,
    )
    losses, gradients = [], []
    for example in trainer.examples(range(10)):
        losses.append(trainer.step(example, 1e-3))
        gradients.append(torch.cat([p.grad.flatten() for p in trainer.model.parameters()]))
    parameters = torch.cat([p.detach().flatten() for p in trainer.model.parameters()])
    left = {"losses": losses, "gradients": torch.stack(gradients), "parameters": parameters}
    torch.save(left, Path(out) / f"{ranks.index}-of-{ranks.count}.pt")
    if ranks.count > 1:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
