"""The scans of a progressive JPEG, followed code by code.

Source: ITU-T T.81 (ISO/IEC 10918-1) annex G: G.1.2.1 DC, G.1.2.2 AC first, G.1.2.3 AC refinement;
    figures G.3 to G.7.

A progressive picture comes in several scans. Each codes a band of coefficients (spectral selection)
down to a bit (successive approximation); later scans of the same band add one bit each. A file that
breaks off between two scans therefore still is a picture, only a coarse one: no decoder complains.
It is whole when every coefficient of every component has been coded down to bit 0.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Final, NamedTuple

BLOCK: Final = 64
NOT_CODED: Final = -1
_MOST_BITS: Final = 13  #: of successive approximation (G.1.1.1.2)
_ZERO_RUN: Final = 15
_LENGTH_SHIFT: Final = 8


class DamagedScanError(ValueError):
    """The picture data breaks off, runs on, or holds a code that no table has."""


class IncompletePictureError(DamagedScanError):
    """Whole scans are missing: what is there can be decoded, but it is not the whole picture."""


class Band(NamedTuple):
    """What a scan codes (B.2.3).

    Attributes:
        first: Ss, the first coefficient in zigzag order; 0 is the mean of the block.
        last: Se.
        high: Ah, the bit that was coded before; 0 in a first scan.
        low: Al, the bit that this scan goes down to.
    """

    first: int
    last: int
    high: int
    low: int


@dataclass(slots=True)
class Progress:
    """What the scans so far have coded of one component.

    Attributes:
        lowest: For each coefficient, the lowest bit that was coded.
        masks: For each block, a bit for each coefficient that is not zero.
    """

    lowest: list[int] = field(default_factory=lambda: [NOT_CODED] * BLOCK)
    masks: list[int] = field(default_factory=list)

    def note(self, band: Band) -> None:
        """Record a scan.

        Raises:
            DamagedScanError: It does not continue where the previous one ended.
        """
        if not (0 <= band.first <= band.last < BLOCK) or (band.first == 0 < band.last):
            raise DamagedScanError(f"no such band of coefficients: {band.first} to {band.last}")
        if band.low > _MOST_BITS or (band.high and band.high != band.low + 1):
            raise DamagedScanError(f"no such step of approximation: {band.high} to {band.low}")
        expected = band.high or NOT_CODED
        for number in range(band.first, band.last + 1):
            if self.lowest[number] != expected:
                raise DamagedScanError(f"the scan of coefficient {number} does not follow")
            self.lowest[number] = band.low

    @property
    def is_complete(self) -> bool:
        """Whether every coefficient was coded to its last bit."""
        return not any(self.lowest)


def follow_first(
    window: array[int], symbols: list[int], band: Band, masks: list[int], blocks: range
) -> int:
    """Follow the first AC scan of a band through one interval; returns the bits it takes.

    Args:
        window: The 16 bits that start at every bit.
        symbols: For each window, length of the code times 256, plus its symbol; 0 for none.
        band: What the scan codes.
        masks: Of the component; its blocks get what becomes non-zero.
        blocks: Which blocks lie in the interval.

    Raises:
        DamagedScanError: A code that no table has, or a coefficient beyond the band.
    """
    position = run_of_ends = 0
    for block in blocks:
        if run_of_ends:
            run_of_ends -= 1
            continue
        number = band.first
        while number <= band.last:
            code = symbols[window[position]]
            if not code:
                raise DamagedScanError(f"no such code at bit {position}")
            position += code >> _LENGTH_SHIFT
            run, size = (code >> 4) & 15, code & 15
            if size:
                number += run
                if number > band.last:
                    raise DamagedScanError(f"a coefficient beyond the band at bit {position}")
                masks[block] |= 1 << number
                position += size
                number += 1
            elif run == _ZERO_RUN:
                number += 16
            else:
                run_of_ends = (1 << run) - 1 + (window[position] >> (16 - run) if run else 0)
                position += run
                break
    if run_of_ends:
        raise DamagedScanError("a run of ends goes beyond the interval")
    return position


def _behind_zeros(mask: int, number: int, last: int, zeros: int) -> tuple[int, int]:
    """Pass over `zeros` zeros; returns where the next zero is, and how many were not zero."""
    corrected = 0
    while number <= last:
        if mask >> number & 1:
            corrected += 1
        elif zeros:
            zeros -= 1
        else:
            break
        number += 1
    return number, corrected


def follow_refinement(
    window: array[int], symbols: list[int], band: Band, masks: list[int], blocks: range
) -> int:
    """Follow an AC refinement scan through one interval; arguments and result as `follow_first`.

    Every coefficient that is non-zero already takes one bit wherever the scan passes over it.

    Raises:
        DamagedScanError: See `follow_first`.
    """
    position = run_of_ends = 0
    whole = (2 << band.last) - (1 << band.first)
    for block in blocks:
        mask = masks[block]
        number = band.first
        while not run_of_ends and number <= band.last:
            code = symbols[window[position]]
            if not code or code & 15 > 1:
                raise DamagedScanError(f"no such code at bit {position}")
            position += code >> _LENGTH_SHIFT
            zeros, size = (code >> 4) & 15, code & 15
            if not size and zeros < _ZERO_RUN:
                run_of_ends = (1 << zeros) + (window[position] >> (16 - zeros) if zeros else 0)
                position += zeros
                break
            number, corrected = _behind_zeros(mask, number, band.last, zeros)
            position += size + corrected  # one sign for what becomes non-zero
            if size:
                if number > band.last:
                    raise DamagedScanError(f"a coefficient beyond the band at bit {position}")
                masks[block] |= 1 << number
            number += 1
        if run_of_ends:
            position += (mask & whole & -(1 << number)).bit_count()
            run_of_ends -= 1
    if run_of_ends:
        raise DamagedScanError("a run of ends goes beyond the interval")
    return position
