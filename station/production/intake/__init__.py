"""How an order begins: reception, reprints, and whether this machine can make it."""
