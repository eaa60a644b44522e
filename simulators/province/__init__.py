"""The province behind every dialect: people, desk, HSM, CA, clerk's pages, faults and control side.

A dialect in `simulators.gateways` brings a `wire.Wire`: how calls and answers are written, and what
the operations and fields are called. Everything else is here, so that a new dialect's simulator
starts with invented people, an encryption machine and every fault that the contract suite orders.

The desk's words (操作, fields, texts of ERR) are those of the dialect that is documented in
docs/explanations/dialect-henan.md. The wire of another dialect translates them.
"""
