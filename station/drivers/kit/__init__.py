"""What the printer families share. It knows no family, and a family never imports another one.

A family contains what is specific to it: frames, commands, status bits, and the order in which they
are sent. The kit contains what every `CardPrinter` over a link must do in the same way:

* `driver`: one caller at a time, closing within the guaranteed time, the warning about unverified
  facts;
* `line`: the list of recent exchanges;
* `waiting`: polling a busy printer, and how long to wait;
* `outcomes`: which errors mean that nothing moved, that a movement was interrupted, that the
  outcome is unknown;
* `reasons`: which reason is named first when several stop the machine;
* `model_file`: the sections of `models/<model>.toml` that every family has, and reading them.

Only `driver` may use the clock, threads and the log, as in a family.
"""
