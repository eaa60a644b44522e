"""The face: templates, photos and fonts in; ribbon panels and their preview out."""

from __future__ import annotations

from station.face.renderer import FaceRenderer, default_font_files, load_renderer

__all__ = ["FaceRenderer", "default_font_files", "load_renderer"]
