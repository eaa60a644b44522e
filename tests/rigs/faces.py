"""Faces and portraits as a step makes them of a person's data: opened once, then used."""

from __future__ import annotations

from station.core.faces import FaceRenderer, PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.core.photos import PhotoReport, Portrait


def render_person(
    renderer: FaceRenderer, data: ProductionData, geometry: PrintGeometry, *, duplex: bool
) -> RenderedFace:
    """Open the data's portrait and draw both sides."""
    portrait = renderer.open_photo(data.photo_jpeg)
    return renderer.render(data, portrait, geometry, duplex=duplex)


def unopened(jpeg: bytes) -> Portrait:
    """Return a portrait whose pixels nobody looks at."""
    return Portrait(jpeg, PhotoReport("none", ()), None)


def as_it_came(portrait: Portrait, most_bytes: int) -> bytes:
    """Stand in for what makes a portrait fit the chip: return the file itself."""
    del most_bytes
    return portrait.jpeg
