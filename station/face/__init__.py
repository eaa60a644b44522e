"""The face: templates, photos and fonts in; ribbon panels and their preview out."""

from __future__ import annotations

from station.face.no_face import NoFace
from station.face.renderer import TemplateRenderer, default_font_files, load_face, load_renderer

__all__ = ["NoFace", "TemplateRenderer", "default_font_files", "load_face", "load_renderer"]
