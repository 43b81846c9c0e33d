"""Dense matching: for each place of a picture the place of another one that is most like it."""

from dataclasses import dataclass

import torch

MOST_PRODUCTS = 1 << 24
"""The most products of two places that are held at once: 64 MiB."""


@dataclass(frozen=True, eq=False)
class Match:
    """Where the things of one picture are in another.

    places: (h, w) int64, for each place the one of the other picture that is most like it, counted
    along that picture's lines. likeness: (h, w), the product of the two places' features, from -1
    to 1. back: (h', w') int64, the other way round. detour: (h, w), how far away, in places, the
    way there and back again ends.
    """

    places: torch.Tensor
    likeness: torch.Tensor
    back: torch.Tensor
    detour: torch.Tensor


def match(features: torch.Tensor, others: torch.Tensor) -> Match:
    """Match all places of a picture with all of another one, both ways, exactly.

    features, others: (C, h, w) and (C, h', w') float32, of length 1 in each place.

    One product of matrices gives the likeness of all pairs, and so the best of either direction.
    Of equally like places the first one counts.
    """
    height, width = features.shape[1:]
    rows, columns = features.flatten(1).T, others.flatten(1)
    there, likeness = [], []
    back = torch.zeros(columns.shape[1], dtype=torch.int64)
    most = torch.full((columns.shape[1],), -torch.inf)
    step = max(1, MOST_PRODUCTS // columns.shape[1])
    for first in range(0, len(rows), step):
        products = rows[first : first + step] @ columns
        best, place = products.max(1)
        likeness.append(best)
        there.append(place)
        best, place = products.max(0)
        better = best > most
        most[better], back[better] = best[better], place[better] + first
    places = torch.cat(there)
    begun, ended = torch.arange(len(rows)), back[places]
    detour = torch.hypot(
        (ended % width - begun % width).float(), (ended // width - begun // width).float()
    )
    shape = height, width
    return Match(
        places=places.reshape(shape),
        likeness=torch.cat(likeness).reshape(shape),
        back=back.reshape(others.shape[1:]),
        detour=detour.reshape(shape),
    )
