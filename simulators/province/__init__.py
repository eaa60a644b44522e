"""The province behind every dialect: people, desk, HSM, CA, clerk's pages, faults and control API.

A dialect in `simulators.gateways` provides a `wire.Wire`: the encoding of calls and answers, and
the names of operations and fields. Everything else is here, so that a new dialect's simulator
starts with invented people, an encryption machine and every fault that the contract suite uses.

The desk's terms (操作, fields, texts of ERR) are those of the dialect that is documented in
docs/explanations/dialect-henan.md. The wire of another dialect translates them.
"""
