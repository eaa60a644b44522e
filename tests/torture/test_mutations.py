"""Every deliberate break of a rule is caught: without this the torture would prove nothing."""

from __future__ import annotations

import pytest

from tests.torture.mutation import Mutation
from tests.torture.mutations import MUTATIONS, caught_by


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_broken_rule_is_caught(mutation: Mutation) -> None:
    caught = caught_by(mutation)
    assert caught is not None, f"nothing noticed: {mutation.name}"
