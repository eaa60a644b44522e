"""Every case from the field is proven by a test, and every mark names a case."""

from __future__ import annotations

from docs import field_cases


def test_every_case_has_a_test_and_a_kind() -> None:
    proofs = field_cases.tests_by_case()
    assert [case for case in field_cases.cases() if not proofs.get(case)] == []
    assert {case[0] for case in field_cases.cases()} == set(field_cases.kinds())


def test_every_mark_names_a_case() -> None:
    assert set(field_cases.tests_by_case()) - set(field_cases.cases()) == set()
