"""Signatures and sealed texts of the fleet."""

from __future__ import annotations

import base64
import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from station.core.errors import FleetMessageError
from station.signing import KEY_BYTES, Identity, seal, verify

# RFC 8032, 7.1, TEST 1: private and public key.
PRIVATE = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

NUMBER = "41010519900307123X"
WINDOW = "zz.hall-2.window-1"


@pytest.fixture
def identity() -> Identity:
    return Identity.from_bytes(PRIVATE + bytes(range(1, 1 + KEY_BYTES)))


def test_the_public_key_is_that_of_the_rfc(identity: Identity) -> None:
    assert base64.b64decode(identity.signing_key) == PUBLIC


def test_a_signature_is_made_over_kind_addressee_and_body(identity: Identity) -> None:
    signed = identity.sign("assign", WINDOW, b'{"v":1}')
    over = b'[1,"assign","zz.hall-2.window-1","{\\"v\\":1}"]'
    Ed25519PublicKey.from_public_bytes(PUBLIC).verify(base64.b64decode(signed.signature), over)
    assert verify(signed, identity.signing_key) == b'{"v":1}'


@pytest.mark.parametrize(
    "change",
    [{"kind": "withdraw"}, {"to": "zz.hall-2.window-2"}, {"body": "{}"}, {"signature": "AAAA"}],
)
def test_a_changed_message_is_refused(identity: Identity, change: dict[str, str]) -> None:
    signed = dataclasses.replace(identity.sign("assign", WINDOW, b'{"v":1}'), **change)
    with pytest.raises(FleetMessageError, match="signature"):
        verify(signed, identity.signing_key)


@pytest.mark.parametrize("key", ["", "AAAA", "not base64", "汉字"])
def test_a_wrong_key_is_refused(identity: Identity, key: str) -> None:
    with pytest.raises(FleetMessageError, match="key"):
        verify(identity.sign("assign", WINDOW, b""), key)


def test_a_number_is_sealed_for_one_window(identity: Identity) -> None:
    sealed = seal(NUMBER.encode(), identity.sealing_key, context="a-1")
    assert NUMBER not in base64.b64decode(sealed).decode("latin-1")
    assert identity.open(sealed, context="a-1").decode() == NUMBER


def test_two_sealed_texts_of_one_number_are_not_equal(identity: Identity) -> None:
    key = identity.sealing_key
    assert seal(b"1", key, context="a") != seal(b"1", key, context="a")


def test_it_opens_for_nobody_else(identity: Identity) -> None:
    sealed = seal(NUMBER.encode(), identity.sealing_key, context="a-1")
    with pytest.raises(FleetMessageError, match="sealed for another"):
        Identity.new().open(sealed, context="a-1")
    with pytest.raises(FleetMessageError, match="sealed for another"):
        identity.open(sealed, context="a-2")


@pytest.mark.parametrize("sealed", ["", "AAAA", "*", base64.b64encode(bytes(80)).decode()])
def test_what_is_no_sealed_text_is_refused(identity: Identity, sealed: str) -> None:
    with pytest.raises(FleetMessageError):
        identity.open(sealed, context="a-1")


def test_keys_are_kept_and_read_back(identity: Identity) -> None:
    again = Identity.from_bytes(identity.to_bytes())
    assert (again.signing_key, again.sealing_key) == (identity.signing_key, identity.sealing_key)
    assert "9d61" not in repr(identity)
    with pytest.raises(FleetMessageError, match="64 bytes"):
        Identity.from_bytes(b"")
