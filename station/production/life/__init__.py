"""The life of an order: steps, effects with their proofs, recovery, and what stops them."""
