"""The command line of training; `train` is the group of its commands."""

from .main import train

__all__ = ["train"]
