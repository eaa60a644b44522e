"""One method for each operation; made from OpenAPI by `make docs`: do not edit."""

from __future__ import annotations

from typing import Literal

from station.client import models
from station.client.calling import Calling, quoted


class BatchesCalls(Calling):
    """The cards of many people, applied for by a unit."""

    def get_batch_list(self, number: int) -> bytes:
        """补打印: a list by its number."""
        found: bytes = self.call("GET", f"/batch-lists/{quoted(number)}.pdf", raw=True)
        return found

    def get_batch_list_sheet(self, number: int) -> bytes:
        """补打印: a list as a spreadsheet."""
        found: bytes = self.call("GET", f"/batch-lists/{quoted(number)}.xlsx", raw=True)
        return found

    def take_batch_package(
        self, body: models.PackageFile, *, key: str | None = None
    ) -> models.PackageTaken:
        """数据包导入: a unit's package."""
        found: models.PackageTaken = self.call("POST", "/batch-packages", body=body, key=key)
        return found

    def take_batch_receipt(
        self, body: models.ReceiptFile, *, key: str | None = None
    ) -> models.BatchReceipt:
        """回执: of a part of the results."""
        found: models.BatchReceipt = self.call("POST", "/batch-receipts", body=body, key=key)
        return found

    def list_batches(self, *, limit: int | None = None) -> list[models.BatchView]:
        """The batches, newest first."""
        found: list[models.BatchView] = self.call("GET", "/batches", query={"limit": limit})
        return found

    def add_batch(self, body: models.BatchFile, *, key: str | None = None) -> models.TakenList:
        """批量导入: a list of people, .xlsx or .csv."""
        found: models.TakenList = self.call("POST", "/batches", body=body, key=key)
        return found

    def get_batch_template(self) -> bytes:
        """批量导入模板."""
        found: bytes = self.call("GET", "/batches/template.xlsx", raw=True)
        return found

    def get_batch(self, batch: str) -> models.BatchView:
        """One batch."""
        found: models.BatchView = self.call("GET", f"/batches/{quoted(batch)}")
        return found

    def approve_rows(
        self, batch: str, body: models.ComparedRows, *, key: str | None = None
    ) -> list[models.RowAnswer]:
        """预览核对 of rows of a batch."""
        found: list[models.RowAnswer] = self.call(
            "POST", f"/batches/{quoted(batch)}/approvals", body=body, key=key
        )
        return found

    def decide_rows(
        self, batch: str, body: models.Decisions, *, key: str | None = None
    ) -> list[models.RowAnswer]:
        """确认: pass or fail of rows, with the reason."""
        found: list[models.RowAnswer] = self.call(
            "POST", f"/batches/{quoted(batch)}/decisions", body=body, key=key
        )
        return found

    def get_batch_exceptions(self, batch: str, *, lines: list[int] | None = None) -> bytes:
        """制卡异常数据导出."""
        found: bytes = self.call(
            "GET", f"/batches/{quoted(batch)}/exceptions.xlsx", query={"lines": lines}, raw=True
        )
        return found

    def get_batch_faults(self, batch: str) -> bytes:
        """导入错误清单: the faulty rows with their reasons."""
        found: bytes = self.call("GET", f"/batches/{quoted(batch)}/faults.xlsx", raw=True)
        return found

    def get_batch_forms(self, batch: str, *, lines: list[int] | None = None) -> bytes:
        """确认表."""
        found: bytes = self.call(
            "GET", f"/batches/{quoted(batch)}/forms.pdf", query={"lines": lines}, raw=True
        )
        return found

    def get_handover(self, batch: str) -> bytes:
        """交接单: the cards of a batch that are made."""
        found: bytes = self.call("GET", f"/batches/{quoted(batch)}/handover.pdf", raw=True)
        return found

    def get_handover_sheet(self, batch: str) -> bytes:
        """交接单 as a spreadsheet."""
        found: bytes = self.call("GET", f"/batches/{quoted(batch)}/handover.xlsx", raw=True)
        return found

    def correct_batch(
        self, batch: str, body: models.CorrectedFile, *, key: str | None = None
    ) -> models.TakenList:
        """批量导入: a corrected or further list."""
        found: models.TakenList = self.call(
            "POST", f"/batches/{quoted(batch)}/list", body=body, key=key
        )
        return found

    def list_batch_lists(self, batch: str) -> list[models.BatchList]:
        """明细清单: the lists of a batch."""
        found: list[models.BatchList] = self.call("GET", f"/batches/{quoted(batch)}/lists")
        return found

    def add_batch_list(
        self, batch: str, body: models.ListedRows, *, key: str | None = None
    ) -> models.BatchList:
        """明细清单: put confirmed rows into a list."""
        found: models.BatchList = self.call(
            "POST", f"/batches/{quoted(batch)}/lists", body=body, key=key
        )
        return found

    def get_batch_progress(self, batch: str) -> models.BatchProgress:
        """制卡进度 of a batch."""
        found: models.BatchProgress = self.call("GET", f"/batches/{quoted(batch)}/making")
        return found

    def make_batch(
        self, batch: str, body: models.MakingWish, *, key: str | None = None
    ) -> models.BatchProgress:
        """批量制卡: start, pause or go on."""
        found: models.BatchProgress = self.call(
            "POST", f"/batches/{quoted(batch)}/making", body=body, key=key
        )
        return found

    def get_batch_photos(self, batch: str) -> models.PhotosNow:
        """照片检查: what is missing, doubled, unmatched or unfit."""
        found: models.PhotosNow = self.call("GET", f"/batches/{quoted(batch)}/photos")
        return found

    def take_batch_photos(
        self, batch: str, body: models.PhotosFile, *, key: str | None = None
    ) -> models.PhotosTaken:
        """照片导入: a zip of pictures."""
        found: models.PhotosTaken = self.call(
            "POST", f"/batches/{quoted(batch)}/photos", body=body, key=key
        )
        return found

    def get_photos_list(self, batch: str) -> bytes:
        """照片问题清单."""
        found: bytes = self.call("GET", f"/batches/{quoted(batch)}/photos.xlsx", raw=True)
        return found

    def get_batch_photo(self, batch: str, photo: int) -> bytes:
        """One picture."""
        found: bytes = self.call(
            "GET", f"/batches/{quoted(batch)}/photos/{quoted(photo)}.jpg", raw=True
        )
        return found

    def list_batch_results(self, batch: str) -> list[models.ExportedPart]:
        """报盘数据: the parts that left."""
        found: list[models.ExportedPart] = self.call("GET", f"/batches/{quoted(batch)}/results")
        return found

    def export_batch_results(
        self, batch: str, body: models.Contact, *, key: str | None = None
    ) -> models.ExportedPart:
        """报盘数据导出: results that have not left yet."""
        found: models.ExportedPart = self.call(
            "POST", f"/batches/{quoted(batch)}/results", body=body, key=key
        )
        return found

    def get_result_file(self, batch: str, part: int) -> bytes:
        """报盘数据: the file of a part, for the data centre."""
        found: bytes = self.call(
            "GET", f"/batches/{quoted(batch)}/results/{quoted(part)}.zip", raw=True
        )
        return found

    def list_batch_rows(
        self,
        batch: str,
        *,
        state: models.RowState | None = None,
        line: int | None = None,
        limit: int | None = None,
    ) -> list[models.BatchRow]:
        """Rows of a batch."""
        found: list[models.BatchRow] = self.call(
            "GET",
            f"/batches/{quoted(batch)}/rows",
            query={"state": state, "line": line, "limit": limit},
        )
        return found

    def choose_photo(
        self, batch: str, line: int, body: models.ChosenPhoto, *, key: str | None = None
    ) -> models.BatchRow:
        """选择照片: another picture for one row."""
        found: models.BatchRow = self.call(
            "POST", f"/batches/{quoted(batch)}/rows/{quoted(line)}/photo", body=body, key=key
        )
        return found

    def withdraw_rows(
        self, batch: str, body: models.SeveralRows, *, key: str | None = None
    ) -> list[models.RowAnswer]:
        """撤销 of rows, with the result of each."""
        found: list[models.RowAnswer] = self.call(
            "POST", f"/batches/{quoted(batch)}/withdrawals", body=body, key=key
        )
        return found

    def list_units(self) -> list[models.UnitView]:
        """单位."""
        found: list[models.UnitView] = self.call("GET", "/units")
        return found

    def get_unit(self, unit: str) -> models.UnitView:
        """One unit."""
        found: models.UnitView = self.call("GET", f"/units/{quoted(unit)}")
        return found

    def put_unit(
        self, unit: str, body: models.UnitBody, *, key: str | None = None
    ) -> models.UnitView:
        """申领信息维护: bank, branch and collectors of a unit."""
        found: models.UnitView = self.call("POST", f"/units/{quoted(unit)}", body=body, key=key)
        return found


class CardsCalls(Calling):
    """The state of a person's card at the province."""

    def apply_for_card(
        self, body: models.NewApplication, *, key: str | None = None
    ) -> models.OrderView:
        """补换卡: apply at the province and accept the order."""
        found: models.OrderView = self.call("POST", "/applications", body=body, key=key)
        return found

    def list_card_services(self, *, limit: int | None = None) -> list[models.CardServiceDone]:
        """卡状态业务: the last services, newest first."""
        found: list[models.CardServiceDone] = self.call(
            "GET", "/cards/services", query={"limit": limit}
        )
        return found

    def get_card_service(self, service_id: int) -> models.CardServiceDone:
        """卡状态业务: one service."""
        found: models.CardServiceDone = self.call("GET", f"/cards/services/{quoted(service_id)}")
        return found

    def get_card_receipt(self, service_id: int, *, paper: models.PaperSize | None = None) -> bytes:
        """卡状态业务回执."""
        found: bytes = self.call(
            "GET",
            f"/cards/services/{quoted(service_id)}/receipt.pdf",
            query={"paper": paper},
            raw=True,
        )
        return found

    def look_at_card_state(self, body: models.PersonSearch) -> models.StateView:
        """状态查询: the state of a person's card at the province."""
        found: models.StateView = self.call("POST", "/cards/state", body=body)
        return found

    def change_card_state(
        self,
        state_service: models.StateService,
        body: models.StateChange,
        *,
        key: str | None = None,
    ) -> models.CardServiceDone:
        """临时挂失、正式挂失、解除挂失、注销、启用."""
        found: models.CardServiceDone = self.call(
            "POST", f"/cards/state/{quoted(state_service)}", body=body, key=key
        )
        return found


class CustodyCalls(Calling):
    """Finished cards: where each is, who gave it to whom, and checks."""

    def act_on_cards(
        self, custody_act: models.CustodyAct, body: models.ActOnCards, *, key: str | None = None
    ) -> models.CustodyDocument:
        """交接申请、单位发卡、个人发卡、零星重发、回卡入库、业务回退."""
        found: models.CustodyDocument = self.call(
            "POST", f"/custody/acts/{quoted(custody_act)}", body=body, key=key
        )
        return found

    def receive_card(self, body: models.CardIn, *, key: str | None = None) -> models.FinishedCard:
        """成品卡入库: take a finished card into custody."""
        found: models.FinishedCard = self.call("POST", "/custody/cards", body=body, key=key)
        return found

    def list_moves(self, card: int) -> list[models.CustodyMove]:
        """发卡记录: what was done with a finished card."""
        found: list[models.CustodyMove] = self.call("GET", f"/custody/cards/{quoted(card)}/moves")
        return found

    def list_checks(self, *, limit: int | None = None) -> list[models.CardCheck]:
        """验卡记录."""
        found: list[models.CardCheck] = self.call("GET", "/custody/checks", query={"limit": limit})
        return found

    def check_card(self, body: models.BroughtCard, *, key: str | None = None) -> models.CardCheck:
        """回执验卡、手动验卡: cause and verdict of a card that was brought back."""
        found: models.CardCheck = self.call("POST", "/custody/checks", body=body, key=key)
        return found

    def get_check_receipt(self, check_id: int, *, paper: models.PaperSize | None = None) -> bytes:
        """验卡回执."""
        found: bytes = self.call(
            "GET",
            f"/custody/checks/{quoted(check_id)}/receipt.pdf",
            query={"paper": paper},
            raw=True,
        )
        return found

    def list_documents(self, *, limit: int | None = None) -> list[models.CustodyDocument]:
        """交接单、领卡单: the papers."""
        found: list[models.CustodyDocument] = self.call(
            "GET", "/custody/documents", query={"limit": limit}
        )
        return found

    def decide(
        self, document: int, body: models.HandOverDecision, *, key: str | None = None
    ) -> models.CustodyDocument:
        """交接处理: 审核."""
        found: models.CustodyDocument = self.call(
            "POST", f"/custody/documents/{quoted(document)}/decision", body=body, key=key
        )
        return found

    def note_distribution(
        self, document: int, body: models.Distribution, *, key: str | None = None
    ) -> models.CustodyDocument:
        """回执管理: what a unit has done with its cards."""
        found: models.CustodyDocument = self.call(
            "POST", f"/custody/documents/{quoted(document)}/distribution", body=body, key=key
        )
        return found

    def get_list(self, document: int) -> bytes:
        """打印交接单."""
        found: bytes = self.call("GET", f"/custody/documents/{quoted(document)}/list.pdf", raw=True)
        return found

    def find_cards(
        self, body: models.CardSearch, *, limit: int | None = None
    ) -> list[models.FinishedCard]:
        """发卡记录查询: finished cards by card, person, unit or place."""
        found: list[models.FinishedCard] = self.call(
            "POST", "/custody/search", query={"limit": limit}, body=body
        )
        return found


class DeskCalls(Calling):
    """ID cards, cards in the desk's reader, the holder's PIN."""

    def read_card(self) -> models.DeskCardView:
        """读卡: the card in the desk's reader."""
        found: models.DeskCardView = self.call("POST", "/desk/card")
        return found

    def get_id_card(self) -> models.IdReaderView:
        """读身份证: the last card on the reader."""
        found: models.IdReaderView = self.call("GET", "/desk/id-card")
        return found

    def try_blank(self, *, key: str | None = None) -> models.BlankTried:
        """试读不上电的卡: a blank that was mute in the machine, at the desk's reader."""
        found: models.BlankTried = self.call("POST", "/desk/mute-blank", key=key)
        return found

    def open_order(self, body: models.OrderByCard, *, key: str | None = None) -> models.OrderView:
        """受理 by an ID card."""
        found: models.OrderView = self.call("POST", "/desk/orders", body=body, key=key)
        return found

    def attach_agent(
        self, order: str, body: models.Agent, *, key: str | None = None
    ) -> models.IdentityView:
        """代办人."""
        found: models.IdentityView = self.call(
            "POST", f"/desk/orders/{quoted(order)}/agent", body=body, key=key
        )
        return found

    def attach_holder(
        self, order: str, body: models.HolderCard, *, key: str | None = None
    ) -> models.IdentityView:
        """已读证: the holder's card."""
        found: models.IdentityView = self.call(
            "POST", f"/desk/orders/{quoted(order)}/holder", body=body, key=key
        )
        return found

    def get_identity(self, order: str) -> models.IdentityView:
        """Who stood at the window for an order."""
        found: models.IdentityView = self.call("GET", f"/desk/orders/{quoted(order)}/identity")
        return found

    def confirm_name(self, order: str, *, key: str | None = None) -> models.IdentityView:
        """姓名核对一致."""
        found: models.IdentityView = self.call(
            "POST", f"/desk/orders/{quoted(order)}/name-confirmation", key=key
        )
        return found

    def get_receipt(self, event: int) -> bytes:
        """密码业务回执."""
        found: bytes = self.call("GET", f"/desk/pin-receipts/{quoted(event)}.pdf", raw=True)
        return found

    def serve_pin(
        self, pin_service: models.PinService, body: models.PinRequest, *, key: str | None = None
    ) -> models.PinDone:
        """修改、解锁、重置、校验密码."""
        found: models.PinDone = self.call(
            "POST", f"/desk/pin/{quoted(pin_service)}", body=body, key=key
        )
        return found

    def issue_temporary_card(
        self, body: models.PersonSearch, *, key: str | None = None
    ) -> models.OrderView:
        """临时卡发放: accept an order for a temporary card."""
        found: models.OrderView = self.call("POST", "/temporary-cards", body=body, key=key)
        return found

    def take_back_temporary_card(self, *, key: str | None = None) -> models.OrderView:
        """临时卡收回: read the card in the desk's reader and take it back."""
        found: models.OrderView = self.call("POST", "/temporary-cards/return", key=key)
        return found

    def discard_temporary_card(self, order: str, *, key: str | None = None) -> models.OrderView:
        """此卡不能用: put a temporary card aside."""
        found: models.OrderView = self.call(
            "POST", f"/temporary-cards/{quoted(order)}/discard", key=key
        )
        return found

    def get_temporary_receipt(self, order: str, *, paper: models.PaperSize | None = None) -> bytes:
        """临时卡回执."""
        found: bytes = self.call(
            "GET", f"/temporary-cards/{quoted(order)}/receipt.pdf", query={"paper": paper}, raw=True
        )
        return found

    def write_temporary_card(
        self, order: str, body: models.TemporaryCardWrite, *, key: str | None = None
    ) -> models.OrderView:
        """写临时卡: write the card in the desk's reader, of 发放 or 重写."""
        found: models.OrderView = self.call(
            "POST", f"/temporary-cards/{quoted(order)}/write", body=body, key=key
        )
        return found


class DoorsCalls(Calling):
    """People log in, web pages are paired."""

    def ask_for_pairing(self) -> models.AskedPairing:
        """配对: a page asks to be paired."""
        found: models.AskedPairing = self.call("POST", "/pairings")
        return found

    def get_pairing(self, pairing: str) -> models.PairedPage:
        """Has a person confirmed the page?."""
        found: models.PairedPage = self.call("GET", f"/pairings/{quoted(pairing)}")
        return found

    def close_session(self) -> None:
        """退出: end the session."""
        self.call("DELETE", "/session")

    def get_session(self) -> models.WhoIsCalling:
        """Who is calling."""
        found: models.WhoIsCalling = self.call("GET", "/session")
        return found

    def open_session(self, body: models.Login) -> models.OpenedSession:
        """登录: open a session for a person."""
        found: models.OpenedSession = self.call("POST", "/session", body=body)
        return found

    def open_card_session(self, body: models.CardLogin) -> models.OpenedSession:
        """刷卡登录: open a session for the holder of the card in the reader."""
        found: models.OpenedSession = self.call("POST", "/session/card", body=body)
        return found


class LedgerCalls(Calling):
    """Every blank: stock, shifts, spoiled cards, cards not taken, test cards."""

    def destroy(
        self, card: int, body: models.Witness, *, key: str | None = None
    ) -> models.CardRecord:
        """废卡销毁: two people."""
        found: models.CardRecord = self.call(
            "POST", f"/ledger/cards/{quoted(card)}/destroy", body=body, key=key
        )
        return found

    def list_not_taken(self) -> list[models.CardRecord]:
        """待领: finished cards that nobody took."""
        found: list[models.CardRecord] = self.call("GET", "/ledger/not-taken")
        return found

    def get_shift(self) -> models.ShiftReport:
        """交接班: the open shift."""
        found: models.ShiftReport = self.call("GET", "/ledger/shift")
        return found

    def close_shift(self, body: models.Counts, *, key: str | None = None) -> models.ClosedShift:
        """交班: count and close the shift."""
        found: models.ClosedShift = self.call("POST", "/ledger/shift/close", body=body, key=key)
        return found

    def list_shifts(self, *, limit: int | None = None) -> list[models.ClosedShift]:
        """交班记录: the closed shifts, newest first."""
        found: list[models.ClosedShift] = self.call("GET", "/ledger/shifts", query={"limit": limit})
        return found

    def move_stock(self, body: models.Moved, *, key: str | None = None) -> models.ShiftReport:
        """Blanks opened, loaded, unloaded or returned."""
        found: models.ShiftReport = self.call("POST", "/ledger/stock", body=body, key=key)
        return found

    def print_test_card(self, *, key: str | None = None) -> models.OrderView:
        """测试卡: print one on a blank."""
        found: models.OrderView = self.call("POST", "/ledger/test-cards", key=key)
        return found

    def judge_test_card(
        self, order: str, body: models.Verdict, *, key: str | None = None
    ) -> models.CardRecord:
        """测试卡合格 / 不合格."""
        found: models.CardRecord = self.call(
            "POST", f"/ledger/test-cards/{quoted(order)}/verdict", body=body, key=key
        )
        return found

    def list_to_destroy(self) -> list[models.CardRecord]:
        """废卡: spoiled and test cards that nobody has destroyed."""
        found: list[models.CardRecord] = self.call("GET", "/ledger/to-destroy")
        return found


class ListsCalls(Calling):
    """Lists that the province has of a batch, and what banks say about its people."""

    def take_bank_answers(self, batch: str, *, key: str | None = None) -> models.BankNow:
        """银行校验数据返回: take the bank's answers."""
        found: models.BankNow = self.call("POST", f"/batches/{quoted(batch)}/bank-answers", key=key)
        return found

    def get_bank_checks(self, batch: str) -> models.BankNow:
        """银行校验: how many rows the bank has answered about."""
        found: models.BankNow = self.call("GET", f"/batches/{quoted(batch)}/bank-checks")
        return found

    def send_rows_to_bank(
        self, batch: str, body: models.ListedRows, *, key: str | None = None
    ) -> list[models.RowAnswer]:
        """银行校验: send confirmed rows."""
        found: list[models.RowAnswer] = self.call(
            "POST", f"/batches/{quoted(batch)}/bank-checks", body=body, key=key
        )
        return found

    def fetch_province_batch(
        self, body: models.ProvinceBatch, *, key: str | None = None
    ) -> models.TakenList:
        """按批次号取名单: the list of a batch number."""
        found: models.TakenList = self.call("POST", "/province-batches", body=body, key=key)
        return found


class OrdersCalls(Calling):
    """One order is one card for one person."""

    def search_orders(self, body: models.Search) -> models.FoundOrders:
        """查询: orders by person, day, step and kind."""
        found: models.FoundOrders = self.call("POST", "/order-search", body=body)
        return found

    def list_orders(
        self,
        *,
        limit: int | None = None,
        before: str | None = None,
        step: models.OrderStep | None = None,
        kind: models.OrderKind | None = None,
        day: str | None = None,
    ) -> list[models.OrderSummary]:
        """Newest orders."""
        found: list[models.OrderSummary] = self.call(
            "GET",
            "/orders",
            query={"limit": limit, "before": before, "step": step, "kind": kind, "day": day},
        )
        return found

    def create_order(self, body: models.NewOrder, *, key: str | None = None) -> models.OrderView:
        """受理: accept an order."""
        found: models.OrderView = self.call("POST", "/orders", body=body, key=key)
        return found

    def get_order(self, order: str) -> models.OrderView:
        """One order."""
        found: models.OrderView = self.call("GET", f"/orders/{quoted(order)}")
        return found

    def answer_question(
        self,
        order: str,
        body: models.PersonsAnswer,
        *,
        key: str | None = None,
        seen: str | None = None,
    ) -> models.OrderView:
        """Answer the order's question."""
        found: models.OrderView = self.call(
            "POST", f"/orders/{quoted(order)}/answer", body=body, key=key, seen=seen
        )
        return found

    def cancel_order(
        self, order: str, *, key: str | None = None, seen: str | None = None
    ) -> models.OrderView:
        """撤销."""
        found: models.OrderView = self.call(
            "POST", f"/orders/{quoted(order)}/cancel", key=key, seen=seen
        )
        return found

    def get_events(self, order: str, *, after: int | None = None) -> list[models.EventRecord]:
        """The history of one order."""
        found: list[models.EventRecord] = self.call(
            "GET", f"/orders/{quoted(order)}/events", query={"after": after}
        )
        return found

    def get_person(self, order: str) -> models.PersonView:
        """此人的任务和卡: the person of an order, and every order of theirs."""
        found: models.PersonView = self.call("GET", f"/orders/{quoted(order)}/person")
        return found

    def waive_photo_rules(
        self,
        order: str,
        body: models.PhotoWaiver,
        *,
        key: str | None = None,
        seen: str | None = None,
    ) -> models.OrderView:
        """主管放行: let the picture pass."""
        found: models.OrderView = self.call(
            "POST", f"/orders/{quoted(order)}/photo-waiver", body=body, key=key, seen=seen
        )
        return found

    def get_preview(self, order: str, side: Literal["front", "back"]) -> bytes:
        """预览."""
        found: bytes = self.call(
            "GET", f"/orders/{quoted(order)}/preview/{quoted(side)}.png", raw=True
        )
        return found

    def reprint(
        self,
        order: str,
        body: models.NewReprint,
        *,
        key: str | None = None,
        seen: str | None = None,
    ) -> models.OrderView:
        """补打卡面, 重写芯片, 重制."""
        found: models.OrderView = self.call(
            "POST", f"/orders/{quoted(order)}/reprints", body=body, key=key, seen=seen
        )
        return found

    def run_order(
        self,
        order: str,
        body: models.RunRequest,
        *,
        wait: float | None = None,
        key: str | None = None,
        seen: str | None = None,
    ) -> models.OrderView:
        """一键制卡."""
        found: models.OrderView = self.call(
            "POST",
            f"/orders/{quoted(order)}/run",
            query={"wait": wait},
            body=body,
            key=key,
            seen=seen,
        )
        return found

    def get_slip(self, order: str) -> bytes:
        """未启用凭条."""
        found: bytes = self.call("GET", f"/orders/{quoted(order)}/slip.pdf", raw=True)
        return found

    def press_step(
        self,
        order: str,
        step: models.OrderStep,
        *,
        wait: float | None = None,
        key: str | None = None,
        seen: str | None = None,
    ) -> models.OrderView:
        """Press one button."""
        found: models.OrderView = self.call(
            "POST",
            f"/orders/{quoted(order)}/steps/{quoted(step)}",
            query={"wait": wait},
            key=key,
            seen=seen,
        )
        return found

    def find_person(self, body: models.PersonSearch) -> models.PersonView:
        """查询: any person by ID number, card number, or a card."""
        found: models.PersonView = self.call("POST", "/people/search", body=body)
        return found

    def list_queue(self) -> list[models.QueuedOrder]:
        """What waits for the machine."""
        found: list[models.QueuedOrder] = self.call("GET", "/queue")
        return found

    def approve_several(
        self, body: models.Approvals, *, key: str | None = None
    ) -> list[models.QueuedApproval]:
        """Approve several orders (预览核对); they are made one after another."""
        found: list[models.QueuedApproval] = self.call("POST", "/queue", body=body, key=key)
        return found


class StationCalls(Calling):
    """The window itself, and the reports that the province is owed."""

    def get_health(self) -> models.Health:
        """Does the process serve?."""
        found: models.Health = self.call("GET", "/health")
        return found

    def get_station(self, *, check: bool | None = None) -> models.StationView:
        """准备: can a card be made now?."""
        found: models.StationView = self.call("GET", "/station", query={"check": check})
        return found

    def reject_left_card(self, *, key: str | None = None) -> models.StationView:
        """Put a card of no order into the reject bin."""
        found: models.StationView = self.call("POST", "/station/reject-left-card", key=key)
        return found

    def get_support_bundle(self) -> bytes:
        """诊断包: what whoever maintains the program asks for."""
        found: bytes = self.call("GET", "/station/support-bundle.zip", raw=True)
        return found

    def list_write_backs(self) -> list[models.WriteBackRecord]:
        """The outbox."""
        found: list[models.WriteBackRecord] = self.call("GET", "/write-backs")
        return found

    def export_write_backs(
        self, body: models.ExportRequest, *, key: str | None = None
    ) -> models.ExportedReports:
        """数据回盘 as a file for the data centre."""
        found: models.ExportedReports = self.call("POST", "/write-backs/export", body=body, key=key)
        return found

    def take_receipts(
        self, body: models.ReceiptsFile, *, key: str | None = None
    ) -> models.TakenReceipts:
        """Take over the data centre's receipts."""
        found: models.TakenReceipts = self.call("POST", "/write-backs/receipts", body=body, key=key)
        return found

    def retry_write_backs(self, *, key: str | None = None) -> list[models.WriteBackRecord]:
        """失败数据回盘."""
        found: list[models.WriteBackRecord] = self.call("POST", "/write-backs/retry", key=key)
        return found


class WebhooksCalls(Calling):
    """Programs that are told of the history."""

    def list_dead_letters(self) -> list[models.DeadLetter]:
        """Events that a receiver has not taken in time."""
        found: list[models.DeadLetter] = self.call("GET", "/dead-letters")
        return found

    def retry_dead_letter(self, letter: int, *, key: str | None = None) -> models.DeadLetter:
        """Send such an event again."""
        found: models.DeadLetter = self.call(
            "POST", f"/dead-letters/{quoted(letter)}/retry", key=key
        )
        return found

    def list_webhooks(self) -> list[models.WebhookRecord]:
        """Receivers of the history."""
        found: list[models.WebhookRecord] = self.call("GET", "/webhooks")
        return found

    def add_webhook(
        self, body: models.NewWebhook, *, key: str | None = None
    ) -> models.AddedWebhook:
        """Add a receiver."""
        found: models.AddedWebhook = self.call("POST", "/webhooks", body=body, key=key)
        return found

    def remove_webhook(self, name: str) -> None:
        """Remove a receiver."""
        self.call("DELETE", f"/webhooks/{quoted(name)}")


class Operations(
    BatchesCalls,
    CardsCalls,
    CustodyCalls,
    DeskCalls,
    DoorsCalls,
    LedgerCalls,
    ListsCalls,
    OrdersCalls,
    StationCalls,
    WebhooksCalls,
):
    """Every operation of the API."""
