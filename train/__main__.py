"""`python -m vidcolor.train`, as torchrun wants it."""

from vidcolor.shell import run

from .cli import train

run(train)
