"""Texts of the questions that only a person can answer. Data only; read `operator_text`."""

from __future__ import annotations

from typing import Final

from station.core.orders import OrderStep
from station.core.questions import AnswerKind as A
from station.core.questions import QuestionKind as Q
from station.core.reprints import ReprintReason as R

#: What is asked.
QUESTION_TEXTS: Final[dict[Q, str]] = {
    Q.FACE_IN_DOUBT: ("打印机说不清这张卡印了没有。请打开机盖看卡面：照片和文字都完整印好了吗？"),
    Q.CARD_MISSING: "本任务的卡不在机内该在的位置。请找到这张卡再回答。",
    Q.CARD_HELD: "这张卡还在机内，上面的提示处理好了吗？",
    Q.REPORT_OWED_LONG: "这张卡已写好，省卡管一直没有收到数据。怎么办？",
    Q.PUT_IN: "请把一张预制卡插入读卡器。",
    Q.TAKE_OUT: "请从读卡器取出这张卡。",
    Q.PUT_ASIDE: "请从读卡器取出这张卡，放入废卡盒。",
    Q.FEED_IN_DOUBT: "进卡中断，打印机说不清有没有卡离开进卡槽。请打开机盖，查看通道和进卡槽。",
    Q.RELEASE_IN_DOUBT: "出卡中断，打印机说不清这张卡出去了没有。请查看出卡口和机内，卡在哪里？",
    Q.REJECT_IN_DOUBT: "退卡中断，打印机说不清这张卡进了废卡盒没有。请查看废卡盒和机内，卡在哪里？",
    Q.CARD_NOT_TAKEN: "卡已送到出卡口，还没有人确认取走。卡现在在哪里？",
}

#: Answer -> what stands on the button, and what it will do.
ANSWER_TEXTS: Final[dict[A, tuple[str, str]]] = {
    A.PRINTED: ("已完整印好", "当作已打印，接着出卡；不会再打印。"),
    A.NOT_PRINTED: ("完全没有印", "卡面还是空白，芯片核对无误后重新打印一次。"),
    A.GO_ON: ("处理好了，继续", "制卡站先读卡核对，是本任务的卡才接着做。"),
    A.WAIT: ("继续等待", "卡留在机内，制卡站继续自动回盘。"),
    A.SPOILED: (
        "作废这张卡",
        "机内的卡退到废卡盒，登记作废，并向省卡管回盘失败；不可恢复。",
    ),
    A.DISCARDED: (
        "卡在我手里，已放入废卡盒",
        "机器不动作；登记作废，并向省卡管回盘失败；不可恢复。",
    ),
    A.LOST: (
        "找不到，登记遗失",
        "登记这张卡遗失作废，并向省卡管回盘失败；机器可以做下一张。",
    ),
    A.RELEASE_INACTIVE: (
        "先发未启用的卡",
        "须另一名主管同意：打印后出卡，卡未启用，附未启用凭条；联网后自动回盘。",
    ),
    A.IS_IN: ("已放入", "制卡站先看读卡器里有没有卡，再接着做。"),
    A.IS_OUT: ("已取走", "制卡站先看读卡器是否已空，再接着做。"),
    A.NOT_FED: (
        "没有卡离开进卡槽，或已放回",
        "登记没有进卡；接着做时重新进卡。",
    ),
    A.INSIDE: ("卡还在机内", "制卡站先读卡核对，再重做这一步。"),
    A.AT_OUTLET: (
        "卡已出机，完好",
        "卡在出卡口，或已从机内取出：核对卡面是本人的，登记已出卡；机器不再动作。",
    ),
    A.PUT_BACK: (
        "已放回进卡槽",
        "制卡站把进卡槽里最先进的一张卡送到读写位读卡：是本任务的卡就接着做，不是就从出卡口原样退出。",
    ),
    A.TAKEN: ("持卡人已取走", "登记已取走。"),
    A.KEPT: ("无人领取，已收存", "登记收存，列入次日待领清单。"),
    A.RETRACT: ("收回机内", "打印机把卡收回废卡盒，登记收存，列入次日待领清单。"),
}

#: The classes of reprint by the value of their kind, with what they need.
REPRINT_TEXTS: Final[dict[str, str]] = {
    "face-only": "补打卡面（同一张卡，不写芯片）",
    "chip-only": "重写芯片（同一张卡，不打印；须主管）",
    "full": "重制（新卡；收回已发出的卡须主管）",
}
#: Why.
REASON_TEXTS: Final[dict[R, str]] = {
    R.FACE_UNCLEAR: "卡面打印不清晰",
    R.FACE_COLOUR_OFF: "卡面颜色有偏差",
    R.FACE_DAMAGED: "卡面磨损",
    R.CHIP_DATA_DAMAGED: "芯片数据损坏",
    R.CHIP_DATA_WRONG: "芯片数据有误",
    R.CARD_SPOILED: "上一张已作废",
    R.CARD_DEFECTIVE: "卡片有缺陷，收回作废",
    R.NOT_COLLECTED: "无人领取，收回作废",
}
#: Why a card was spoiled, where it is no error's code.
SPOILED_TEXTS: Final[dict[str, str]] = {
    "": "测试卡，待判定",
    "face-spoiled": "卡面印坏",
    "card-damaged": "卡片损坏",
    "card-lost": "遗失",
    "report-owed-too-long": "数据久未回盘",
    "card-defective": "卡片有缺陷，收回",
    "not-collected": "无人领取，收回",
    "test-passed": "测试卡，合格",
    "test-failed": "测试卡，不合格",
}

#: What is counted of a window's blanks (`station.core.ledger.Counted`) -> its title.
COUNTED_TITLES: Final = {
    "opened": "开包",
    "loaded": "装卡",
    "unloaded": "取出",
    "returned": "退库",
    "fed": "进卡",
    "issued": "发出",
    "spoiled": "废卡",
    "test": "测试卡",
    "refused": "拒用",
    "given_back": "退还",
    "inside": "机内",
}

#: Where an order stands (`station.core.orders.OrderStep`) -> its words on paper.
STEP_TITLES: Final[dict[OrderStep, str]] = {
    OrderStep.ACCEPTED: "已受理",
    OrderStep.DATA_READY: "已获取数据",
    OrderStep.APPROVED: "已核对",
    OrderStep.FED: "已进卡",
    OrderStep.ENCODED: "已写卡",
    OrderStep.REPORTED: "已回盘",
    OrderStep.PRINTED: "已打印",
    OrderStep.PRINTED_OWED: "已打印，待回盘",
    OrderStep.RELEASED: "已出卡",
    OrderStep.RELEASED_OWED: "已出卡，未启用",
    OrderStep.ACTIVATED: "已启用",
    OrderStep.CANCELLED: "已取消",
    OrderStep.SPOILED: "已作废",
}
