"""Settings as one value: into text and back, and by which options they differ from the defaults."""

import json
import shlex
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import pytest

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.controls import OFF, Controls
from vidcolor.colorize.settings import ColorSettings, Cuts
from vidcolor.errors import CheckpointError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding
from vidcolor.temporal.kernel import STEADY

CUTS = (Fraction("1.5"), Fraction(10, 3), Fraction("0.001"))
UNUSUAL = ColorSettings(
    weights="my weights; vidcolor 0.1 weights='x",
    weights_sha256="0f" * 32,
    temperature=0.1 + 0.2,
    rebalance=1 / 3,
    saturation=1.4,
    min_confidence=0.25,
    pool=True,
    working_size=224,
    decay=0.05,
    window=7,
    look_ahead=3,
    motion=False,
    every=4,
    cuts=Cuts(CUTS),
    two_pass=True,
    refine="levin",
    only_gray=True,
    split_screen=True,
    precision="fp32",
    engine="torch",
    batch_size=3,
    hints="5a" * 32,
    hint_size=384,
    like="a still.jpg",
    like_sha256="c3" * 32,
    like_strength=0.7,
    saturation_like=0.35,
    sample=12,
    representative=True,
)
"""No field has its default."""
DECODING = Decoding(0.38, 0.5, 192)
POOLED = replace(DECODING, saturation=1.4, pool=True)


def test_the_unusual_settings_have_no_default() -> None:
    for each in fields(ColorSettings):
        assert getattr(UNUSUAL, each.name) != each.default, each.name


def test_they_come_back_exactly_from_text_and_from_json() -> None:
    options = UNUSUAL.as_options()
    assert ColorSettings.from_options(json.loads(json.dumps(options))) == UNUSUAL
    assert ColorSettings.from_options(ColorSettings().as_options()) == ColorSettings()


@pytest.mark.parametrize("cuts", [Cuts(), Cuts(()), Cuts(CUTS)])
def test_cuts_come_back_in_full(cuts: Cuts) -> None:
    assert Cuts.parse(str(cuts)) == cuts
    assert Cuts(cuts.times, "cuts.txt") == cuts


@pytest.mark.parametrize(
    "before", ["", "Reel 2; ", "vidcolor 0.0.9 weights=old; ", "vidcolor; weights=none; "]
)
def test_they_come_back_from_a_comment_with_others_before_it(before: str) -> None:
    comment = before + UNUSUAL.as_comment("1.2.3")
    assert ColorSettings.from_comment(comment) == ("1.2.3", UNUSUAL)


def test_comments_say_nothing_of_hints_that_nobody_gave() -> None:
    told = replace(UNUSUAL, hints=None, hint_size=None, like=None, like_sha256=None)
    told = replace(told, saturation_like=None, sample=None)
    comment = told.as_comment("1.0")
    assert "hint" not in comment
    assert ColorSettings.from_comment(comment) == ("1.0", told)
    assert ColorSettings.from_comment(comment.replace(" like-strength=0.7", "")) == (
        "1.0",
        replace(told, like_strength=1.0),
    )


def test_films_made_before_there_was_an_option_were_made_without() -> None:
    """Whatever the weights of that name, or the defaults, say by now."""
    comment = UNUSUAL.as_comment("0.1.0")
    for said, changes in ((" pool=on", {"pool": False}), (" every=4", {"every": 1})):
        assert said in comment
        found = ColorSettings.from_comment(comment.replace(said, ""))
        assert found == ("0.1.0", replace(UNUSUAL, **changes))


def test_of_two_comments_the_last_counts() -> None:
    first = replace(UNUSUAL, temperature=0.5).as_comment("1.0")
    second = UNUSUAL.as_comment("2.0")
    assert ColorSettings.from_comment(f"{first}; {second}") == ("2.0", UNUSUAL)


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "a film",
        "vidcolor 0.1.0 tune",
        "vidcolor 0.1.0 weights=film temperature=0.38 cuts=listed precision=bfloat16",
        UNUSUAL.as_comment("1.0").replace(" window=7", ""),
        UNUSUAL.as_comment("1.0").replace("motion=off", "motion=perhaps"),
        UNUSUAL.as_comment("1.0") + " novelty=1",
    ],
)
def test_other_comments_hold_no_settings(comment: str) -> None:
    assert ColorSettings.from_comment(comment) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"temperature": 0.38, "look_ahead": 10, "saturation": 1.0}, ""),
        ({"temperature": 0.2}, "--temperature 0.2"),
        ({"temperature": 1.0, "two_pass": True}, "--temperature 1 --two-pass"),
        ({"window": 4}, "--window 4"),
        ({"motion": False}, "--motion off"),
        ({"every": 5}, "--every 5"),
        ({"every": 3}, ""),
        ({"every": 1}, "--every 1"),
        ({"window": 0, "every": 1}, "--window 0"),
        ({"motion": False, "every": 5}, "--motion off"),
        ({"motion": False, "look_ahead": 10}, "--look-ahead 10 --motion off"),
        ({"window": 0, "look_ahead": 0}, "--window 0"),
        ({"cuts": Cuts(())}, "--cuts off"),
        ({"cuts": Cuts(CUTS, "my cuts.txt")}, "--cuts 'my cuts.txt'"),
        ({"weights": "landscape", "weights_sha256": "00"}, "--weights landscape"),
        ({"hints": "00", "hint_size": 384}, "--hint-size 384"),
        (
            {"like": "a still.jpg", "like_sha256": "00", "like_strength": 0.5},
            "--like 'a still.jpg' --like-strength 0.5",
        ),
        ({"saturation_like": 0.0}, "--saturation-like 0"),
    ],
)
def test_a_command_line_names_what_differs_from_the_defaults(
    changes: dict[str, Any], words: str
) -> None:
    settings = replace(ColorSettings(), **changes)
    assert shlex.join(settings.command_line(DECODING)) == words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"saturation": 1.4, "pool": True}, ""),
        ({"saturation": 1.0}, "--saturation 1"),
        ({"saturation": 0.0, "pool": False}, "--saturation 0 --pool off"),
    ],
)
def test_saturation_and_pooling_are_named_where_the_weights_say_otherwise(
    changes: dict[str, Any], words: str
) -> None:
    settings = replace(ColorSettings(), **changes)
    assert shlex.join(settings.command_line(POOLED)) == words


@pytest.mark.parametrize(
    ("given", "saturation", "pool"),
    [({}, 1.4, True), ({"saturation": 1.0}, 1.0, True), ({"pool": False}, 1.4, False)],
)
def test_what_is_given_takes_the_place_of_what_the_weights_say(
    checkpoint: Checkpoint, tmp_path: Any, given: dict[str, Any], saturation: float, pool: bool
) -> None:
    path = tmp_path / "pooled.safetensors"
    own = replace(checkpoint.decoding, saturation=1.4, pool=True)
    replace(checkpoint, decoding=own).save(path)
    colorizer = ColorSettings(str(path), **given).make_colorizer("cpu")
    assert (colorizer.decoding.saturation, colorizer.decoding.pool) == (saturation, pool)
    told = ColorSettings.of(colorizer, Cuts())
    assert (told.saturation, told.pool) == (saturation, pool)


def test_saturation_of_the_controls_counts_beside_that_of_the_weights(
    checkpoint: Checkpoint,
) -> None:
    decoding = replace(checkpoint.decoding, saturation=1.5)
    colorizer = Colorizer(checkpoint, decoding=decoding, controls=Controls(saturation=0.5))
    assert ColorSettings.of(colorizer, Cuts()).saturation == 0.75


def test_a_colorizer_tells_how_many_frames_it_sees(weights: Any) -> None:
    colorizer = ColorSettings(str(weights), every=4).make_colorizer("cpu")
    assert ColorSettings.of(colorizer, Cuts()).every == colorizer.every == 4


def test_the_defaults_make_the_default_colorizer(checkpoint: Checkpoint, weights: Any) -> None:
    made, default = ColorSettings(str(weights)).make_colorizer("cpu"), Colorizer(checkpoint)
    for name in ("decoding", "controls", "kernel", "motion", "every", "refine", "batch_size"):
        assert getattr(made, name) == getattr(default, name)
    assert (made.kernel, made.controls) == (STEADY, OFF)


def test_a_colorizer_tells_the_settings_that_make_it_again(weights: Any) -> None:
    given = replace(UNUSUAL, weights=str(weights), weights_sha256=None)
    colorizer = given.make_colorizer("cpu")
    names = (
        "hints", "like", "like_sha256", "like_strength", "saturation_like", "sample",
        "representative",
    )  # fmt: skip
    told = ColorSettings.of(
        colorizer,
        given.cuts,
        two_pass=True,
        only_gray=True,
        split_screen=True,
        **{name: getattr(given, name) for name in names},
    )
    expected = replace(given, weights="small", weights_sha256=colorizer.weights_sha256)
    assert told == replace(expected, every=1)  # as motion is off
    again = replace(told, weights=str(weights)).make_colorizer("cpu")
    names = ("decoding", "controls", "kernel", "motion", "every", "refine", "hint_size")
    for name in (*names, "batch_size"):
        assert getattr(again, name) == getattr(colorizer, name)


def test_other_weights_of_that_name_are_refused(weights: Any) -> None:
    settings = ColorSettings(str(weights), weights_sha256="00" * 32)
    with pytest.raises(CheckpointError, match="other weights of that name"):
        settings.make_colorizer("cpu")


def test_networks_are_shared(weights: Any) -> None:
    networks: Any = {}
    first = ColorSettings(str(weights), temperature=0.1).make_colorizer("cpu", networks)
    second = ColorSettings(str(weights), temperature=0.9).make_colorizer("cpu", networks)
    assert first.predictor is second.predictor
