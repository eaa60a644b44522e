"""Making cards: the life of an order, the threads that carry it out, and the use cases above.

Rooms, from the bottom: `life` (steps, effects, recovery), `people` (questions, answers, timers) and
`intake` (reception, reprints), `machine` (the threads), `views` (what is displayed), `services`
(what API, pages and command line call).
"""
