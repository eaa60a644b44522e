from __future__ import annotations

import httpx
import pytest

from simulators.gateways.henan.server import ProvinceServer
from tests.rigs import web

LI = "410798197511030028"


def test_the_list_shows_everybody_with_their_state(province: ProvinceServer) -> None:
    page = web.get(province.page_url).text
    for text in ("王建国", "欧阳𠮷㛃", "未做正式挂失", "未申请补换卡", "数据已退回", "可制卡"):
        assert text in page


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ({"q": "秀英"}, "李秀英", "王建国"),
        ({"q": "0089"}, "欧阳𠮷㛃", "李秀英"),
        ({"q": "marta"}, "MARTA ELENA KOVALCHUK", "李秀英"),
        ({"situation": "未申请补换卡"}, "刘晓燕", "王建国"),
        ({"q": "没有这样的人"}, "没有符合条件的人员", "王建国"),
        ({"q": "<script>"}, "&lt;SCRIPT&gt;", "<SCRIPT>"),
    ],
)
def test_the_list_is_searched(
    province: ProvinceServer, query: dict[str, str], there: str, absent: str
) -> None:
    page = web.get(province.page_url, params=query).text
    assert there in page
    assert absent not in page


def test_the_clerk_prepares_a_person_with_buttons(province: ProvinceServer) -> None:
    url = f"{province.page_url}person/{LI}"
    for step in ("正式挂失", "补换卡申请", "交费登记", "即制卡标注"):
        form = {"bank": "95588"} if step == "补换卡申请" else {}
        answer = web.post(f"{url}/{step}", data=form)
        assert answer.status_code == 303
        page = web.get(url).text
        assert f"<strong>{step}</strong>：办理成功" in page
    assert "中国工商银行</dd>" in page
    assert "可制卡" in page
    web.post(f"{url}/即制卡标注")
    assert "已做即制卡标注" in web.get(url).text
    assert "已做即制卡标注" not in web.get(url).text, "a message is shown once"


def test_a_photo_is_drawn_when_it_is_wanted(province: ProvinceServer) -> None:
    first = httpx.get(f"{province.page_url}photo/{LI}.jpg", timeout=120.0)
    assert first.headers["content-type"] == "image/jpeg"
    assert first.content == web.get(f"{province.page_url}photo/{LI}.jpg").content
    assert web.get(f"{province.page_url}photo/1.jpg").status_code == 404


def test_the_record_of_calls_is_shown(province: ProvinceServer) -> None:
    assert "还没有调用" in web.get(f"{province.page_url}calls").text
    web.post(f"{province.page_url}person/{LI}/交费登记")
    page = web.get(f"{province.page_url}calls").text
    assert "交费登记" in page
    assert LI not in page


def test_unknown_people_and_steps_are_404(province: ProvinceServer) -> None:
    assert web.get(f"{province.page_url}person/1").status_code == 404
    assert web.post(f"{province.page_url}person/{LI}/作废").status_code == 404
