"""The certificate application: PINs, key pairs, certificates, 主控密钥."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from simulators.cards.ssc import Moment, Quirks, TornRecord, from_json, sm2
from simulators.master_keys import load_transport_values
from tests.unit.simulators.cards.ssc.host import Host, blank, cbc, ecb, fold, padded, sm3

Vectors = Callable[[str], dict[str, Any]]
PKI = "00A404000C504B492EC9E7BBE1B1A3D5CF"
ADF = "00A404000C53532E434552542E41444631"
#: What the first pair of certificates.toml unwraps.
ENVELOPE_KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")


class Issuer(Host):
    """A host that knows the transport values."""

    def open(self) -> None:
        """Select the application by both names."""
        assert self.talk(PKI) == "6116"
        assert self.talk(ADF) == "6110"

    def pin(self, reference: str, digits: str, length: int = 16) -> str:
        """Prove a PIN."""
        key = sm3(bytes.fromhex(digits))[:16]
        challenge = self.challenge(length).ljust(16, b"\x00")
        return self.talk(f"002001{reference}10{ecb(SM4(key), challenge).hex()}")

    def user(self) -> str:
        """Prove the user PIN of the transport state."""
        return self.pin("81", load_transport_values().user_pin)

    def admin(self) -> str:
        """Prove the administrator PIN of the transport state."""
        return self.pin("00", load_transport_values().admin_pin)

    def master(self, key: bytes, length: int = 16) -> str:
        """Prove 主控密钥."""
        challenge = self.challenge(length).ljust(16, b"\x00")
        return self.talk(f"0082000010{ecb(SM4(key), challenge).hex()}")

    def under(self, key: bytes, header: str, clear: bytes) -> str:
        """Send clear data encrypted, with a MAC that begins with the challenge."""
        body = ecb(SM4(key), clear)
        head = bytes.fromhex(header) + bytes([len(body) + 4])
        last = cbc(SM4(key), self.challenge(16), padded(head + body, 16))[-16:]
        return self.talk((head + body + fold(last)).hex())


def _issuer(quirks: Quirks | None = None) -> Issuer:
    issuer = Issuer(blank("3.00", quirks))
    issuer.open()
    return issuer


def _new_pin(digits: str) -> bytes:
    return padded(bytes([len(digits) // 2]) + bytes.fromhex(digits), 16)


def _new_master(key: bytes) -> bytes:
    return padded(bytes.fromhex("13000000") + key, 16)


def test_what_selection_answers() -> None:
    issuer = Issuer(blank())
    assert issuer.talk(PKI) == "6116"
    assert issuer.talk("00C0000016") == "6F14840C504B492EC9E7BBE1B1A3D5CF7304920233309000"
    assert issuer.talk("00A4000002DF01") == "6110"  # the application by its id
    assert issuer.talk("00C0000010") == "6F0E840C53532E434552542E414446319000"
    assert issuer.talk(ADF) == "6110"


def test_the_public_key_is_a_point_of_the_curve_and_is_this_cards() -> None:
    keys = set()
    for _ in range(2):
        issuer = _issuer()
        assert issuer.talk("00A40000020012") == "9000"
        answer = bytes.fromhex(issuer.talk("00B0000042"))
        assert (answer[:2], len(answer)) == (b"\xca\x40", 68)
        keys.add(answer[2:66])
    (key,) = keys  # the same card, the same key
    x, y = int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big")
    p = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
    b = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
    assert (y * y - (x * x * x - 3 * x + b)) % p == 0


@pytest.mark.parametrize("length", [8, 16])
@pytest.mark.parametrize(("reference", "who"), [("81", "user_pin"), ("00", "admin_pin")])
def test_a_pin_is_proven_by_its_hash(reference: str, who: str, length: int) -> None:
    issuer = _issuer()
    assert issuer.talk(f"002001{reference}00") == "63C6"
    assert issuer.pin(reference, "999999", length) == "63C5"
    assert issuer.pin(reference, getattr(load_transport_values(), who), length) == "9000"
    assert issuer.talk(f"002001{reference}00") == "9000"
    issuer.talk(ADF)
    assert issuer.talk(f"002001{reference}00") == "63C6"  # counted up again, proven no more


def test_a_pin_locks_and_stays_locked() -> None:
    issuer = _issuer()
    assert [issuer.pin("81", "000000") for _ in range(7)][-2:] == ["63C0", "6983"]
    copy = from_json(issuer.card.to_json())
    copy.power_on()
    again = Issuer(copy)
    again.open()
    assert again.user() == "6983"
    assert again.admin() == "9000"


def test_a_proof_needs_its_own_challenge() -> None:
    issuer = _issuer()
    assert issuer.talk("0020018110" + "00" * 16) == "6984"
    issuer.challenge(4)
    assert issuer.talk("0020018110" + "00" * 16) == "6984"
    assert issuer.talk("0020018108" + "00" * 8) == "6700"
    assert issuer.talk("0020018210" + "00" * 16) == "6A86"
    assert issuer.talk("0020008110" + "00" * 16) == "6A86"
    assert issuer.talk("0020018100") == "63C6"


def test_the_card_hashes_a_pin() -> None:
    issuer = _issuer()
    assert issuer.talk("80C4010305C103123456") == "6120"
    expected = "3DE741F445DD357BEA4E6C3FE6437036F62B5E3EC0F00D62796EDB4305ED627F"  # OpenSSL's
    assert issuer.talk("00C0000020") == expected + "9000"
    assert issuer.talk("80C4010305C104123456") == "6A80"


@pytest.mark.parametrize("file", ["0018", "0019"])
@pytest.mark.parametrize("slice_size", [0x70, 0xFA])
def test_a_certificate_is_written_in_slices(file: str, slice_size: int) -> None:
    certificate = b"\x30\x82\x02\x76" + bytes(number % 253 for number in range(630))
    issuer = _issuer()
    assert issuer.talk(f"00A4000002{file}") == "9000"
    assert issuer.talk("00D6000001AA") == "6982"
    assert issuer.user() == "9000"
    assert issuer.talk(f"00A4000002{file}") == "9000"
    for at in range(0, len(certificate), slice_size):
        part = certificate[at : at + slice_size]
        assert issuer.talk(f"00D6{at:04X}{len(part):02X}{part.hex()}") == "9000"
    read = bytes.fromhex(issuer.talk("00B0000000")[:512] + issuer.talk("00B0010000")[:512])
    assert read == certificate[:512]
    assert issuer.card.counts[f"writes CERT/{file}"] == -(-len(certificate) // slice_size)
    assert issuer.card.image()["blank"] is False


def _import(issuer: Issuer, case: dict[str, str], wrapped: str) -> list[str]:
    """Import the pair of `case`, whose envelope key came wrapped; the status words."""
    answers = [issuer.talk(f"804E000178C2020013C1820070{wrapped}")]
    if answers[-1] != "6110":
        return answers
    key = issuer.talk("00C0000010")
    assert key == ENVELOPE_KEY.hex().upper() + "9000"
    answers.append(issuer.talk(f"804A021012C110{key[:32]}"))
    answers.append(issuer.talk(f"80C2400046C0020014CA40{case['public']}"))
    hidden = ecb(SM4(ENVELOPE_KEY), bytes.fromhex(case["private"])).hex()
    answers.append(issuer.talk(f"80C2C00126C2020015CB20{hidden}"))
    return answers


def _wrapped_for(issuer: Issuer, case: dict[str, str]) -> str:
    """An envelope made by OpenSSL needs a card with the private key of the vector."""
    state = issuer.card._chip.certificates
    assert state is not None
    state.signing_key = bytes.fromhex(case["private"])
    return case["point"] + case["hash"] + case["ciphertext"]


def test_a_key_pair_is_imported(vectors: Vectors) -> None:
    first, second, _ = vectors("certificates")["sm2"]
    issuer = _issuer()
    wrapped = _wrapped_for(issuer, first)
    assert _import(issuer, second, wrapped) == ["6982"]
    assert issuer.user() == "9000"
    assert _import(issuer, second, wrapped) == ["6110", "9000", "9000", "9000"]
    issuer.talk("00A40000020014")
    assert issuer.talk("00B0000042") == "CA40" + second["public"] + "9000"
    copy = from_json(issuer.card.to_json())
    assert copy.to_json() == issuer.card.to_json()
    state = copy._chip.certificates
    assert state is not None
    assert state.decryption_key.hex().upper() == second["private"]
    for hidden in (first["private"], second["private"], ENVELOPE_KEY.hex().upper()):
        assert hidden not in copy.to_json()


def test_a_pair_that_does_not_fit_is_refused(vectors: Vectors) -> None:
    first, second, third = vectors("certificates")["sm2"]
    issuer = _issuer()
    wrapped = _wrapped_for(issuer, first)
    issuer.user()
    mixed = second | {"private": third["private"]}
    assert _import(issuer, mixed, wrapped) == ["6110", "9000", "9000", "6A80"]
    damaged = wrapped[:-2] + f"{int(wrapped[-2:], 16) ^ 1:02x}"
    assert _import(issuer, second, damaged) == ["6A80"]
    issuer.talk(ADF)
    issuer.user()
    hidden = ecb(SM4(ENVELOPE_KEY), bytes.fromhex(second["private"])).hex()
    assert issuer.talk(f"80C2C00126C2020015CB20{hidden}") == "6985"  # no key was sent before


def test_the_card_makes_another_pair_after_the_user_pin() -> None:
    issuer = _issuer()
    issuer.talk("00A40000020012")
    before = issuer.talk("00B0000042")
    assert issuer.talk("8040000008C0020012C2020013") == "6982"
    issuer.user()
    assert issuer.talk("8040000008C0020012C2020014") == "6A80"
    assert issuer.talk("8040000008C0020012C2020013") == "9000"
    issuer.talk("00A40000020012")
    after = issuer.talk("00B0000042")
    assert after != before
    state = issuer.card._chip.certificates
    assert state is not None
    assert sm2.public_of(state.signing_key).hex().upper() == after[4:-4]
    assert issuer.card.image()["blank"] is True  # a key pair alone belongs to no person


@pytest.mark.parametrize("under", ["admin-pin", "master"])
def test_the_administrator_pin_is_changed(under: str) -> None:
    values = load_transport_values()
    keys = {
        "admin-pin": sm3(bytes.fromhex(values.admin_pin))[:16],
        "master": values.adf_master_key,
    }
    issuer = _issuer()
    assert issuer.under(keys[under], "845E0100", _new_pin("27182818")) == "6982"
    assert issuer.admin() == "9000"
    assert issuer.under(bytes(16), "845E0100", _new_pin("27182818")) == "6988"
    assert issuer.under(keys[under], "845E0100", _new_pin("27182818")) == "9000"
    copy = from_json(issuer.card.to_json())
    copy.power_on()
    again = Issuer(copy)
    again.open()
    assert again.admin() == "63C5"
    assert again.pin("00", "27182818") == "9000"
    assert "27182818" not in copy.to_json()


def test_both_master_keys_are_replaced() -> None:
    values = load_transport_values()
    new = {"CERT": bytes(range(16)), "PKI": bytes(range(16, 32))}
    issuer = _issuer()
    for title, old in (("CERT", values.adf_master_key), ("PKI", values.ddf_master_key)):
        issuer.talk(ADF if title == "CERT" else PKI)
        assert issuer.under(old, "84D40100", _new_master(new[title])) == "6982"
        assert issuer.master(old) == "9000"
        assert issuer.under(old, "84D40100", _new_master(new[title])) == "9000"
        assert issuer.master(old) == "63C2"
        assert issuer.master(new[title], length=8) == "9000"
        assert issuer.card.counts[f"writes {title}/MASTER"] == 1
    copy = from_json(issuer.card.to_json())
    copy.power_on()
    again = Issuer(copy)
    again.talk(PKI)
    assert again.master(new["PKI"]) == "9000"
    again.talk(ADF)
    assert again.master(new["CERT"]) == "9000"
    assert new["PKI"].hex().upper() not in copy.to_json()


@pytest.mark.parametrize(
    ("clear", "status"),
    [
        (padded(bytes.fromhex("12000000") + bytes(16), 16), "6A80"),
        (padded(bytes.fromhex("13000000") + bytes(15), 16), "6A80"),
        (bytes(32), "6A80"),
        (padded(bytes.fromhex("13000000"), 16), "6700"),
    ],
)
def test_an_odd_master_key_is_refused(clear: bytes, status: str) -> None:
    old = load_transport_values().adf_master_key
    issuer = _issuer()
    issuer.master(old)
    assert issuer.under(old, "84D40100", clear) == status
    assert issuer.master(old) == "9000"


def test_a_master_key_locks_after_three() -> None:
    issuer = _issuer()
    answers = [issuer.master(bytes(16)) for _ in range(4)]
    assert answers == ["63C2", "63C1", "63C0", "6983"]
    assert issuer.card.counts["authentication_failures"] == 3


def test_commands_of_the_application_are_known_only_there() -> None:
    issuer = Issuer(blank())
    for command in ("8040000008C0020012C2020013", "84D4010024" + "00" * 36):
        assert issuer.talk(command) == "6D00"
    issuer.talk(PKI)
    assert issuer.talk("8040000008C0020012C2020013") == "6985"
    assert issuer.talk("0020018100") == "6985"


def test_keys_of_the_other_application_are_not_known_here() -> None:
    issuer = _issuer()
    issuer.challenge()
    assert issuer.talk("0082000410" + "00" * 16) == "6A86"


def test_no_secret_is_in_an_image() -> None:
    text = blank().to_json()
    values = load_transport_values()
    state = blank()._chip.certificates
    assert state is not None
    assert state.signing_key.hex().upper() not in text
    assert state.user_pin.value.hex().upper() not in text
    assert values.adf_master_key.hex().upper() not in text
    assert values.admin_pin not in text
    for secret in (values, state, blank()._chip):
        assert repr(values.adf_master_key)[2:-1] not in repr(secret)
        assert values.admin_pin not in repr(secret)


@pytest.mark.parametrize("torn", list(TornRecord))
def test_a_torn_master_key_is_the_old_or_the_new(torn: TornRecord) -> None:
    old, new = load_transport_values().adf_master_key, bytes(range(16))
    issuer = _issuer(Quirks(torn_record=torn))
    issuer.master(old)
    issuer.card.tear_in(2, Moment.INSIDE)
    assert issuer.under(old, "84D40100", _new_master(new)) == ""
    issuer.card.power_on()
    issuer.open()
    assert issuer.master(new if torn is TornRecord.NEW else old) == "9000"
