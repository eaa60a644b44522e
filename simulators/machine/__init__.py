"""One simulated card machine: its physical state, and its interfaces on real links."""
