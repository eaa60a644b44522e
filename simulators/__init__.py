"""The simulated world: machine, cards, province. Product-grade, never imported by `station`."""
