"""Every case from the field is proven by a test, and every mark names a case."""

from __future__ import annotations

from docs.field_cases import cases, kinds, tests_by_case


def test_every_case_has_a_test_and_a_kind() -> None:
    proofs = tests_by_case()
    assert [case for case in cases() if not proofs.get(case)] == []
    assert {case[0] for case in cases()} == set(kinds())


def test_every_mark_names_a_case() -> None:
    assert set(tests_by_case()) - set(cases()) == set()
