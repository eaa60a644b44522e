"""Card profiles: one sub-package each, found by looking, never by listing."""
