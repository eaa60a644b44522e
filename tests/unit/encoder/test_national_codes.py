import pytest

from station.core.errors import (
    CardMismatchError,
    CardMuteError,
    GatewayUnavailableError,
    InputError,
    JournalError,
    PinLastTryError,
    PinLockedError,
    PinRefusedError,
    ReaderBusyError,
    ReaderNotConnectedError,
    StationError,
    StatusWordError,
    TransportClosedError,
    WrongCardError,
    WrongCardReason,
)
from station.encoder.national_codes import UNKNOWN, national_code
from station.words import Table

NOT_SSC = WrongCardReason.NOT_SOCIAL_SECURITY


TEXTS = Table("national-code")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WrongCardError(NOT_SSC, "x"), -1),
        (CardMuteError("x", details={"cause": "no-card"}), -2),
        (TransportClosedError("x"), -3),
        (CardMuteError("x", details={"cause": "no-atr"}), -4),
        (CardMuteError("x"), -4),
        (ReaderNotConnectedError("x"), -11),
        (ReaderBusyError("x"), -11),
        (CardMismatchError("x"), -22),
        (WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "x"), -22),
        (InputError("x"), -23),
        (GatewayUnavailableError("x"), -21),
        (PinRefusedError(0x63C5, "VERIFY PIN"), -51),
        (PinLastTryError(0x63C1, "CHANGE PIN"), -51),
        (PinLockedError(0x63C0, "VERIFY PIN"), -52),
        (PinLockedError(0x6983, "VERIFY PIN"), -52),
        # appendix A: the negative of the status word
        (StatusWordError(0x63C0, "EXTERNAL AUTHENTICATE key 0A"), -25536),
        (StatusWordError(0x63C1, "EXTERNAL AUTHENTICATE key 04"), -25537),
        (StatusWordError(0x63C2, "EXTERNAL AUTHENTICATE key 04"), -25538),
        (StatusWordError(0x6700, "READ"), -26368),
        (StatusWordError(0x6901, "READ"), -26881),
        (StatusWordError(0x6981, "READ"), -27009),
        (StatusWordError(0x6982, "READ"), -27010),
        (StatusWordError(0x6983, "EXTERNAL AUTHENTICATE key 04"), -27011),
        (StatusWordError(0x6984, "READ"), -27012),
        (StatusWordError(0x6985, "READ"), -27013),
        (StatusWordError(0x6988, "RELOAD PIN"), -27016),
        (StatusWordError(0x6A80, "READ"), -27264),
        (StatusWordError(0x6A81, "READ"), -27265),
        (StatusWordError(0x6A82, "READ"), -27266),
        (StatusWordError(0x6A83, "READ"), -27267),
        (StatusWordError(0x6A88, "READ"), -27272),
        (StatusWordError(0x9302, "READ"), -37634),
        (StatusWordError(0x9303, "READ"), -37635),
        (StatusWordError(0x9403, "READ"), -37891),
        (StatusWordError(0x9406, "READ"), -37894),
        (JournalError("x"), UNKNOWN),
    ],
)
def test_each_error_has_the_national_code(error: StationError, code: int) -> None:
    assert national_code(error) == code
    assert (str(code) in TEXTS) is (code != UNKNOWN)


def test_a_code_that_the_appendix_does_not_have_is_the_status_word_all_the_same() -> None:
    assert national_code(StatusWordError(0x6F00, "READ")) == -0x6F00
    assert str(-0x6F00) not in TEXTS


def test_every_code_is_negative() -> None:
    assert all(code == "unknown" or int(code) < 0 for code in TEXTS)
