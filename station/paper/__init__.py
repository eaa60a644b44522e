"""Output on paper or as a file: slips, lists, spreadsheets."""

from station.paper.lists import print_list
from station.paper.sheets import write_sheet
from station.paper.slips import print_slip

__all__ = ["print_list", "print_slip", "write_sheet"]
