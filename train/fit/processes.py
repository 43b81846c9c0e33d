"""The processes that share a training run, one for each GPU."""

from dataclasses import dataclass

import torch
from torch import distributed


@dataclass(frozen=True)
class Ranks:
    """The place of this process among those of the run; by default it is alone.

    If count > 1, torch.distributed must have been initialised.
    """

    index: int = 0
    count: int = 1

    @property
    def leads(self) -> bool:
        """True in the process that writes files."""
        return self.index == 0

    def total(self, value: torch.Tensor) -> torch.Tensor:
        """Return the sum of every process's `value`, without gradient."""
        value = value.detach().clone()
        if self.count > 1:
            distributed.all_reduce(value)
        return value
