"""The face: templates, photos and fonts in; ribbon panels and their preview out."""

from __future__ import annotations

from station.face.no_face import NoFace
from station.face.renderer import FaceRenderer, default_font_files, load_renderer

__all__ = ["FaceRenderer", "NoFace", "default_font_files", "load_renderer"]
