"""Seconds to match a batch of 96 pairs of 64 channels, 64x64 places, by 3x3 patches, both ways.

Beside it the plain way, that of nets that match in tensor operations: the cosine of all patches
with one shifted place after the other. It is run on a few pairs and multiplied.

    python benchmarks/matching.py [--pairs 96] [--plain-pairs 1]
"""

import argparse
import json
import time

import torch
from torch.nn import functional as F

from vidcolor.colorize.matching import match


def patches(features: torch.Tensor) -> torch.Tensor:
    """Return the 3x3 patch around each place of (C, h, w) as its features, of length 1."""
    unfolded = F.unfold(features[None], 3, padding=1)[0]
    return F.normalize(unfolded, dim=0).reshape(-1, *features.shape[1:])


def plain(one: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return for each place the most like one of the other picture, and the reverse."""

    def nearest(here: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        rows, found = here.flatten(1), torch.empty(here[0].numel(), dtype=torch.int64)
        others = there.flatten(1)
        for place in range(len(found)):
            found[place] = F.cosine_similarity(others, rows[:, place, None], dim=0).argmax()
        return found

    return nearest(one, other), nearest(other, one)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=96)
    parser.add_argument("--plain-pairs", type=int, default=1)
    arguments = parser.parse_args()
    generator = torch.Generator().manual_seed(0)
    pairs = torch.randn(2, arguments.pairs, 64, 64, 64, generator=generator)

    began = time.perf_counter()
    found = [match(patches(one), patches(other)) for one, other in pairs.unbind(1)]
    ours = time.perf_counter() - began

    began = time.perf_counter()
    for number in range(arguments.plain_pairs):
        there, _ = plain(*map(patches, pairs[:, number]))
        agreed = (there == found[number].places.flatten()).float().mean()
        assert agreed > 0.999, agreed  # the last bit may decide between two equal ones
    slow = (time.perf_counter() - began) * arguments.pairs / arguments.plain_pairs
    print(f"{arguments.pairs} pairs: {ours:.1f} s, the plain way {slow:.0f} s, 1/{slow / ours:.0f}")
    print(json.dumps({"seconds": ours, "plain": slow, "threads": torch.get_num_threads()}))


if __name__ == "__main__":
    main()
