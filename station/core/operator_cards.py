"""An operator's card or USB key: the interface between the doors and a PIV card in a reader.

Source: NIST SP 800-73-5 part 1 (PIV card application), SP 800-78-5 table 9 (algorithms).
"""

from __future__ import annotations

import enum
from contextlib import AbstractContextManager
from typing import Protocol


class CardKey(enum.Enum):
    """A kind of key that signs for its holder."""

    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    P_256 = "p-256"
    P_384 = "p-384"


class OperatorCard(Protocol):
    """One card, powered and selected, for the time of one `session`."""

    def certificate(self) -> bytes:
        """Return the certificate for authentication (slot 9A), in DER. Needs no PIN.

        Raises:
            OperatorCardRefusedError: There is none, or it is not readable.
        """
        ...

    def verify_pin(self, pin: str, *, spare_last_try: bool) -> None:
        """Prove the holder's PIN to the card. A wrong one uses up a try, irreversibly.

        Args:
            pin: Six to eight digits.
            spare_last_try: Send nothing when one try is left.

        Raises:
            OperatorCardPinError: It is wrong; its subclasses: nothing was sent, or no try is left.
        """
        ...

    def sign(self, key: CardKey, block: bytes) -> bytes:
        """Return what the card's authentication key makes of a block; needs the PIN.

        Args:
            key: The kind of its key.
            block: The digest for an elliptic curve; the padded digest, as long as the key, for RSA.

        Raises:
            OperatorCardRefusedError: The card does not sign.
        """
        ...


class OperatorCardReader(Protocol):
    """The reader for operators' cards; never the machine's. One caller at a time."""

    @property
    def address(self) -> str:
        """Address of the reader, for people."""
        ...

    def check_reader(self) -> None:
        """See `ApduLink.check_reader`."""
        ...

    def session(self) -> AbstractContextManager[OperatorCard]:
        """Power the card and select the PIV application; the card is unpowered afterwards.

        Raises:
            OperatorCardAbsentError: No reader, no card, or another program uses it.
            OperatorCardRefusedError: It is not a PIV card.
        """
        ...

    def close(self) -> None:
        """Release the reader. Safe to call twice."""
        ...
