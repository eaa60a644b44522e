"""The life of an order: steps, effects with their proofs, recovery, and its stop conditions."""
