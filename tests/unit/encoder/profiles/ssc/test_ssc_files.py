import pytest

from station.encoder.profiles.ssc.files import HOLDER_FILE, ISSUER_FILE, Record

#: 人社信息函〔2012〕37号, tables 9 to 12: number, tag, data item, type, length in hex.
EF05 = [
    (1, "01", "卡的识别码", "cn", "10"),
    (2, "02", "卡的类别", "an", "01"),
    (3, "03", "规范版本", "an", "04"),
    (4, "04", "初始化机构编号", "cn", "0C"),
    (5, "05", "发卡日期", "cn", "04"),
    (6, "06", "卡有效期", "cn", "04"),
    (7, "07", "卡号", "an", "09"),
]
EF06 = [
    (1, "08", "社会保障号码", "an", "12"),
    (2, "09", "姓名", "an", "1E"),
    (3, "4E", "姓名扩展", "an", "14"),
    (4, "0A", "性别", "an", "01"),
    (5, "0B", "民族", "cn", "01"),
    (6, "0C", "出生地", "cn", "03"),
    (7, "0D", "出生日期", "cn", "04"),
]


@pytest.mark.parametrize(
    ("file", "sfi", "documented"), [(ISSUER_FILE, 5, EF05), (HOLDER_FILE, 6, EF06)]
)
def test_the_tables_are_the_documents(
    file: tuple[Record, ...], sfi: int, documented: list[tuple[int, str, str, str, str]]
) -> None:
    rows = [(r.number, f"{r.tag:02X}", str(r.coding), f"{r.length:02X}") for r in file]
    assert rows == [(number, tag, *form) for number, tag, _title, *form in documented]
    assert {record.sfi for record in file} == {sfi}


def test_who_owns_a_card_is_told_by_its_numbers_and_the_name() -> None:
    telling = {record.place for record in (*ISSUER_FILE, *HOLDER_FILE) if record.tells_whose}
    assert telling == {"EF05 07", "EF06 08", "EF06 09"}
