"""Finding a learning rate by watching the loss over a range of rates (ColorUNet 2018)."""

from collections.abc import Iterator, Sequence

from vidcolor.errors import TrainingError

from .trainer import Trainer

LOWEST, HIGHEST = 1e-5, 1.0
"""The rates of the first and of the last step; the factor from one step to the next is constant."""

SMOOTHING = 0.9
"""The share of the past in the moving average of the loss."""

DIVERGED = 1.5
"""How many times its lowest the loss is when the sweep ends."""

SAFETY = 0.3
"""The suggested rate is this share of the rate of the lowest loss, which is about to diverge."""


def sweep(trainer: Trainer, steps: int) -> Iterator[tuple[float, float]]:
    """Train with growing rates; yield (rate, smoothed loss) of each of up to `steps` steps.

    The loss is the exponential moving average of the batches' losses, freed of its bias towards
    the start (Smith 2017 describes the range test). The sweep ends early when the loss diverges.
    Raises TrainingError if the first loss is not finite.
    """
    growth = (HIGHEST / LOWEST) ** (1 / (steps - 1))
    average, lowest = 0.0, float("inf")
    for step, example in enumerate(trainer.examples(range(steps))):
        rate = LOWEST * growth**step
        try:
            now = trainer.step(example, rate)
        except TrainingError:
            if not step:
                raise
            return
        average = SMOOTHING * average + (1 - SMOOTHING) * now
        loss = average / (1 - SMOOTHING ** (step + 1))
        yield rate, loss
        lowest = min(lowest, loss)
        if loss > DIVERGED * lowest:
            return


def suggestion(trials: Sequence[tuple[float, float]]) -> float:
    """Return a rate with a margin below the one at which the loss was lowest."""
    rate, _ = min(trials, key=lambda trial: trial[1])
    return SAFETY * rate
