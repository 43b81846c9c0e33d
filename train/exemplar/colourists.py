"""The ways to colour a flower by a reference that are compared."""

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.colorize.pool import pool
from vidcolor.colorize.references import Reference, matched
from vidcolor.colorize.saturation import luma_of_cells
from vidcolor.colorize.spread import spread
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.predictor import Predictor

from .fit import Shown, with_chroma
from .network import ExemplarNet
from .similarity import SimilarityNet

AUTOMATIC, MATCHED, NETWORK, ALONE, OWN = (
    "automatic", "matched", "network", "without matches", "own colours",
)  # fmt: skip
"""Names: the film weights alone; with plain matching and spreading, as films are coloured; the
exemplar network; its ablation; and the network with the target for its own reference, the upper
bound."""


class Colourists:
    """Colours targets by references in all these ways.

    Args:
        checkpoint: weights that colour films.
        net: a similarity net that sees luma.
        network, alone: the exemplar network, and the one trained without matches.
    """

    def __init__(
        self, checkpoint: Checkpoint, net: SimilarityNet, network: ExemplarNet, alone: ExemplarNet
    ) -> None:
        self._decoding = checkpoint.decoding
        self._predictor = Predictor(
            checkpoint.model, checkpoint.bins, torch.device("cpu"), torch.float32
        )
        self._net = net
        self._network, self._alone = network, alone

    @torch.inference_mode()
    def __call__(self, target: torch.Tensor, reference: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the pictures by their names, (3, S, S) in [0, 1]; so are both given."""
        shown = Shown(target[None], reference[None], self._net)
        chroma = self._of_films(shown.luma, reference)
        chroma[NETWORK] = self._network(shown.luma, shown.told_of_references())
        chroma[ALONE] = self._alone(shown.luma, None)
        itself = Shown(target[None], target[None], self._net)
        chroma[OWN] = self._network(shown.luma, itself.told_of_references())
        return {name: with_chroma(shown.luma, uv)[0] for name, uv in chroma.items()}

    def _of_films(self, luma: torch.Tensor, reference: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the chroma that films get, with and without the reference, (1, 2, h, w)."""
        size = self._decoding.working_size
        seen = F.interpolate(luma, size=(size, size), mode="bicubic", antialias=True).clamp(0, 1)
        probabilities = self._predictor.probabilities(seen)
        pooled = pool(probabilities, seen) if self._decoding.pool else probabilities
        automatic = self._predictor.chroma(pooled, self._decoding)
        theirs, *chroma = (plane.numpy() for plane in rgb_to_yuv(*reference))
        lent = Reference.of(theirs, np.stack(chroma), np.ones_like(theirs), self._predictor, size)
        cells = luma_of_cells(seen[0], probabilities.shape[2:])[0]
        told = matched(self._predictor.features(seen)[0], cells, [lent])
        added = spread(cells, probabilities[0], automatic[0], told)
        return {AUTOMATIC: automatic, MATCHED: automatic + added}
