"""The published transfer network for styles, of which `styles.py` tells what it is worth.

Xu et al. 2020, "Stylization-based architecture for fast deep exemplar colorization", section 3.1:
an encoder whose features are given the mean and deviation of a reference's, level by level (AdaIN,
Huang and Belongie 2017, equation 8), and a mirrored decoder with skips, trained to give a picture
back. Here the encoder is the way down of the film weights. It knows luma only, so red, green and
blue are each shown to it as a picture; the decoder gives RGB at half the size.

    python benchmarks/style_net.py DECODER.pt PACKED... [--minutes 4.5]

trains the decoder, or goes on with it, on packed photographs, of which every eighth is left out.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from vidcolor.net.checkpoint import load
from vidcolor.net.mbconv import standardized
from vidcolor.net.model import folded
from vidcolor.train.data.photographs import Photographs

SIDE, BATCH = 128, 8
HELD_OUT = 8
LEVELS = 4
WIDTHS = 96, 64, 48, 32
LEARNING_RATE, HALVED_AFTER = 1e-3, 600
RECONSTRUCTION, PERCEPTUAL = 0.8, 0.2
LEVEL_WEIGHTS = 1.0, 0.75, 0.2, 0.2


def adain(x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    """Return features (B, C, h, w) with the mean and deviation of each channel of others."""
    deviation, mean = torch.std_mean(x, (2, 3), keepdim=True)
    wanted, middle = torch.std_mean(style, (2, 3), keepdim=True)
    return (x - mean) / deviation.clamp_min(1e-3) * wanted + middle


class Encoder(nn.Module):
    """RGB (B, 3, H, W) in [0, 1] -> features of four levels, from a half to a sixteenth."""

    def __init__(self) -> None:
        super().__init__()
        model = folded(load("film").model)
        self.cells = nn.ModuleList([model.stem, *model.down][:LEVELS]).requires_grad_(False)

    def forward(
        self, rgb: torch.Tensor, style: Sequence[torch.Tensor] | None = None
    ) -> list[torch.Tensor]:
        """Return the levels, each with the statistics of `style` before the next one, if given."""
        x, levels = standardized(rgb).flatten(0, 1)[:, None], []
        for number, cell in enumerate(self.cells):
            x = cell(x)
            level = x.unflatten(0, (-1, 3)).flatten(1, 2)
            if style is not None:
                level = adain(level, style[number])
                x = level.unflatten(1, (3, -1)).flatten(0, 1)
            levels.append(level)
        return levels


class Decoder(nn.Module):
    """Levels -> RGB (B, 3, H / 2, W / 2)."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        inputs = [channels[-1]]
        inputs += [w + c for w, c in zip(WIDTHS, reversed(channels[:-1]), strict=False)]
        self.cells = nn.ModuleList(
            nn.Sequential(nn.Conv2d(given, width, 3, padding=1), nn.ReLU())
            for given, width in zip(inputs, WIDTHS, strict=True)
        )
        self.head = nn.Conv2d(WIDTHS[-1], 3, 1)

    def forward(
        self, levels: Sequence[torch.Tensor], style: Sequence[torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Return RGB and what each cell gave, with the statistics of `style` if it is given."""
        x, given = levels[-1], []
        for number, cell in enumerate(self.cells):
            if number:
                skip = levels[-1 - number]
                x = F.interpolate(x, size=skip.shape[2:], mode="bilinear")
                x = torch.cat([x, skip], 1)
            x = cell(x)
            if style is not None:
                x = adain(x, style[number])
            given.append(x)
        return self.head(x), given


class StyleNet(nn.Module):
    """Encoder and decoder, as `train` leaves them in a file."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        with torch.no_grad():
            channels = [each.shape[1] for each in self.encoder(torch.zeros(1, 3, 32, 32))]
        self.decoder = Decoder(channels)

    @torch.inference_mode()
    def transfer(
        self, target: torch.Tensor, style: torch.Tensor, where: Sequence[str]
    ) -> torch.Tensor:
        """Return a picture (1, 3, H, W) in the style of another one, (1, 3, H / 2, W / 2).

        where: AdaIN in the "encoder", the "decoder", or both.
        """
        theirs = self.encoder(style)
        levels = self.encoder(target, theirs if "encoder" in where else None)
        given = self.decoder(theirs)[1] if "decoder" in where else None
        return self.decoder(levels, given)[0]


def batch(photographs: Sequence[Photographs], random: np.random.Generator) -> torch.Tensor:
    """Return squares of photographs, (B, 3, SIDE, SIDE) in [0, 1]."""
    pictures = []
    while len(pictures) < BATCH:
        chosen = photographs[random.integers(len(photographs))]
        index = int(random.integers(len(chosen.sizes)))
        picture = chosen[index]
        if index % HELD_OUT and min(picture.shape[:2]) >= SIDE // 2:
            rgb = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255
            side = min(rgb.shape[2:])
            top = random.integers(rgb.shape[2] - side + 1)
            left = random.integers(rgb.shape[3] - side + 1)
            square = rgb[..., top : top + side, left : left + side]
            pictures.append(F.interpolate(square, size=(SIDE, SIDE), mode="area"))
    return torch.cat(pictures)


def train(path: Path, photographs: Sequence[Photographs], minutes: float) -> None:
    """Train the decoder for so many minutes, from where the file at `path` left off."""
    net, step = StyleNet(), 0
    optimizer = torch.optim.Adam(net.decoder.parameters(), LEARNING_RATE)
    if path.is_file():
        kept = torch.load(path, weights_only=True)
        net.decoder.load_state_dict(kept["decoder"])
        optimizer.load_state_dict(kept["optimizer"])
        step = kept["step"]
    until, losses = time.monotonic() + 60 * minutes, []
    while time.monotonic() < until:
        optimizer.param_groups[0]["lr"] = LEARNING_RATE / 2 ** (step // HALVED_AFTER)
        rgb = batch(photographs, np.random.default_rng(step))
        small = F.avg_pool2d(rgb, 2)
        with torch.no_grad():
            levels, wanted = net.encoder(rgb), net.encoder(small)
        made = net.decoder(levels)[0]
        parts = [
            weight * F.mse_loss(a, b) / b.square().mean()
            for weight, a, b in zip(LEVEL_WEIGHTS, net.encoder(made), wanted, strict=True)
        ]
        perceived = torch.stack(parts).sum()
        plain = F.mse_loss(made, small)
        loss = RECONSTRUCTION * plain + PERCEPTUAL * 0.1 * perceived
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        losses.append(float(plain.detach()))
        if step % 50 == 0:
            psnr = -10 * np.log10(np.mean(losses[-50:]))
            print(f"step {step}: given back at {psnr:.2f} dB, perceptual {perceived.item():.3f}")
    torch.save(
        {"decoder": net.decoder.state_dict(), "optimizer": optimizer.state_dict(), "step": step},
        path,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("decoder", type=Path)
    parser.add_argument("photographs", type=Path, nargs="+")
    parser.add_argument("--minutes", type=float, default=4.5)
    given = parser.parse_args()
    torch.set_num_threads(1)
    train(given.decoder, [Photographs(each) for each in given.photographs], given.minutes)


if __name__ == "__main__":
    main()
