"""The local HTTP API, `/api/v1`: for the provincial system, its web page, and our own pages."""

from station.api.app import create_app

__all__ = ["create_app"]
