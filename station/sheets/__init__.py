"""Lists as spreadsheets; the only home of xlsxwriter."""

from station.sheets.sheet import write_sheet

__all__ = ["write_sheet"]
