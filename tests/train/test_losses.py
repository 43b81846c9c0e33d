"""Losses of regression, of the critic and of the second task against closed forms."""

import pytest
import torch

from vidcolor.train.fit.critic import Critic, critics_loss, deceivers_loss
from vidcolor.train.fit.learner import NO_CLASS, class_loss
from vidcolor.train.fit.regression import HUBER_WIDTH, regression_loss


def slow(name: str, difference: float) -> float:
    """A coordinate's loss."""
    size = abs(difference)
    if name == "l1":
        return size
    if name == "l2" or size <= HUBER_WIDTH:
        return size**2 / 2
    return HUBER_WIDTH * size - HUBER_WIDTH**2 / 2


@pytest.mark.parametrize("name", ["l1", "l2", "huber"])
@pytest.mark.parametrize("masked", [False, True])
def test_the_losses_of_regression(name: str, masked: bool) -> None:
    random = torch.Generator().manual_seed(0)
    target = 2 * torch.rand(2, 3, 4, 5, generator=random) - 1
    answer = target + 0.02 * torch.randn(2, 3, 4, 5, generator=random)
    valid = torch.rand(2, 1, 4, 5, generator=random) < 0.6
    total = count = 0.0
    for b, y, x in torch.cartesian_prod(*map(torch.arange, (2, 4, 5))).tolist():
        if masked and not valid[b, 0, y, x]:
            continue
        differences = (answer - target)[b, :, y, x].tolist()
        total += sum(slow(name, difference) for difference in differences)
        count += 1
    made = regression_loss(name, answer, target, valid if masked else None)
    assert list(map(float, made)) == pytest.approx([total, count], rel=1e-4)


def test_a_critic_that_can_not_tell_loses_a_quarter() -> None:
    """½ (½ - 1)² + ½ (½)² = ¼, and an eighth for the deceiver."""
    half = torch.full((3, 1, 4, 5), 0.5)
    assert float(critics_loss(half, half)) == 0.25
    assert float(deceivers_loss(half)) == 0.125
    assert float(critics_loss(torch.ones(2, 1, 1, 1), torch.zeros(2, 1, 1, 1))) == 0


def test_the_critic_learns_to_tell_and_gives_its_gradient_to_what_was_made() -> None:
    torch.manual_seed(0)
    critic = Critic(2, torch.device("cpu"))
    luma, true = torch.rand(4, 1, 16, 16), torch.rand(4, 2, 16, 16)
    made = torch.zeros(4, 2, 16, 16, requires_grad=True)
    losses = [critic.step(luma, true, made, 0.005) for _ in range(30)]
    assert losses[-1] < 0.1 < losses[0]
    assert made.grad is None
    before = [weights.clone() for weights in critic.model.parameters()]
    critic.deceived(luma, made).backward()
    assert made.grad is not None
    assert made.grad.abs().sum() > 0
    assert all(map(torch.equal, before, critic.model.parameters()))
    again = Critic(2, torch.device("cpu"))
    again.load(critic.state())
    assert again.step(luma, true, made, 0.005) == critic.step(luma, true, made, 0.005)


def test_the_critic_judges_patches_of_nine_cells() -> None:
    critic = Critic(2, torch.device("cpu"))
    critic.model.eval()
    colour = torch.zeros(1, 2, 31, 31, requires_grad=True)
    critic(torch.zeros(1, 1, 31, 31), colour)[0, 0, 8, 8].backward()
    assert colour.grad is not None
    seen = colour.grad[0].abs().sum(0)
    assert int((seen.sum(0) > 0).sum()) == int((seen.sum(1) > 0).sum()) == 9


def test_pictures_without_a_class_are_left_out_of_the_second_task() -> None:
    logits = torch.tensor([[2.0, 0.0, 0.0], [0.0, 5.0, 0.0], [1.0, 1.0, 1.0]])
    total, count = class_loss(logits, torch.tensor([0, NO_CLASS, 2]))
    expected = -logits[0].log_softmax(0)[0] - logits[2].log_softmax(0)[2]
    assert (float(total), float(count)) == (pytest.approx(float(expected)), 2)
    assert list(map(float, class_loss(logits, torch.full((3,), NO_CLASS)))) == [0, 1]
