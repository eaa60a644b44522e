import pytest

from station.core.masking import without_personal_data


@pytest.mark.parametrize(
    ("text", "sent", "shown"),
    [
        ("测试甲不是本人", ["测试甲", "1"], "***不是本人"),
        ("号码41070219900307002X有误", [], "号码***有误"),
        ("卡6217000000000000018未开户 第1批", ["1"], "卡***未开户 第1批"),
        ("测试甲丁有误", ["测试甲", "测试甲丁"], "***有误"),
        ("两行\n话\x00", [], "两行 话"),
        ("ORA-01034: not available", ["03", "1"], "ORA-01034: not available"),
        ("密码 2468 不对", ["2468"], "密码 *** 不对"),
        ("话" * 200, [], "话" * 120 + "…"),
        ("张\u202e三\u2066不符", [], "张 三 不符"),
    ],
)
def test_a_text_for_people_loses_what_is_personal(text: str, sent: list[str], shown: str) -> None:
    assert without_personal_data(text, sent) == shown
