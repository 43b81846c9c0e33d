"""`Task`: what a process must know to make segments of a film."""

from dataclasses import dataclass

from vidcolor.input.frames import Frame, Picture
from vidcolor.jobs.journal import Work
from vidcolor.pipeline.order import Order

INEXACT = "seeking in it is not exact"
"""Why a film can't be divided, where times differ with the place from which it is read."""


class IndivisibleError(Exception):
    """A film turns out not to be the sum of its segments; the message says why."""


@dataclass(frozen=True)
class Task:
    """What a process must know to make segments of a film.

    order: the film. work: what its journal tells. begin: the first frame of the film, or of the
    span that is wanted of it; its planes are not needed. zero: the pts in the source that becomes 0
    in the output. picture: of the film.
    """

    order: Order
    work: Work
    begin: Frame
    zero: int
    picture: Picture
