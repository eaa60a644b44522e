"""Hardware card-production station: one machine, one card at a time, never lost."""

__version__ = "0.1.0"
