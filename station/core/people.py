"""Who may act: roles of people and programs, and the agreement of a second person."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class Role(enum.StrEnum):
    """What somebody is to this station. A person may have several roles, a program has one."""

    OPERATOR = "operator"  #: makes cards at the window
    SUPERVISOR = "supervisor"  #: agrees to what needs a second person, and pairs web pages
    TECHNICIAN = "technician"  #: machine, reader, test cards; sees no personal data
    AUDITOR = "auditor"  #: reads ledger and history; changes nothing
    PROVINCE_PAGE = "province-page"  #: the province's web page in the clerk's browser
    PROVINCE_SERVER = "province-server"  #: the province's server
    CENTRAL = "central"  #: the city's overview of its windows
    LOCAL = "local-account"  #: the service's own account of this PC, or root, at the command line


#: What a person can be; given by `station operators`.
PEOPLE: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.TECHNICIAN, Role.AUDITOR})
#: What a program can be; given by `station clients`, or by pairing a page.
PROGRAMS: Final = frozenset({Role.PROVINCE_PAGE, Role.PROVINCE_SERVER, Role.CENTRAL})


class ApprovalMethod(enum.StrEnum):
    """How the second person has shown who it is."""

    PASSWORD = "password"  # noqa: S105 - the name of a method
    CARD = "card"  #: an operator's card that has signed, with its PIN


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person's agreement to one act; only `station.access` makes one, after a proof.

    Attributes:
        person: Id of the second person; never the one who acts.
        method: How the second person has shown who it is.
    """

    person: str
    method: ApprovalMethod
