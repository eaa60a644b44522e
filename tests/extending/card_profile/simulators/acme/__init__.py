"""The invented card in software. It shares nothing with the profile."""

from __future__ import annotations

import random
from typing import Final

from simulators.cards import COUNT_KEYS, CardSimulator, SimulatedCard
from simulators.cards.ssc.authentication import SM4, derive_card_key
from simulators.cards.ssc.bank import luhn_digit
from simulators.master_keys import load_test_keys

TRIES: Final = 3
KEY_OF_HSM: Final = "0094"
OPEN_FILES: Final = (1, 2, 5)


class AcmeCard:
    """One card with its chip. See `SimulatedCard`."""

    def __init__(self, card_id: bytes, historical: bytes, bank_number: str, seed: int) -> None:
        self.card_id = card_id.hex().upper()
        self.atr = b"\x3b\x6d\x00\x00" + historical
        self.counts = dict.fromkeys(COUNT_KEYS, 0)
        self._files = {1: card_id + b"3.00", 2: bank_number.encode(), 3: b"", 4: b"", 5: b""}
        master = next(k.master for k in load_test_keys().values() if k.hsm_address == KEY_OF_HSM)
        self._key = derive_card_key(SM4, master, self.card_id[:6], historical)
        self._rng = random.Random(seed)
        self._tries = TRIES
        self.power_off()

    def power_on(self) -> bytes | None:
        self.power_off()
        self._is_on = True
        self.counts["power_ons"] += 1
        return self.atr

    reset = power_on

    def power_off(self) -> None:
        self._is_on = self._is_selected = self._is_open = False
        self._challenges = [b"", b""]

    def transmit(self, command: bytes) -> bytes:
        answer = self._answer(command) if self._is_on else b""
        if not answer.endswith(b"\x91\x00"):
            self.counts["failures"] += 1
        return answer

    def _answer(self, command: bytes) -> bytes:
        if len(command) < 5 or command[0] != 0x90 or command[2:4] != b"\x00\x00":
            return b"\x6e\x00"
        data = command[5 : 5 + command[4]] if len(command) > 5 else b""
        if command[1] == 0x5A:
            self._is_selected = data == b"\xac\xe0\x01"
        if not self._is_selected:
            return b"\x91\xa0"
        return self._selected(command[1], data)

    def _selected(self, ins: int, data: bytes) -> bytes:
        if ins == 0x0A:
            self._challenges = [self._challenges[1], self._rng.randbytes(8)]
            return self._challenges[1] + b"\x91\x00"
        if ins == 0xAA:
            return self._authenticate(data)
        if ins in (0xBD, 0x3D):
            return self._use_file(data, writes=ins == 0x3D)
        return b"\x91\x00" if ins == 0x5A else b"\x91\x1c"

    def _authenticate(self, data: bytes) -> bytes:
        (original, factor), self._challenges = self._challenges, [b"", b""]
        if not self._tries:
            return b"\x69\x83"
        right = SM4.authentication_data(self._key, factor, original) + original
        self._is_open = bool(factor) and data == right
        self._tries = TRIES if self._is_open else self._tries - 1
        if not self._is_open:
            return bytes([0x63, 0xC0 | self._tries])
        self.counts["authentications"] += 1
        return b"\x91\x00"

    def _use_file(self, data: bytes, *, writes: bool) -> bytes:
        number = data[0] if data else 0
        if number not in self._files or (writes and number < 3):
            return b"\x91\xf0"
        if not self._is_open and (writes or number not in OPEN_FILES):
            return b"\x91\x9d"
        self.counts["writes" if writes else "reads"] += 1
        if not writes:
            return self._files[number] + b"\x91\x00"
        self._files[number] = data[1:]
        return b"\x91\x00"

    def image(self) -> dict[str, object]:
        return {
            "files": {str(number): content.hex() for number, content in self._files.items()},
            "bank_number": self._files[2].decode(),
            "blank": not any(self._files[number] for number in (3, 4, 5)),
        }


def make_blank(
    rng: random.Random, bank_bin: str, serial: int, *, region: str = "410700"
) -> SimulatedCard:
    card_id = bytes.fromhex(region) + bytes.fromhex(f"{serial:08}").rjust(13, b"\xac")
    body = f"{bank_bin}{serial:012}"
    historical = b"ACME\x01" + bytes.fromhex(f"{serial:016}")
    return AcmeCard(card_id, historical, body + luhn_digit(body), rng.getrandbits(32))


SIMULATOR: Final = CardSimulator(name="acme", title="ACME 卡", make_blank=make_blank)
