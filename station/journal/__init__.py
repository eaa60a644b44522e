"""The durable memory of the station; the only package that uses SQLAlchemy."""

from station.journal.store import Journal, open_journal, read_journal
from station.journal.transaction import Transaction

__all__ = ["Journal", "Transaction", "open_journal", "read_journal"]
