"""The command line: parse, call, report. Heavy modules load when a command uses them."""

from vidcolor.cli.main import main

__all__ = ["main"]
