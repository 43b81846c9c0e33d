"""ColorUNet: its sizes, and that every picture fits."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from vidcolor.color.bins import ColorBins
from vidcolor.net.model import COMPACT, PUBLISHED, ColorUNet, ColorUNetDims, Residual, folded
from vidcolor.net.predictor import Predictor

FLAT = ColorUNetDims(8, down=(), bottleneck=4, up=())
PRETRAINED = ColorUNetDims(
    32, 0, (), 320, (224, 112, 64), context=256, blocks=(2, 1), encoder="efficientnet-lite0"
)


def test_the_published_layout_has_the_published_size() -> None:
    parameters = sum(p.numel() for p in ColorUNet(PUBLISHED).parameters())
    assert round(parameters / 1e6, 2) == 0.54
    assert PUBLISHED.output_stride == 1
    assert ColorUNet(PUBLISHED)(torch.rand(1, 1, 256, 256)).shape == (1, 32, 256, 256)


def test_the_compact_layout_costs_less_and_gives_logits_at_a_quarter() -> None:
    assert COMPACT.output_stride == 4
    cost = {}
    for dims in (PUBLISHED, COMPACT, PRETRAINED):
        with FlopCounterMode(display=False) as counter:
            ColorUNet(dims)(torch.rand(1, 1, 160, 256))
        cost[dims] = counter.get_total_flops()
    assert cost[COMPACT] < cost[PUBLISHED]
    assert PRETRAINED.output_stride == 4
    assert cost[PRETRAINED] < 0.6 * cost[COMPACT]


@pytest.mark.parametrize(
    "dims",
    [
        PUBLISHED,
        COMPACT,
        FLAT,
        PRETRAINED,
        replace(PRETRAINED, up=(8, 8, 8, 8), skips=False),
        ColorUNetDims(8, 4, (4, 8), 0, (8, 4, 4), skips=False),
    ],
)
@pytest.mark.parametrize("size", [(1, 1), (37, 50), (64, 64), (121, 3)])
def test_any_size_goes_in_and_none_is_cropped(dims: ColorUNetDims, size: tuple[int, int]) -> None:
    model = ColorUNet(dims).eval()
    stride = dims.output_stride
    with torch.inference_mode():
        logits = model(torch.rand(2, 1, *size))
    assert logits.shape == (2, dims.bins, -(-size[0] // stride), -(-size[1] // stride))


@pytest.mark.parametrize("dims", [PUBLISHED, ColorUNetDims(8, 4, (4, 8), 8, (8,), blocks=(1,))])
@pytest.mark.parametrize("size", [(1, 1), (13, 22), (27, 16), (31, 41)])
def test_beyond_the_border_is_nothing_at_every_level(
    dims: ColorUNetDims, size: tuple[int, int]
) -> None:
    """As on a larger canvas that is wiped outside the picture after every layer."""
    torch.manual_seed(0)
    model = folded(ColorUNet(dims).eval())
    luma = torch.rand(2, 1, *size)
    with torch.inference_mode():
        given = model(luma)

    def wipe(layer: nn.Module, inputs: object, output: torch.Tensor) -> torch.Tensor:
        stride = 64 // output.shape[-1]
        height, width = (-(-side // stride) for side in size)
        within = output[..., :height, :width]
        return F.pad(within, (0, output.shape[-1] - width, 0, output.shape[-2] - height))

    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.MaxPool2d):
            layer.register_forward_hook(wipe)
    canvas = torch.full((2, 1, 64, 64), 0.5)
    canvas[..., : size[0], : size[1]] = luma
    with torch.inference_mode():
        wanted = model(canvas)[..., : given.shape[-2], : given.shape[-1]]
    torch.testing.assert_close(given, wanted)


def test_every_pixel_matters_to_the_logits_around_it() -> None:
    """Skips and upsampling keep places: a change far away acts less than one nearby."""
    model = ColorUNet(PUBLISHED).eval()
    luma = torch.full((1, 1, 64, 64), 0.5)
    changed = luma.clone()
    changed[0, 0, 16, 48] = 1
    with torch.inference_mode():
        effect = (model(changed) - model(luma)).abs().sum(1)[0]
    row, column = divmod(int(effect.argmax()), 64)
    assert abs(row - 16) <= 4
    assert abs(column - 48) <= 4


@pytest.mark.parametrize("dims", [PUBLISHED, COMPACT, replace(COMPACT, blocks=(1, 2)), PRETRAINED])
def test_folding_batch_norms_changes_no_logit(dims: ColorUNetDims) -> None:
    torch.manual_seed(0)
    model = ColorUNet(dims)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    for _ in range(3):
        model(torch.rand(4, 1, 64, 64))
    model.eval()
    luma = torch.rand(1, 1, 48, 64)
    with torch.inference_mode():
        torch.testing.assert_close(folded(model)(luma), model(luma), atol=1e-4, rtol=1e-3)
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in folded(model).modules())


@pytest.mark.parametrize("blocks", [(1,), (0, 2), (2, 1)])
def test_fresh_blocks_change_no_logit_and_trained_ones_do(blocks: tuple[int, ...]) -> None:
    dims = ColorUNetDims(8, 4, (4, 8), 8, (8, 4))
    plain, wider = ColorUNet(dims).eval(), ColorUNet(replace(dims, blocks=blocks)).eval()
    added = wider.load_state_dict(plain.state_dict(), strict=False)
    assert not added.unexpected_keys
    luma = torch.rand(1, 1, 32, 32)
    with torch.inference_mode():
        assert torch.equal(wider(luma), plain(luma))
        blocks_found = [part for part in wider.modules() if isinstance(part, Residual)]
        assert len(blocks_found) == sum(blocks)
        for block in blocks_found:
            before = wider(luma)
            torch.nn.init.ones_(block[-1].weight)
            assert not torch.equal(wider(luma), before)


def test_a_net_extends_another_by_what_begins_without_effect() -> None:
    dims = ColorUNetDims(8, 4, (4, 8), 8, (8, 4), context=2, blocks=(1, 1))
    assert dims.extends(dims)
    assert dims.extends(replace(dims, context=0, blocks=(0, 1)))
    assert dims.extends(replace(dims, blocks=()))
    assert not dims.extends(replace(dims, context=3))
    assert not dims.extends(replace(dims, blocks=(2,)))
    assert not dims.extends(replace(dims, blocks=(1, 1, 1)))
    assert not dims.extends(replace(dims, bottleneck=4))


def test_a_fresh_context_changes_no_logit_and_a_trained_one_reaches_everywhere() -> None:
    dims = ColorUNetDims(8, 4, (4, 8), 8, (8,))
    plain, wider = ColorUNet(dims).eval(), ColorUNet(replace(dims, context=6)).eval()
    wider.load_state_dict(plain.state_dict(), strict=False)
    luma = torch.rand(1, 1, 128, 128)
    with torch.inference_mode():
        torch.testing.assert_close(wider(luma), plain(luma))
        torch.nn.init.normal_(wider.context.expand.weight)
        changed = luma.clone()
        changed[..., :16, :16] = 1
        far = (wider(changed) - wider(luma))[..., -1, -1]
        assert far.abs().max() > 0
        assert torch.equal(plain(changed)[..., -1, -1], plain(luma)[..., -1, -1])


@pytest.mark.parametrize("dims", [PUBLISHED, COMPACT, FLAT, replace(PRETRAINED, skips=False)])
def test_every_cell_has_features_of_length_one(dims: ColorUNetDims) -> None:
    """They do not depend on the batch."""
    torch.manual_seed(0)
    bins = ColorBins(torch.rand(dims.bins, 2) - 0.5, torch.full((dims.bins,), 1 / dims.bins), 0.1)
    predictor = Predictor(ColorUNet(dims).eval(), bins, torch.device("cpu"), torch.float32)
    luma = torch.rand(2, 1, 40, 64)
    features = predictor.features(luma)
    assert features.shape[2:] == predictor.probabilities(luma).shape[2:]
    assert torch.allclose(features.square().sum(1), torch.ones_like(features[:, 0]), atol=1e-3)
    assert torch.allclose(features[:1], predictor.features(luma[:1]), atol=1e-4)
