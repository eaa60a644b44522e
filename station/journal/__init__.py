"""The durable memory of the station; the only home of SQLAlchemy. Source: design.md section 6."""

from station.journal.store import Journal, open_journal, read_journal
from station.journal.transaction import Transaction

__all__ = ["Journal", "Transaction", "open_journal", "read_journal"]
