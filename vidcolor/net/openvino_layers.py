"""The network in OpenVINO's operations: a second forward pass, without torch.

Each layer becomes operations that compute the same from the same weights, whose memory they share.
Shapes are known while they are written, so every size is a number.
"""

from collections.abc import Iterable
from functools import singledispatch
from typing import TypeAlias

import numpy as np
import torch
from torch import nn

from vidcolor.net.heads import ChainedPairs, Hypercolumn, IndependentPairs
from vidcolor.net.mbconv import STANDARD_OFFSET, STANDARD_SCALE, Convolution, MBConv
from vidcolor.net.model import ColorUNet, Context, Residual, UpConv
from vidcolor.net.quiet_openvino import openvino, ops

Node: TypeAlias = openvino.Output
_ROWS, _COLUMNS = 2, 3
"""Axes of (B, C, H, W)."""


def begun(model: ColorUNet, luma: Node, cells: int) -> list[Node]:
    """Return what the stem of a folded network makes of luma, and each of the first cells down.

    luma: (B, 1, H, W) float32 of fixed size, in [0, 1].
    """
    if model.dims.encoder:
        x = _out(ops.multiply(luma, _number(STANDARD_SCALE)))
        x = _out(ops.add(x, _number(STANDARD_OFFSET)))
    else:
        x = _out(ops.subtract(luma, _number(0.5)))
    return _downwards([_layer(model.stem, x)], model.down[:cells])


def ended(model: ColorUNet, size: tuple[int, int], levels: list[Node]) -> tuple[list[Node], Node]:
    """Return the features and the logits of luma of a size (H, W).

    They are what `ColorUNet.with_features` computes. levels: as `begun` gives them.
    """
    dims, (*before, x) = model.dims, _downwards(levels, model.down[len(levels) - 1 :])
    sizes = [size] if dims.stem or dims.encoder else []
    sizes += map(_size, before)
    skips = before[1:] if dims.skips else []
    x = _layer(model.context, _layer(model.bottleneck, x))
    lowest = x
    features = [] if dims.up else [x]
    for level, cell in enumerate(model.up, start=1):
        assert isinstance(cell, UpConv)
        joined = _trimmed(_layer(cell.expand, x), sizes.pop())
        if skips:
            joined = _out(ops.concat([joined, skips.pop()], 1))
        x = _layer(cell.after, joined)
        features.append(joined if level == len(model.up) else x)
    if isinstance(model.head, Hypercolumn):
        x = _hypercolumn(model.head, [lowest, *features] if dims.up else [lowest])
    else:
        x = _layer(model.head, x)
    return features, _layer(model.joined, x)


def _downwards(levels: list[Node], cells: Iterable[nn.Module]) -> list[Node]:
    """Return levels, and what each cell makes of the level before its own."""
    levels = [*levels]
    for cell in cells:
        levels.append(_layer(cell, levels[-1]))
    return levels


@singledispatch
def _layer(layer: nn.Module, x: Node) -> Node:
    """Return what a layer makes of x (B, C, H, W)."""
    raise TypeError(f"{type(layer).__name__} is not written in OpenVINO's operations")


@_layer.register
def _(layer: nn.Identity, x: Node) -> Node:
    return x


@_layer.register
def _(layer: nn.Sequential, x: Node) -> Node:
    for each in layer:
        x = _layer(each, x)
    return x


@_layer.register
def _(layer: Residual, x: Node) -> Node:
    return _out(ops.add(x, _in_row(layer, x)))


@_layer.register
def _(layer: MBConv, x: Node) -> Node:
    answer = _in_row(layer, x)
    return _out(ops.add(x, answer)) if layer.adds else answer


@_layer.register
def _(layer: Context, x: Node) -> Node:
    axes = np.array([_ROWS, _COLUMNS])
    mean = _out(ops.reduce_mean(x, axes, keep_dims=True))
    hidden = _out(ops.relu(_dense(layer.reduce, mean)))
    return _out(ops.add(x, _dense(layer.expand, hidden)))


@_layer.register
def _(layer: nn.Conv2d, x: Node) -> Node:
    return _convolved(layer, x, _padding(layer))


@_layer.register
def _(layer: Convolution, x: Node) -> Node:
    begin = _padding(layer)
    if layer.stride != (1, 1):  # it leaves out the first line and column of what torch computes
        begin = [lines - step for lines, step in zip(begin, layer.stride, strict=True)]
    return _convolved(layer, x, begin)


@_layer.register
def _(layer: nn.ConvTranspose2d, x: Node) -> Node:
    padding = _padding(layer)
    convolved = ops.convolution_backprop_data(
        x,
        _constant(layer.weight),
        list(layer.stride),
        pads_begin=padding,
        pads_end=padding,
        dilations=list(layer.dilation),
        output_padding=list(layer.output_padding),
    )
    return _plus(convolved, layer.bias)


@_layer.register
def _(layer: nn.ReLU, x: Node) -> Node:
    return _out(ops.relu(x))


@_layer.register
def _(layer: nn.ReLU6, x: Node) -> Node:
    return _out(ops.clamp(x, 0.0, 6.0))


@_layer.register
def _(layer: nn.MaxPool2d, x: Node) -> Node:
    """An odd side's last line stands alone: what is padded is below all numbers."""
    halves, ones, none = [2, 2], [1, 1], [0, 0]
    odd = [side % 2 for side in _size(x)]
    return _out(ops.max_pool(x, halves, ones, none, odd, halves))


@_layer.register
def _(layer: nn.Upsample, x: Node) -> Node:
    """Half-pixel centres are what torch means by not aligning corners."""
    twice, axes = np.array([2, 2], np.float32), np.array([_ROWS, _COLUMNS])
    return _out(
        ops.interpolate(
            x,
            twice,
            mode="linear_onnx",
            shape_calculation_mode="scales",
            coordinate_transformation_mode="half_pixel",
            axes=axes,
        )
    )


@_layer.register
def _(layer: IndependentPairs, x: Node) -> Node:
    batch, channels, *size = x.get_shape()
    side = channels // 2
    first, second = ops.split(x, _axis(1), 2).outputs()
    each = _out(ops.unsqueeze(first, _axis(2)))
    return _shaped(_out(ops.add(each, ops.unsqueeze(second, _axis(1)))), [batch, side**2, *size])


@_layer.register
def _(layer: ChainedPairs, x: Node) -> Node:
    (batch, _, *size), side = x.get_shape(), layer.side
    first, second = ops.variadic_split(x, _axis(1), np.array([side, side**2])).outputs()
    second = _shaped(second, [batch, side, side, *size])
    each = ops.unsqueeze(ops.log_softmax(first, 1), _axis(2))
    return _shaped(_out(ops.add(each, ops.log_softmax(second, 2))), [batch, side**2, *size])


def _hypercolumn(layer: Hypercolumn, levels: list[Node]) -> Node:
    """Return what a hypercolumn makes of levels, the coarsest first."""
    *coarse, finest = levels
    seen = _layer(layer.finest, finest)
    size = np.array(_size(seen))
    for convolution, level in zip(layer.coarse, coarse, strict=True):
        enlarged = ops.interpolate(
            _layer(convolution, level),
            size,
            mode="linear_onnx",
            shape_calculation_mode="sizes",
            coordinate_transformation_mode="half_pixel",
            axes=np.array([_ROWS, _COLUMNS]),
        )
        seen = _out(ops.add(seen, enlarged))
    return _layer(layer.decide, _out(ops.relu(seen)))


def _in_row(layers: nn.Sequential, x: Node) -> Node:
    return _layer.dispatch(nn.Sequential)(layers, x)


def _convolved(layer: nn.Conv2d, x: Node, begin: list[int]) -> Node:
    """Return x convolved; begin: how many zeros stand above and to the left of it."""
    weight, end = layer.weight, _padding(layer)
    stride, dilation = list(layer.stride), list(layer.dilation)
    if layer.groups > 1:
        grouped = _constant(weight.reshape(layer.groups, -1, *weight.shape[1:]))
        convolved = ops.group_convolution(x, grouped, stride, begin, end, dilation)
    else:
        convolved = ops.convolution(x, _constant(weight), stride, begin, end, dilation)
    return _plus(convolved, layer.bias)


def _padding(layer: nn.Conv2d | nn.ConvTranspose2d) -> list[int]:
    """Return how many zeros stand above and to the left of a layer's input."""
    assert not isinstance(layer.padding, str)
    return list(layer.padding)


def _dense(layer: nn.Linear, x: Node) -> Node:
    """Return what a linear layer makes of x (B, C, 1, 1): it is a 1x1 convolution."""
    weight = _constant(layer.weight[..., None, None])
    return _plus(ops.convolution(x, weight, [1, 1], [0, 0], [0, 0], [1, 1]), layer.bias)


def _plus(node: openvino.Node, bias: torch.Tensor | None) -> Node:
    if bias is None:
        return _out(node)
    return _out(ops.add(node, _constant(bias.reshape(1, -1, 1, 1))))


def _trimmed(x: Node, size: tuple[int, int]) -> Node:
    """Return the part of x at its top left that has a size (h, w)."""
    if _size(x) == size:
        return x
    begin, step = np.array([0, 0]), np.array([1, 1])
    return _out(ops.slice(x, begin, np.array(size), step, np.array([_ROWS, _COLUMNS])))


def _size(x: Node) -> tuple[int, int]:
    """Return the height and width of x."""
    _, _, height, width = x.get_shape()
    return height, width


def _constant(tensor: torch.Tensor) -> openvino.Node:
    return ops.constant(tensor.detach().numpy(), shared_memory=True)


def _shaped(x: Node, shape: list[int]) -> Node:
    return _out(ops.reshape(x, np.array(shape), special_zero=False))


def _axis(number: int) -> openvino.Node:
    return ops.constant(np.int64(number))


def _number(value: float) -> openvino.Node:
    return ops.constant(np.float32(value))


def _out(node: openvino.Node) -> Node:
    return node.output(0)
