"""The command line that makes the film as *Colorize* on the page does."""

import shlex

from vidcolor.files import default_output
from vidcolor.studio.session import Session


def command(session: Session) -> str:
    """Return it as a shell takes it."""
    source, hints = session.material.path, session.document.path
    words = ["vidcolor", "colorize", str(source)]
    if hints != source.parent / f"{source.stem}.hints.toml":
        words += ["--hints", str(hints)]
    words += session.settings.command_line()
    encoder = session.encoder
    dials = {"encoder": encoder.name, "crf": encoder.crf, "preset": encoder.preset}
    for name, value in dials.items():
        words += [] if value is None else [f"--{name}", str(value)]
    for key, value in encoder.options:
        words += ["--encoder-option", f"{key}={value}"]
    if default_output(source, None).exists():
        words.append("--overwrite")
    return shlex.join(words)
