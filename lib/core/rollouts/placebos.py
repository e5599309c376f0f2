"""Deploys that never were: adjacent blocks of equal length inside the deploy windows, as pairs of counts with their exposures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BIN_MIN = 5.0


@dataclass(frozen=True)
class Piece:
    """Counts inside one deploy window by whole bins: counts [cluster, bin], requests [bin]."""

    counts: Floats
    requests: Floats


@dataclass(frozen=True)
class Pairs:
    """Pairs of windows: counts before and after [cluster, pair], exposures [pair], and what counting the exposures adds."""

    before: Floats
    after: Floats
    exposure_before: Floats
    exposure_after: Floats
    extra: Floats

    @property
    def total(self) -> Floats:
        """Return the entries of both sides."""
        return self.before + self.after

    @cached_property
    def surprise(self) -> tuple[Floats, Floats]:
        """Return the variance of `after` given the total if nothing changed, and its squared distance from that."""
        share = (self.exposure_after + 0.5) / (self.exposure_before + self.exposure_after + 1.0)
        return self.total * share * (1.0 - share), (self.after - self.total * share) ** 2


def make_pairs(
    before: Floats, after: Floats, requests: tuple[Floats, Floats], minutes: tuple[Floats, Floats], unit: str
) -> Pairs:
    """Return pairs with the exposure of a unit ("requests" or "minutes")."""
    if unit == "minutes":
        return Pairs(before, after, *minutes, np.zeros_like(minutes[0]))
    return Pairs(before, after, *requests, 1.0 / (requests[0] + 1.0) + 1.0 / (requests[1] + 1.0))


@dataclass(frozen=True)
class Placebos:
    """Adjacent blocks of one length: counts before and after [cluster, pair], requests before and after [pair]."""

    length: float
    counts: tuple[Floats, Floats]
    requests: tuple[Floats, Floats]

    def pairs(self, unit: str) -> Pairs:
        """Return them as pairs with the exposure of a unit."""
        length = np.full(self.requests[0].shape, self.length)
        return make_pairs(*self.counts, self.requests, (length, length), unit)


def find_placebos(pieces: Sequence[Piece], block_min: float) -> Placebos:
    """Return the pairs of adjacent blocks inside the windows, one at least, from the end of each backwards."""
    size, found = int(block_min // BIN_MIN), []
    for piece in pieces:
        blocks = piece.requests.shape[0] // size
        if blocks >= 2:
            used = piece.counts[:, -blocks * size :].reshape(len(piece.counts), blocks, size).sum(2)
            served = piece.requests[-blocks * size :].reshape(blocks, size).sum(1)
            found.append((used[:, :-1], used[:, 1:], served[:-1], served[1:]))
    if not found:
        none = np.zeros((len(pieces[0].counts), 0))
        found = [(none, none, np.zeros(0), np.zeros(0))]
    before, after, asked, answered = (np.concatenate(x, -1) for x in zip(*found, strict=True))
    return Placebos(float(block_min), (before, after), (asked, answered))
