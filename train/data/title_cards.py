"""Making up title cards: the one thing in old film that is certainly grey."""

import string

import cv2
import numpy as np

FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
OVERSAMPLING = 2
"""How many times larger cards are drawn; they are then averaged down, as a scanned card is."""


def title_card(side: int, random: np.random.Generator) -> np.ndarray:
    """Make up a title card, or a part of one: (side, side) float32 luma in [0, 1].

    The paper is light or dark and has stains. Most cards carry lines of printed or written text,
    some a frame, and some the black bars beside a narrow picture.
    """
    size = side * OVERSAMPLING
    if random.random() < 0.6:
        paper, ink = random.uniform(0.45, 1), random.uniform(0, 0.3)
    else:
        paper, ink = random.uniform(0, 0.2), random.uniform(0.5, 1)

    written = np.zeros((size, size), np.uint8)
    if random.random() < 0.3:
        inset = int(random.integers(size // 32, size // 8))
        cv2.rectangle(written, (inset, inset), (size - inset, size - inset), 255, 2, cv2.LINE_AA)
    if random.random() < 0.8:
        _write(written, random)

    card = paper + _stains(size, random) + written / np.float32(255) * (ink - paper)
    if random.random() < 0.35:
        left, right = (int(size * share) for share in random.uniform(0, 0.35, 2))
        card[:, :left] = card[:, size - right :] = random.uniform(0, 0.05)
    small = cv2.resize(card, (side, side), interpolation=cv2.INTER_AREA)
    return small.clip(0, 1)


def _write(written: np.ndarray, random: np.random.Generator) -> None:
    """Write lines of meaningless words into `written`, (size, size), as coverage in 0..255."""
    size = len(written)
    font = int(random.choice(FONTS))
    height = size * random.uniform(0.03, 0.15)
    scale = height / cv2.getTextSize("X", font, 1, 1)[0][1]
    thickness = int(random.integers(1, 2 + round(height / 12)))
    left = int(random.uniform(-0.1, 0.25) * size)
    baseline = random.uniform(0, 0.6) * size
    for _ in range(random.integers(1, 8)):
        baseline += height * random.uniform(1.5, 2.2)
        words = (_word(random) for _ in range(random.integers(1, 7)))
        corner = (left + int(random.normal(0, height / 3)), int(baseline))
        cv2.putText(written, " ".join(words), corner, font, scale, 255, thickness, cv2.LINE_AA)


def _word(random: np.random.Generator) -> str:
    """Make up a word of 1 to 9 letters, sometimes capitalised."""
    letters = random.choice(list(string.ascii_lowercase), random.integers(1, 10))
    word = "".join(letters)
    return word.capitalize() if random.random() < 0.2 else word


def _stains(size: int, random: np.random.Generator) -> np.ndarray:
    """Return the smooth unevenness of the paper, (size, size) float32 around 0."""
    coarse = random.normal(0, random.uniform(0, 0.05), (int(random.integers(2, 16)),) * 2)
    return cv2.resize(coarse.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
