"""Parts of the portraits: surface, looks, face, hair."""
