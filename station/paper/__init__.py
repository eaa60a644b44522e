"""Output on paper or as a file: slips, lists, spreadsheets."""

from station.core.lists import ListOfRows
from station.paper.lists import print_list
from station.paper.sheets import write_sheet
from station.paper.slips import print_slip


class Papers:
    """Writes lists into files. Implements `station.core.lists.ListPapers`."""

    def sheet(self, listed: ListOfRows) -> bytes:
        """See `ListPapers.sheet`."""
        return write_sheet(listed)


__all__ = ["Papers", "print_list", "print_slip", "write_sheet"]
