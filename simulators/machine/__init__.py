"""One simulated card machine: the physical truth, and its faces on real links."""
