"""`Order`: a film that is to be made, as one value that other processes can be given too."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.settings import ColorSettings
from vidcolor.hints.file import Hints
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.hint_pass import hint_settings


@dataclass(frozen=True)
class Part:
    """Says which part of a film is meant.

    start, duration: the span, in seconds, as for `Reader`; both None for all of it. run_up,
    run_out: the frames around it that its color depends on.
    """

    start: Fraction | None = None
    duration: Fraction | None = None
    run_up: int = 0
    run_out: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the film."""
        return self.start is self.duration is None

    def read(
        self,
        source: Path,
        *,
        keep_video: bool = False,
        thorough: bool = False,
        threads: int | None = None,
    ) -> Reader:
        """Open the part of a film; as `Reader`."""
        return Reader(
            source,
            start=self.start,
            duration=self.duration,
            run_up=self.run_up,
            run_out=self.run_out,
            keep_video=keep_video,
            thorough=thorough,
            threads=threads,
        )


@dataclass(frozen=True)
class Order:
    """A film that is to be made."""

    source: Path
    output: Path
    """Its suffix names the container, as for `Writer`."""
    settings: ColorSettings = field(default_factory=ColorSettings)
    """How the film is colored. With `only_gray` shots that have color, as a `FirstPass` tells, keep
    it, in the source's matrix; with `two_pass` the drift that one finds is held down; with
    `split_screen` the left half, as a player shows it, of what gets color stays grey."""
    device: str = "auto"
    """Where it is colored, as in `net.device`."""
    encoder: EncoderSettings = field(default_factory=EncoderSettings)
    """As many threads decode the film as encode it."""
    part: Part = field(default_factory=Part)
    """What of it is colored."""
    keep_video: bool = False
    """Whether further video streams are copied."""
    strict: bool = False
    """Whether what would be left out or lost is an OutputError and damage an InputError, as soon as
    it is known."""
    verify: bool = False
    """Whether the film is read again before it appears and compared with what was written; a note
    tells the outcome, and a difference is an OutputError."""
    keep: bool = False
    """Whether of a film that fails is left what is done; see `WriterOptions`."""
    hints: Hints | None = None
    """What is known of the film's colors; a note tells of marks that don't do what they seem to.
    Without any the film is the very same."""

    def colored_by(self, colorizer: Colorizer) -> ColorSettings:
        """Return how the film is colored, in full, by the colorizer that its settings make.

        Raises as `ColorSettings.of` and `hint_settings`.
        """
        return ColorSettings.of(
            colorizer,
            self.settings.cuts,
            two_pass=self.settings.two_pass,
            only_gray=self.settings.only_gray,
            split_screen=self.settings.split_screen,
            **hint_settings(self.hints),
        )
