"""How steady colour is: films in true colour, taken as black and white, coloured and measured.

    python benchmarks/steadiness.py DATA/clips/color/*
    python benchmarks/steadiness.py --every 1,2,3,4,6 --seconds 4 DATA/clips/color/*
    python benchmarks/steadiness.py --representative --seconds 4 DATA/clips/color/*

Each film is colorized without smoothing, with the published kernel, with the defaults and in two
passes, without loss, and measured against the truth as `vidcolor measure` does. With --every it is
colorized with the defaults, once for each number. With --representative it is colorized with the
defaults without and with `--representative`. Prints a table for each film.
"""

import tempfile
from pathlib import Path
from typing import Any

import click

from vidcolor.net.bundled import DEFAULT

COLUMNS = {
    "CDC": ("cdc", ".4f"),
    "flicker": ("flicker", ".3f"),
    "still": ("still_share", ".0%"),
    "warp error": ("warp_error", ".2f"),
    "drift": ("drift", ".2f"),
    "colourfulness": ("colourfulness", ".1f"),
    "PSNR dB": ("psnr", ".2f"),
    "CIEDE2000": ("ciede2000", ".2f"),
}


@click.command()
@click.argument("films", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--weights", default=DEFAULT, show_default=True)
@click.option("--device", default="auto", show_default=True)
@click.option("--every", help="Numbers N, with commas: the network sees one frame in N.")
@click.option("--representative", is_flag=True, help="A frame for each shot.")
@click.option("--seconds", type=float, help="Of each film only its beginning, reduced.")
def main(
    films: tuple[Path, ...],
    weights: str,
    device: str,
    every: str | None,
    representative: bool,
    seconds: float | None,
) -> None:
    """Print the table of each of FILMS."""
    from vidcolor import Colorizer, colorize_file, load
    from vidcolor.hints.file import Hints
    from vidcolor.judge.measure import Figures, measure
    from vidcolor.output.encoders import EncoderSettings
    from vidcolor.temporal.kernel import PUBLISHED, ExponentialDecay

    checkpoint = load(weights)

    def colorizer(**options: Any) -> Colorizer:
        return Colorizer(checkpoint, device=device, **options)

    ways: dict[str, tuple[Colorizer, dict[str, Any]]] = {
        "no smoothing": (colorizer(kernel=ExponentialDecay(window=0), motion=False), {}),
        "published kernel": (colorizer(kernel=PUBLISHED, motion=False), {}),
        "defaults": (colorizer(), {}),
        "`--two-pass`": (colorizer(), {"two_pass": True}),
    }
    if every:
        numbers = map(int, every.split(","))
        ways = {f"`--every {number}`": (colorizer(every=number), {}) for number in numbers}
    if representative:
        chosen = {"hints": Hints(representative=True)}
        ways = {"defaults": (colorizer(), {}), "`--representative`": (colorizer(), chosen)}

    def row(name: str, figures: Figures) -> None:
        values = ((getattr(figures, key), form) for key, form in COLUMNS.values())
        cells = ["" if value is None else format(value, form) for value, form in values]
        click.echo(f"| {name} | {' | '.join(cells)} |")

    for film in films:
        click.echo(f"\n| {film.stem} | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}")
        with tempfile.TemporaryDirectory() as folder:
            truth = film if seconds is None else beginning(film, seconds, Path(folder))
            if not (every or representative):
                row("truth", measure(truth).overall.figures)
            for name, (way, options) in ways.items():
                output = Path(folder) / "coloured.mkv"
                colorize_file(
                    truth, output, way,
                    encoder=EncoderSettings("ffv1"), overwrite=True, **options,
                )  # fmt: skip
                row(name, measure(output, truth).overall.figures)


def beginning(film: Path, seconds: float, folder: Path) -> Path:
    """Write the first seconds of a film's picture into a folder, without loss; return its path.

    More than 480 pixels, the most that films are measured at, are reduced to these.
    """
    import av

    path = folder / f"{film.stem}.mkv"
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        video = source.streams.video[0]
        made = target.add_stream("ffv1", rate=video.guessed_rate)
        scale = min(1, 480 / max(video.width, video.height))
        width, height = (round(side * scale / 2) * 2 for side in (video.width, video.height))
        made.width, made.height, made.pix_fmt = width, height, video.pix_fmt
        for name in ("color_range", "colorspace", "color_primaries", "color_trc"):
            setattr(made.codec_context, name, getattr(video.codec_context, name))
        for frame in source.decode(video):
            if frame.time >= seconds:
                break
            target.mux(made.encode(frame.reformat(width, height, interpolation="AREA")))
        target.mux(made.encode())
    return path


if __name__ == "__main__":
    main()
