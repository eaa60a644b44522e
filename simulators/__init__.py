"""The simulated world: machine, cards, province. Product-grade, and never imported by `station`."""
