"""The command line: parse, call, report. Everything heavy is imported inside the commands."""

from vidcolor.cli.main import main

__all__ = ["main"]
