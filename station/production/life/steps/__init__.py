"""One module per step of an order's life: what it does, and how its outcome is established.

Each has `run(bench, order)`, which takes the order one step further or raises, and, when its effect
can be unknown, `settle(bench, order, effect)`, which establishes the outcome by the proof of its
kind (docs/explanations/proofs.md).
"""
