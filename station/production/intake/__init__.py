"""How an order is created: reception, reprints, and a check that this machine can make it."""
