"""What the printer families share. It knows no family, and a family never imports another one.

A family writes down what is its own: frames, commands, status bits, and the order in which they are
sent. The kit holds what every `CardPrinter` over a link must do in the same way:

* `driver`: one caller at a time, closing within its promise, the warning about unverified facts;
* `line`: the list of recent exchanges;
* `waiting`: polling a printer at work, and how long to be patient;
* `outcomes`: which error says that nothing moved, that a movement broke off, that it is unknown;
* `reasons`: which reason is named first when several stop the machine;
* `model_file`: the sections of `models/<model>.toml` that every family has, and reading them.

Only `driver` may use the clock, threads and the log, as in a family.
"""
