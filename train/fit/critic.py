"""An adversary of the colour network: a critic that tells true from made colours, patch by patch.

Mao et al., "Least squares generative adversarial networks", 2017; patches after Isola et al.,
"Image-to-image translation with conditional adversarial networks", 2017, section 3.2.2.
"""

from typing import Any

import torch
from torch import nn

WIDTHS = 32, 64
"""Channels of the critic's two hidden layers; it is small, as the network that it watches is."""

MOMENTUM = 0.5, 0.999
"""Adam's betas for the critic (Isola et al. 2017, section 3.3)."""


def critics_loss(of_true: torch.Tensor, of_made: torch.Tensor) -> torch.Tensor:
    """Return ½ E[(D(true) - 1)²] + ½ E[D(made)²], a scalar (Mao et al. 2017, equation 2)."""
    return 0.5 * ((of_true - 1).square().mean() + of_made.square().mean())


def deceivers_loss(of_made: torch.Tensor) -> torch.Tensor:
    """Return ½ E[(D(made) - 1)²], a scalar: how far the critic is from being deceived."""
    return 0.5 * (of_made - 1).square().mean()


class Critic:
    """A critic and its optimiser.

    It sees luma and colour at the network's output stride, and answers for each patch of 9 x 9
    cells whether its colours are true (1) or made (0).

    Args:
        channels: of a colour.
        device: where it computes.
    """

    def __init__(self, channels: int, device: torch.device) -> None:
        first, second = WIDTHS
        self.model = nn.Sequential(
            nn.Conv2d(1 + channels, first, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(first, second, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(second),
            nn.LeakyReLU(0.2),
            nn.Conv2d(second, 1, 3, padding=1),
        ).to(device)
        self._optimizer = torch.optim.Adam(self.model.parameters(), betas=MOMENTUM)

    def __call__(self, luma: torch.Tensor, colour: torch.Tensor) -> torch.Tensor:
        """Return its answers (B, 1, h, w); luma: (B, 1, H, W), colour: (B, channels, H, W)."""
        answers: torch.Tensor = self.model(torch.cat([luma - 0.5, colour], 1))
        return answers

    def deceived(self, luma: torch.Tensor, made: torch.Tensor) -> torch.Tensor:
        """Return `deceivers_loss`, whose gradient goes to what was made, not to the critic."""
        self.model.requires_grad_(False)
        loss = deceivers_loss(self(luma, made))
        self.model.requires_grad_(True)
        return loss

    def step(
        self, luma: torch.Tensor, true: torch.Tensor, made: torch.Tensor, rate: float
    ) -> float:
        """Better the critic at a learning rate by colours that are true and made; its loss.

        All are as for calling it.
        """
        loss = critics_loss(self(luma, true), self(luma, made.detach()))
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        return float(loss.detach())

    def state(self) -> dict[str, Any]:
        """Everything that its steps to come depend on."""
        return {"model": self.model.state_dict(), "optimizer": self._optimizer.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
