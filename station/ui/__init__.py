"""The pages: `/` for the operator, `/diagnostics` for the technician; they work offline."""

from station.ui.pages import install_pages

__all__ = ["install_pages"]
