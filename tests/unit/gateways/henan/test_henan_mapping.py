import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import pytest

from station.core.cards import ChipData
from station.core.certificates import CertificateData
from station.core.characters import plain_text
from station.core.errors import ConfigError, RejectionReason
from station.gateways.henan import GATEWAY
from station.gateways.henan.mapping import FILE, parse_dialect, read_dialect

VECTORS = Path(__file__).parents[3] / "vectors" / "henan"
TEXT = FILE.read_text(encoding="utf-8")
TEXTS: list[dict[str, Any]] = tomllib.loads((VECTORS / "texts.toml").read_text(encoding="utf-8"))[
    "text"
]
UNLISTED: list[str] = tomllib.loads((VECTORS / "texts.toml").read_text(encoding="utf-8"))[
    "unlisted"
]


@pytest.mark.parametrize("vector", TEXTS, ids=lambda vector: ascii(vector["text"]))
def test_what_a_text_means(vector: dict[str, Any]) -> None:
    refusal = read_dialect().refusal(vector.get("operation", "query_batch"), vector["text"])
    assert refusal is not None
    assert refusal.reason == RejectionReason(vector["reason"])
    assert refusal.meaning == vector.get("meaning", "")


@pytest.mark.field_case("A2")
@pytest.mark.parametrize("operation", read_dialect().operations)
@pytest.mark.parametrize("text", UNLISTED, ids=ascii)
def test_a_text_that_is_not_listed_is_no_refusal(operation: str, text: str) -> None:
    assert read_dialect().refusal(operation, text) is None
    assert plain_text(text) not in read_dialect().success


def test_every_text_of_the_mapping_is_in_the_vectors() -> None:
    known = [plain_text(vector["text"]) for vector in TEXTS]
    for refusal in read_dialect().refusals:
        assert any(refusal.fits(refusal.operation, text) for text in known), refusal.text


def test_no_refusal_is_a_success_too() -> None:
    dialect = read_dialect()
    assert dialect.success == {"OK", "00"}
    assert not dialect.success & {refusal.text for refusal in dialect.refusals}


def test_a_longer_prefix_wins_and_an_exact_text_before_it() -> None:
    more = "".join(
        f'[[refusal]]\ntext = "数据{tail}"\nmatch = "{match}"\nreason = "{reason}"\n'
        for tail, match, reason in (
            ("", "prefix", "batch-locked"),
            ("已退回", "exact", "already-reported"),
        )
    )
    dialect = parse_dialect(TEXT.replace("# --- operations ---", more))
    found = [dialect.refusal("report", text) for text in ("数据已退回", "数据已退回: B", "数据缺")]
    assert [refusal and refusal.reason for refusal in found] == [
        RejectionReason.ALREADY_REPORTED,
        RejectionReason.DATA_WITHDRAWN,
        RejectionReason.BATCH_LOCKED,
    ]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('reason = "batch-locked"', 'reason = "batch-loked"'),
        ('match = "exact"', 'match = "suffix"'),
        ('operation = "activate"', 'operations = "activate"'),
        ('name = "获取批次号"', 'title = "获取批次号"'),
        ('success = ["OK", "00"]', 'sucess = ["OK", "00"]'),
        ("[transport]", "[transport]\nretries = 3"),
        ("[codes]", "[codes"),
        ("[reply]", "[replies]"),
    ],
)
def test_a_mapping_with_a_slip_is_refused(good: str, bad: str) -> None:
    with pytest.raises(ConfigError, match=r"mapping\.toml"):
        parse_dialect(TEXT.replace(good, bad, 1))


def test_everything_assumed_is_told_at_the_door() -> None:
    assert len(GATEWAY.unverified) == TEXT.count("\nunverified = ")
    assert all(len(sentence) > 20 and sentence.endswith(".") for sentence in GATEWAY.unverified)
    for assumed in ("加密机外部认证", "查询回盘", "服务银行名称", "withdrawn"):
        assert any(assumed in sentence for sentence in GATEWAY.unverified)


def test_every_value_that_is_received_is_one_that_is_checked() -> None:
    """`production_data` and `certificate_data` check what the mapping names, and need it whole."""
    received = {key: set(operation.receive) for key, operation in read_dialect().operations.items()}
    chip = set(ChipData.__slots__)
    others = {"AAE008", "bank_name", "AAB301", "issuer", "photo"}
    assert received["fetch_data"] == chip | others
    assert received["certify"] == {field.name for field in dataclasses.fields(CertificateData)}
