"""`vidcolor train mix`: several weights mixed into one."""

from math import inf, isfinite
from pathlib import Path
from typing import Any

import click

from vidcolor.cli.lazy import lazily
from vidcolor.files import Target

from .options import output_file_option, overwrite_option

with lazily():
    from vidcolor.net import checkpoint

    from .. import mix as mixing


class _Share(click.ParamType):
    """WEIGHTS=SHARE, which becomes (WEIGHTS, SHARE); the share is finite."""

    name = "weights=share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        weights, _, share = value.rpartition("=")
        try:
            parsed = float(share)
        except ValueError:
            parsed = inf
        if not weights or not isfinite(parsed):
            self.fail(f"'{value}' is not WEIGHTS=SHARE, as in film=0.5", param, ctx)
        return weights, parsed


@click.command()
@click.argument("shares", nargs=-1, required=True, type=_Share(), metavar="WEIGHTS=SHARE...")
@output_file_option("Weights to write, a .safetensors file.")
@overwrite_option()
def mix(shares: tuple[tuple[str, float], ...], output: Path, overwrite: bool) -> None:
    """Mix the weights of training stages of which one started from another.

    The shares must sum to 1. The first weights give the decoding defaults and the frequencies of
    the bins.
    """
    for weights, _ in shares:
        target = Target(output, Path(weights), overwrite)  # is none of them
    mixed = mixing.mix([(checkpoint.load(weights), share) for weights, share in shares])
    target.fill(mixed.content())
    click.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB")
