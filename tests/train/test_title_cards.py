"""Made-up title cards."""

import numpy as np

from vidcolor.train.data.title_cards import title_card


def test_cards_are_luma_and_no_two_are_alike() -> None:
    random = np.random.default_rng(0)
    cards = np.stack([title_card(48, random) for _ in range(40)])
    assert cards.shape == (40, 48, 48)
    assert cards.dtype == np.float32
    assert cards.min() >= 0
    assert cards.max() <= 1
    assert len(np.unique(cards.reshape(40, -1), axis=0)) == 40
    paper = np.median(cards, (1, 2))
    assert (paper < 0.25).any()
    assert (paper > 0.5).any()


def test_a_card_is_a_function_of_its_generator() -> None:
    one, other = (title_card(64, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one, other)
