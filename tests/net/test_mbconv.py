"""EfficientNet-Lite's way down: what it knows from ImageNet, and where its outputs stand."""

import pytest
import torch
from skimage import data as samples
from torch.nn import functional as F

from vidcolor.net.mbconv import EPSILON, LAYOUTS, Convolution, standardized, way_down
from vidcolor.net.model import ColorUNet, ColorUNetDims, folded
from vidcolor.train.imagenet import load_encoder, state_dict

NAME = "efficientnet-lite0"


def _square(picture: str) -> torch.Tensor:
    """The middle of a picture that scikit-image ships, (1, 3, 224, 224) in [0, 1]."""
    rgb = torch.from_numpy(getattr(samples, picture)()).movedim(-1, 0)[None] / 255
    side = min(rgb.shape[-2:])
    top, left = ((length - side) // 2 for length in rgb.shape[-2:])
    middle = rgb[..., top : top + side, left : left + side]
    return F.interpolate(middle, size=(224, 224), mode="bicubic", antialias=True).clamp(0, 1)


def _loaded() -> ColorUNet:
    model = ColorUNet(ColorUNetDims(8, 0, (), 0, (8,), encoder=NAME))
    load_encoder(model)
    return model.eval()


def _deepest(model: ColorUNet, x: torch.Tensor) -> torch.Tensor:
    for level in model.encoder:
        x = level(x)
    return x


@pytest.mark.parametrize(("picture", "classes"), [("coffee", {967}), ("chelsea", {281, 282, 285})])
def test_the_imagenet_classifier_names_a_picture(picture: str, classes: set[int]) -> None:
    """Espresso, and a cat (tabby, tiger or Egyptian), through the original's stem and head."""
    tensors = state_dict(NAME)
    model = _loaded()
    model.stem[0] = Convolution(3, 32, 3, stride=2)
    model.stem[0].weight.data = tensors["_conv_stem.weight"]
    with torch.inference_mode():
        x = F.conv2d(_deepest(model, standardized(_square(picture))), tensors["_conv_head.weight"])
        mean, variance, weight, bias = (
            tensors[f"_bn1.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        x = F.relu6(F.batch_norm(x, mean, variance, weight, bias, eps=EPSILON)).mean((2, 3))
        logits = F.linear(x, tensors["_fc.weight"], tensors["_fc.bias"])
    assert int(logits.argmax()) in classes


def test_luma_is_seen_as_grey_was_in_rgb() -> None:
    luma = _square("coffee").mean(1, keepdim=True)
    grey = _loaded()
    coloured = _loaded()
    coloured.stem[0] = Convolution(3, 32, 3, stride=2)
    coloured.stem[0].weight.data = state_dict(NAME)["_conv_stem.weight"]
    with torch.inference_mode():
        torch.testing.assert_close(
            _deepest(grey, standardized(luma)),
            _deepest(coloured, standardized(luma.expand(-1, 3, -1, -1))),
            atol=1e-3,
            rtol=1e-3,
        )


@pytest.mark.parametrize(("kernel", "border"), [(3, (0, 1, 0, 1)), (5, (1, 2, 1, 2))])
@pytest.mark.parametrize("depthwise", [False, True])
def test_an_even_side_is_padded_as_tensorflow_pads_it(
    kernel: int, border: tuple[int, ...], depthwise: bool
) -> None:
    convolution = Convolution(4, 4, kernel, stride=2, depthwise=depthwise)
    x = torch.rand(2, 4, 8, 12)
    wanted = F.conv2d(F.pad(x, border), convolution.weight, stride=2, groups=convolution.groups)
    torch.testing.assert_close(convolution(x), wanted)


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("size", [(1, 1), (7, 12), (11, 5)])
def test_an_odd_side_is_seen_as_part_of_a_larger_picture(
    kernel: int, size: tuple[int, int]
) -> None:
    convolution = Convolution(1, 3, kernel, stride=2)
    x = torch.rand(1, 1, *size)
    canvas = F.pad(x, (0, 16 - size[1], 0, 16 - size[0]))
    rows, columns = (-(-side // 2) for side in size)
    answer = convolution(x)
    assert answer.shape[-2:] == (rows, columns)
    torch.testing.assert_close(answer, convolution(canvas)[..., :rows, :columns])


def test_each_level_halves_and_has_the_width_that_the_table_says() -> None:
    layout = LAYOUTS[NAME]
    stem, cells = way_down(layout)
    x = stem.eval()(torch.rand(1, 1, 50, 37))
    shapes = [x.shape[1:]]
    for cell in cells.eval():
        x = cell(x)
        shapes.append(x.shape[1:])
    assert [tuple(shape) for shape in shapes] == [
        (16, 25, 19), (24, 13, 10), (40, 7, 5), (112, 4, 3), (320, 2, 2),
    ]  # fmt: skip
    assert layout.widths == (16, 24, 40, 112, 320)


def test_a_network_in_bf16_says_nearly_what_it_says_in_single_precision() -> None:
    model = folded(_loaded())
    luma = standardized(_square("coffee").mean(1, keepdim=True))
    with torch.inference_mode():
        single = _deepest(model, luma)
        half = _deepest(model.bfloat16(), luma.bfloat16())
    assert half.dtype == torch.bfloat16
    assert (half - single).norm() < 0.1 * single.norm()


def test_gradients_in_bf16_are_those_of_single_precision() -> None:
    """On CPUs depthwise convolutions leave bf16 for theirs."""
    torch.manual_seed(0)
    convolution = Convolution(8, 8, 5, stride=2, depthwise=True)
    x = torch.rand(4, 8, 16, 16)
    gradients = []
    for half in (False, True):
        convolution.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            answer = convolution(x.bfloat16() if half else x)
        assert answer.dtype == (torch.bfloat16 if half else torch.float32)
        answer.float().square().mean().backward()
        gradients.append(convolution.weight.grad.clone())
    single, mixed = gradients
    assert (mixed - single).norm() < 0.01 * single.norm()
