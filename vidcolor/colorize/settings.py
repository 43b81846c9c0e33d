"""`ColorSettings`: everything that decides how a film is colored, as one value.

It makes the colorizer, writes itself into the comment of the film that is made and reads itself
back from there, and says by which options of the command line it differs from the defaults.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias, get_type_hints

from vidcolor.errors import CheckpointError
from vidcolor.net.bundled import DEFAULT
from vidcolor.temporal.kernel import PUBLISHED, STEADY, ExponentialDecay
from vidcolor.temporal.rhythm import usual_every

if TYPE_CHECKING:
    from vidcolor.colorize.colorizer import Colorizer
    from vidcolor.net.checkpoint import Checkpoint
    from vidcolor.net.decoding import Decoding
    from vidcolor.net.predictor import Predictor

    Networks: TypeAlias = dict[tuple[str, str, str, str], tuple[Checkpoint, Predictor]]

_SWITCH = {False: "off", True: "on"}
_FLAGS = ("two_pass", "only_gray", "split_screen", "representative")
"""Fields whose options take no value."""
_ADDED = {
    "pool": "off", "every": "1", "like-strength": "1", "engine": "torch", "representative": "off",
}  # fmt: skip
"""Options that the comments of older films lack, and what these films were made with."""
_WHEN_ASKED = {"hints", "like", "like-sha256", "saturation-like", "sample", "hint-size"}
"""Options that a comment holds only if they are asked for."""
_DIGESTS = ("weights_sha256", "like_sha256", "hints")
"""Fields that no option sets."""
BOUNDS: dict[str, tuple[float, float]] = {
    "temperature": (0, 4),
    "rebalance": (0, 1),
    "saturation": (0, 4),
    "min_confidence": (0, 1),
    "like_strength": (0, 1),
    "saturation_like": (0, 1),
    "sample": (0, 2**32 - 1),
    "hint_size": (32, 4096),
}
"""The least and the greatest value of fields that are numbers, wherever they are given."""
_MADE_BY = re.compile(r"(?:^|; )vidcolor (\S+) (?=weights=)")


@dataclass(frozen=True)
class Cuts:
    """Says where shots begin.

    times: in seconds from the film's start; None: they are found. file: the name of the file that
    lists them, for a command line; it makes no difference.
    """

    times: tuple[Fraction, ...] | None = None
    file: str = field(default="", compare=False)

    def __str__(self) -> str:
        """auto, off, or the times in full, separated by commas."""
        if self.times is None:
            return "auto"
        return ",".join(map(_exact, self.times)) or "off"

    @classmethod
    def parse(cls, text: str) -> "Cuts":
        """Read what `str` gives. Raises ValueError."""
        if text == "auto":
            return cls()
        return cls(() if text == "off" else tuple(map(Fraction, text.split(","))))


@dataclass(frozen=True)
class ColorSettings:
    """Says how a film is colored: all that decides its chroma but the device that computes it.

    A field that is None is decided by the weights or by other fields; `resolved` fills it in.
    """

    weights: str = DEFAULT
    """The name of bundled weights, or a file."""
    weights_sha256: str | None = None
    """Of the weights, as `Checkpoint.sha256`; None: any of that name will do."""
    temperature: float | None = None
    """Of the annealed mean, 0 to 4; None: the weights' own."""
    rebalance: float | None = None
    """How far rare colors are favored, 0 to 1; None: the weights' own."""
    saturation: float | None = None
    """Factor on U and V, 0 to 4; None: the weights' own."""
    min_confidence: float = 0.0
    """Probability of the likeliest bin below which color fades, 0 to 1."""
    pool: bool | None = None
    """Whether places of like luma share what the network believes; None: as the weights say."""
    decay: float = STEADY.decay
    """How fast other frames lose weight in smoothing, α per frame."""
    window: int = STEADY.window
    """Past frames that smoothing takes into account."""
    look_ahead: int | None = None
    """Coming frames that it does; None: as many as suit `motion`, at most the window."""
    motion: bool = True
    """Whether smoothing follows what moves."""
    every: int | None = None
    """The network sees one frame in so many; None: as suits `motion` and `window`; without `motion`
    every frame."""
    cuts: Cuts = Cuts()
    """Where shots begin, and smoothing anew."""
    two_pass: bool = False
    """Whether the film is read beforehand and the drift of its colors taken out."""
    refine: str = "off"
    """Whether color spreads up to the luma's edges: "levin", or "off"."""
    working_size: int | None = None
    """Long side, in pixels, at which the network sees the film; None: the weights' own."""
    precision: str = "auto"
    """Of the network: fp32, bf16, fp16; auto is bf16 where the device computes it natively."""
    engine: str = "auto"
    """Computes the network: torch, or openvino; auto is OpenVINO on a CPU where it is installed."""
    batch_size: int | None = None
    """Frames that go through the network at once; None: as suits the device and the engine."""
    only_gray: bool = False
    """Whether shots that have color keep it."""
    split_screen: bool = False
    """Whether the left half stays grey."""
    hints: str | None = None
    """The digest of the film's hints, as `Hints.sha256`; None where there are none."""
    hint_size: int | None = None
    """Long side, in pixels, at which hints spread; None: the working size."""
    like: str | None = None
    """A picture whose colors every shot is to have as frequent as it; None for none."""
    like_sha256: str | None = None
    """Of that file; None: any of that name will do."""
    like_strength: float = 1.0
    """How far frequencies go from the automatic ones, 0, to those of `like`, 1."""
    saturation_like: float | None = None
    """The mean of HSV's S that every shot is to have, 0 to 1; None for its own."""
    sample: int | None = None
    """The seed by which each shot draws one of its likely answers; None for what they come to."""
    representative: bool = False
    """Whether of each shot the frame that shows most of it gives the others their color."""

    @classmethod
    def of(
        cls,
        colorizer: "Colorizer",
        cuts: Cuts,
        *,
        two_pass: bool = False,
        only_gray: bool = False,
        split_screen: bool = False,
        **hinted: Any,
    ) -> "ColorSettings":
        """Return the settings by which a colorizer colors a film.

        None of them is None but those that nobody asked for. hinted: the fields from `hints` on,
        but `hint_size`; none where there are no hints.
        """
        from vidcolor.net.device import PRECISIONS

        decoding, kernel, controls = colorizer.decoding, colorizer.kernel, colorizer.controls
        names = {dtype: name for name, dtype in PRECISIONS.items()}
        return cls(
            weights=colorizer.name,
            weights_sha256=colorizer.weights_sha256,
            temperature=decoding.temperature,
            rebalance=decoding.rebalance,
            saturation=decoding.saturation * controls.saturation,
            min_confidence=controls.min_confidence,
            pool=decoding.pool,
            working_size=decoding.working_size,
            decay=kernel.decay,
            window=kernel.window,
            look_ahead=kernel.ahead,
            motion=colorizer.motion,
            every=colorizer.every,
            cuts=cuts,
            two_pass=two_pass,
            refine="levin" if colorizer.refine else "off",
            only_gray=only_gray,
            split_screen=split_screen,
            precision=names[colorizer.predictor.precision],
            engine=colorizer.predictor.engine,
            batch_size=colorizer.batch_size,
            hint_size=colorizer.hint_size,
            **hinted,
        )

    def resolved(self, decoding: "Decoding") -> "ColorSettings":
        """Fill in what the weights, whose decoding defaults are given, and other fields decide."""
        look_ahead = min(STEADY.ahead, self.window) if self.motion else PUBLISHED.ahead
        decided: dict[str, Any] = {
            "temperature": decoding.temperature,
            "rebalance": decoding.rebalance,
            "saturation": decoding.saturation,
            "pool": decoding.pool,
            "working_size": decoding.working_size,
            "look_ahead": look_ahead,
        }
        whole = replace(self, **{n: v for n, v in decided.items() if getattr(self, n) is None})
        usual = usual_every(self.motion, self.window)
        return whole if self.every and self.motion else replace(whole, every=usual)

    def make_colorizer(
        self, device: str = "auto", networks: "Networks | None" = None
    ) -> "Colorizer":
        """Load the weights and make the colorizer.

        device: as in `net.device`. networks: those of earlier colorizers, by weights, device,
        precision and engine, are taken from there, and a new one is added. Raises CheckpointError,
        also where the weights are others than `weights_sha256` says, and DeviceError.
        """
        from vidcolor.colorize.colorizer import Colorizer
        from vidcolor.colorize.controls import Controls
        from vidcolor.net.checkpoint import load
        from vidcolor.net.decoding import Decoding

        networks = {} if networks is None else networks
        key = self.weights, device, self.precision, self.engine
        checkpoint, predictor = networks.get(key) or (load(self.weights), None)
        if self.weights_sha256 not in (None, checkpoint.sha256):
            raise CheckpointError(
                f"{self.weights}: these are other weights of that name than the film was made "
                "with; name those with --weights FILE"
            )
        whole = self.resolved(checkpoint.decoding)
        assert whole.temperature is not None
        assert whole.rebalance is not None
        assert whole.saturation is not None
        assert whole.pool is not None
        assert whole.working_size is not None
        assert whole.look_ahead is not None
        colorizer = Colorizer(
            checkpoint,
            decoding=Decoding(
                whole.temperature,
                whole.rebalance,
                whole.working_size,
                whole.saturation,
                whole.pool,
            ),
            controls=Controls(min_confidence=whole.min_confidence),
            kernel=ExponentialDecay(whole.decay, whole.window, whole.look_ahead),
            motion=whole.motion,
            every=whole.every,
            refine=whole.refine == "levin",
            hint_size=whole.hint_size,
            device=device,
            precision=whole.precision,
            engine=whole.engine,
            batch_size=whole.batch_size,
            predictor=predictor,
        )
        # The network as it was loaded takes memory, and is needed no more.
        networks[key] = (
            replace(checkpoint, model=colorizer.predictor.model),
            colorizer.predictor,
        )
        return colorizer

    def as_options(self) -> dict[str, str]:
        """Return the fields that are not None, by the names of their options, as text.

        The text is exact: `from_options` makes an equal value of it.
        """
        return {
            _option(each.name): _text(value)
            for each in fields(self)
            if (value := getattr(self, each.name)) is not None
        }

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> "ColorSettings":
        """Read what `as_options` gives. Raises ValueError."""
        types = {_option(name): (name, kind) for name, kind in get_type_hints(cls).items()}
        if unknown := options.keys() - types.keys():
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        return cls(**{types[o][0]: _parsed(types[o][1], text) for o, text in options.items()})

    def as_comment(self, version: str) -> str:
        """Return a line for the metadata of a film that this version of vidcolor made."""
        settings = (f"{name}={shlex.quote(text)}" for name, text in self.as_options().items())
        return f"vidcolor {version} {' '.join(settings)}"

    @classmethod
    def from_comment(cls, comment: str) -> "tuple[str, ColorSettings] | None":
        """Find the last line of `as_comment` in a film's comment: its version and settings.

        Other comments may stand before it. None where there is none, or an incomplete one.
        """
        complete = {_option(each.name) for each in fields(cls)}
        for found in reversed(list(_MADE_BY.finditer(comment))):
            try:
                pairs = [part.partition("=") for part in shlex.split(comment[found.end() :])]
                options = _ADDED | {name: text for name, _, text in pairs}
                if options.keys() | _WHEN_ASKED == complete:
                    return found[1], cls.from_options(options)
            except ValueError:
                continue
        return None

    def beyond_defaults(self, decoding: "Decoding") -> list[str]:
        """Return the names of the fields that would differ if they were left to their defaults.

        decoding: the defaults that come with the weights.
        """
        whole = self.resolved(decoding)
        names = []
        for each in fields(self):
            default: dict[str, Any] = {each.name: each.default}
            left = replace(self, **default).resolved(decoding)
            if getattr(left, each.name) != getattr(whole, each.name):
                names.append(each.name)
        return [name for name in names if name not in _DIGESTS]

    def command_line(self, decoding: "Decoding") -> list[str]:
        """Return the options, and their values, that ask for these settings, as a shell's words.

        decoding: the defaults that come with the weights.
        """
        whole = self.resolved(decoding)
        words = []
        for name in self.beyond_defaults(decoding):
            words.append(f"--{_option(name)}")
            if name == "cuts" and self.cuts.file:
                words.append(self.cuts.file)
            elif name not in _FLAGS:
                words.append(_text(getattr(whole, name)))
        return words


def _option(name: str) -> str:
    return name.replace("_", "-")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _SWITCH[value]
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _parsed(kind: Any, text: str) -> Any:
    """Read the text of a field by its annotation. Raises ValueError."""
    if kind is Cuts:
        return Cuts.parse(text)
    if kind in (bool, bool | None):
        return list(_SWITCH.values()).index(text) == 1
    for number in (int, float):
        if kind in (number, number | None):
            return number(text)
    return text


def _exact(time: Fraction) -> str:
    """Return a decimal number where that is exact, else a fraction."""
    decimal = _text(float(time))
    return decimal if Fraction(decimal) == time else str(time)
