"""Card and province agree on every key and message, although they share no code."""

import pytest

from simulators.cards.ssc import SscCard
from simulators.cards.ssc.layout import load_applications, load_layout
from simulators.master_keys import load_test_keys
from simulators.province.hsm import AuthenticationRequest, Hsm, HsmError, MessageRequest
from tests.unit.simulators.cards.ssc.host import REGION, SSSE, Host, blank

FLAGS = {"1.00": "01", "2.00": "01", "3.00": "03"}


class Clerk(Host):
    """Asks the province's encryption machine for everything."""

    def __init__(self, card: SscCard) -> None:
        super().__init__(card)
        self.hsm = Hsm(load_test_keys())
        self.flag = FLAGS[str(card.image()["version"])]

    def authenticated(self, name: str) -> str:
        """Prove a key; the status word."""
        original, factor = self.challenge(), self.challenge()
        key = load_test_keys()[name]
        request = AuthenticationRequest(
            REGION,
            self.card.atr[-13:],
            bytes.fromhex(self.card.card_id),
            self.flag,
            key.hsm_address,
            factor,
            original,
        )
        proof = self.hsm.authenticate(request) + original
        return self.talk(f"008200{key.card_key_id:02X}10{proof.hex()}")

    def message(self, name: str, header: str, plaintext: bytes = b"") -> str:
        """Send a command under secure messaging; the status word."""
        request = MessageRequest(
            REGION,
            self.card.atr[-13:],
            bytes.fromhex(self.card.card_id),
            self.flag,
            load_test_keys()[name].hsm_address,
            self.challenge(),
            bytes.fromhex(header),
            plaintext,
        )
        hidden, mac = self.hsm.protect(request)
        return self.talk(header + hidden.hex() + mac.hex())


@pytest.mark.parametrize("version", FLAGS)
def test_every_external_key_of_the_card(version: str) -> None:
    layout = load_layout(version)
    clerk = Clerk(blank(version))
    clerk.talk(SSSE)
    for key in layout.key:
        if key.use == "external":
            assert clerk.authenticated(key.master_name) == "9000", key.name
    for entry in load_applications(layout.applications):
        assert clerk.talk(f"00A4040006{entry.aid}") == "610A"
        for key in entry.keys:
            if key.use == "external":
                assert clerk.authenticated(key.name) == "9000", key.name


@pytest.mark.parametrize("version", FLAGS)
def test_the_three_steps_of_a_pin_reload(version: str) -> None:
    clerk = Clerk(blank(version))
    clerk.talk(SSSE)
    for _ in range(6):
        clerk.talk("0020000003000000")
    assert clerk.authenticated("PUK") == "9000"
    header = "8424000114" if version == "3.00" else "842400010C"
    assert clerk.message("STK", header, b"\x24\x68\x10") == "9000"
    assert clerk.talk("0020000003246810") == "9000"
    clerk.talk("0020000003000000")
    assert clerk.message("STK", "8424000004") == "9000"
    assert clerk.talk("0020000003246810") == "9000"


@pytest.mark.parametrize("version", FLAGS)
def test_the_blocks(version: str) -> None:
    clerk = Clerk(blank(version))
    clerk.talk(SSSE)
    assert clerk.message("STK", "841E000104") == "9000"
    clerk = Clerk(blank(version))
    clerk.talk(SSSE)
    assert clerk.message("BK", "8416000004") == "9000"
    assert clerk.talk(SSSE) == "6A81"


def test_transport_values_are_no_keys_of_the_province() -> None:
    clerk = Clerk(blank())
    assert "transport" not in load_test_keys()
    with pytest.raises(HsmError):
        clerk.hsm.authenticate(
            AuthenticationRequest(
                REGION, bytes(13), b"\x41\x07\x00" + bytes(13), "03", "", b"", b""
            )
        )
