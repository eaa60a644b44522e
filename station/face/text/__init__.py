"""Characters: fonts, their coverage, glyphs as dots, and text set in its room."""
