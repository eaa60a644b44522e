"""Card profiles: one sub-package each, discovered on disk, never listed."""
