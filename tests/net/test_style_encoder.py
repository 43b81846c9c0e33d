"""Encoders from files of weights: random ones, of the shapes that VGG19 and ResNet34 have."""

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from vidcolor.errors import CheckpointError
from vidcolor.net.style_encoder import StyleEncoder, load_encoder

PICTURE = torch.rand(1, 3, 33, 48, generator=torch.Generator().manual_seed(0))
MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
DEVIATION = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


def read(path: Path) -> StyleEncoder:
    """The encoder of a file, which may be another one than a moment ago."""
    load_encoder.cache_clear()
    return load_encoder(path)


class BasicBlock(nn.Module):
    """Of ResNet34, with torchvision's names."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = nn.Sequential()
        if stride > 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.downsample(x))


class ResNet34(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool = nn.AvgPool2d(3, 2, 1, count_include_pad=False)
        inputs = 64
        for number, (width, blocks) in enumerate(((64, 3), (128, 4), (256, 6)), 1):
            cells = []
            for block in range(blocks):
                cells.append(BasicBlock(inputs, width, 2 if number > 1 and not block else 1))
                inputs = width
            setattr(self, f"layer{number}", nn.Sequential(*cells))
        self.fc = nn.Linear(512, 10)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        levels = [torch.relu(self.bn1(self.conv1(x)))]
        levels.append(self.layer1(self.pool(levels[0])))
        for layer in (self.layer2, self.layer3):
            levels.append(layer(levels[-1]))
        return levels


class Vgg19(nn.Module):
    """Up to conv4_1, and one layer more, as torchvision numbers them."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512):
            if width:
                layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()]
                inputs = width
            else:
                layers.append(nn.AvgPool2d(2, ceil_mode=True))
        self.features = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        levels = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in (1, 6, 11, 20):
                levels.append(x)
        return levels


@pytest.fixture(params=["vgg19.safetensors", "vgg19.pth", "resnet34.safetensors", "resnet34.pth"])
def known(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[StyleEncoder, Vgg19 | ResNet34]:
    """An encoder of a file, and the network whose weights it holds."""
    torch.manual_seed(1)
    network = (Vgg19() if "vgg19" in request.param else ResNet34()).eval()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 2)
    path = tmp_path / request.param
    if path.suffix == ".pth":
        torch.save({"state_dict": network.state_dict()}, path)
    else:
        save_file(network.state_dict(), path)
    return read(path), network


def test_an_encoder_gives_the_levels_of_its_network(
    known: tuple[StyleEncoder, Vgg19 | ResNet34],
) -> None:
    encoder, network = known
    with torch.no_grad():
        wanted = network((PICTURE - MEAN) / DEVIATION)
    found = encoder(PICTURE)
    assert len(found) == 4
    for level, true in zip(found, wanted, strict=True):
        assert torch.allclose(level, true, rtol=1e-4, atol=1e-4)


def test_with_a_style_each_level_has_its_mean_and_deviation(
    known: tuple[StyleEncoder, Vgg19 | ResNet34],
) -> None:
    encoder, _ = known
    style = encoder(PICTURE.flip(1).sqrt())
    for level, theirs in zip(encoder(PICTURE, style), style, strict=True):
        varies = level.std((2, 3)) > 1e-2
        assert varies.any()
        assert torch.allclose(level.mean((2, 3)), theirs.mean((2, 3)), rtol=1e-3, atol=1e-3)
        assert torch.allclose(level.std((2, 3))[varies], theirs.std((2, 3))[varies], rtol=1e-2)


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("this code must not run",)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("no.pth", None, "no.pth: can't be read"),
        ("no.safetensors", None, "no.safetensors: "),
        ("text.pth", b"no weights", "text.pth: "),
        ("text.safetensors", b"no weights", "text.safetensors: no readable file of weights"),
        ("empty.pth", b"", "empty.pth: "),
        ("code.pth", pickle.dumps(Harmful()), "code.pth: "),
    ],
)
def test_what_is_no_weights_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CheckpointError) as error:
        read(path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert not capsys.readouterr().out


def test_other_networks_are_named(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match=r"other\.safetensors: holds neither VGG19 nor"):
        read(tmp_path / "other.safetensors")
    for name, network in ("VGG19", Vgg19()), ("ResNet34", ResNet34()):
        weights = network.state_dict()
        del weights[list(weights)[20 if name == "ResNet34" else 14]]
        save_file(weights, tmp_path / "part.safetensors")
        with pytest.raises(CheckpointError, match=rf"part\.safetensors: .* {name}, or a part of"):
            read(tmp_path / "part.safetensors")
    torch.save({"epoch": 3}, tmp_path / "more.pth")
    with pytest.raises(CheckpointError, match=r"more\.pth: holds more than weights"):
        read(tmp_path / "more.pth")
