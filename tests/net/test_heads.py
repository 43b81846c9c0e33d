"""Heads of the network: pairs multiply out, a hypercolumn sees all levels, engines agree."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from vidcolor.net.heads import ChainedPairs, Hypercolumn, IndependentPairs
from vidcolor.net.model import ColorUNet, ColorUNetDims, folded
from vidcolor.net.openvino_network import OpenVinoNetwork

SMALL = ColorUNetDims(16, 4, (4, 8), 8, (8, 4))
KINDS = {
    "independent": replace(SMALL, pairs="independent"),
    "chained": replace(SMALL, pairs="chained"),
    "flat pairs": ColorUNetDims(16, 0, (), 8, (), pairs="independent"),
    "hypercolumn": replace(SMALL, hypercolumn=6),
    "flat hypercolumn": ColorUNetDims(16, 0, (), 8, (), hypercolumn=6),
    "hypercolumn of pairs": replace(SMALL, hypercolumn=6, pairs="chained"),
    "hypercolumn on an encoder": ColorUNetDims(
        16, 0, (), 8, (8, 4), context=3, encoder="efficientnet-lite0", hypercolumn=6
    ),
    "large kernels": replace(SMALL, middle_kernel=5),
}


def test_independent_pairs_multiply_out() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 10, 3, 4, generator=random)
    made = IndependentPairs()(logits).softmax(1)
    first, second = logits[:, :5].softmax(1), logits[:, 5:].softmax(1)
    for i in range(5):
        for j in range(5):
            torch.testing.assert_close(made[:, 5 * i + j], first[:, i] * second[:, j])


def test_the_second_of_chained_pairs_is_told_for_each_first() -> None:
    random = torch.Generator().manual_seed(1)
    logits = torch.randn(2, 4 + 16, 3, 2, generator=random)
    made = ChainedPairs(4)(logits)
    first = logits[:, :4].softmax(1)
    for i in range(4):
        second = logits[:, 4 + 4 * i : 8 + 4 * i].softmax(1)
        for j in range(4):
            torch.testing.assert_close(made[:, 4 * i + j].exp(), first[:, i] * second[:, j])
    torch.testing.assert_close(made.exp().sum(1), torch.ones(2, 3, 2))


def test_a_hypercolumn_decides_on_all_levels_one_upon_the_other() -> None:
    torch.manual_seed(2)
    head = Hypercolumn((3, 5, 2), hidden=4, outputs=6)
    levels = [torch.randn(2, 3, 2, 3), torch.randn(2, 5, 4, 6), torch.randn(2, 2, 7, 11)]
    enlarged = [F.interpolate(level, size=(7, 11), mode="bilinear") for level in levels]
    stacked = torch.cat(enlarged, 1)
    weight = torch.cat([*(part.weight for part in head.coarse), head.finest.weight], 1)
    seen = F.conv2d(stacked, weight, head.finest.bias).relu()
    torch.testing.assert_close(head(levels), head.decide(seen))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (37, 50), (64, 64)])
def test_openvino_computes_every_head_as_torch_does(name: str, size: tuple[int, int]) -> None:
    torch.manual_seed(3)
    model = ColorUNet(KINDS[name])
    for _ in range(3):
        model(torch.rand(4, 1, 64, 64))
    model = folded(model.eval())
    luma = torch.rand(2, 1, *size)
    with torch.inference_mode():
        expected = model(luma)
        stride = model.dims.output_stride
        assert expected.shape == (2, 16, *(-(-side // stride) for side in size))
        made = OpenVinoNetwork(model, torch.float32)(luma)
    torch.testing.assert_close(made, expected, atol=1e-4, rtol=1e-3)


def test_large_kernels_are_in_the_middle_alone() -> None:
    model = ColorUNet(KINDS["large kernels"])
    sides = {
        name: module.kernel_size[0]
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Conv2d)
    }
    assert {name for name, side in sides.items() if side == 5} == {
        "down.1.0.0", "down.1.1.0", "bottleneck.0.0", "bottleneck.1.0"
    }  # fmt: skip
