"""The pages: `/` for the operator, `/diagnostics` for the technician. Work offline, no build step."""

from station.ui.pages import install_pages

__all__ = ["install_pages"]
