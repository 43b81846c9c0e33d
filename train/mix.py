"""The weights of several stages of a training, mixed."""

from collections.abc import Sequence
from dataclasses import replace
from math import isclose

import torch

from vidcolor.errors import TrainingError
from vidcolor.net.checkpoint import Checkpoint


def mix(parts: Sequence[tuple[Checkpoint, float]]) -> Checkpoint:
    """Return the sum of networks' weights, each times its share; the shares sum to 1.

    The networks must have been trained from one another, with one layout and the same bins. Their
    mean is often better than each (Wortsman et al. 2022, "Model soups"); a share below 0 leads away
    from what that network knows (Ilharco et al. 2023, "Editing models with task arithmetic"). The
    statistics of batch norms are mixed alike. The first part gives all else: the bins' frequencies,
    the decoding defaults, the recipe; its network is the one returned, changed in place. Raises
    TrainingError.
    """
    first = parts[0][0]
    for other, _ in parts[1:]:
        if other.model.dims != first.model.dims:
            raise TrainingError(f"{other.name}: its network has another layout than {first.name}'s")
        if not torch.equal(other.bins.centers, first.bins.centers):
            raise TrainingError(f"{other.name}: its colour bins are not those of {first.name}")
    total = sum(share for _, share in parts)
    if not isclose(total, 1, abs_tol=1e-6):
        raise TrainingError(f"the shares sum to {total:g}, not to 1")

    states = [(checkpoint.model.state_dict(), share) for checkpoint, share in parts]
    mixed = {
        key: sum(state[key] * share for state, share in states)
        if value.is_floating_point()
        else value
        for key, value in states[0][0].items()
    }
    if not all(value.isfinite().all() for value in mixed.values()) or any(
        (value < 0).any() for key, value in mixed.items() if key.endswith("running_var")
    ):
        raise TrainingError("so much is taken away that no network is left; take smaller shares")
    first.model.load_state_dict(mixed)
    return replace(first, metrics={})
