"""Another version of the program, taken up on trial, with an automatic way back.

The package of the PC brings one version, the base. Further ones come as release files: an archive
of the program and a manifest, signed with the owner's Ed25519 key (`release`). At most two of them
are installed, beside the base, in a folder that belongs to root (`versions`).

A version is taken up in this order, and each step is durable before the next begins:

1. `station update start` copies the journal and notes which devices work.
2. Each start of the service (`station boot`) counts an attempt, and runs the version that is on
   trial in its own process: `boot` has exec'ed, nothing of the base remains.
3. The version opens the journal, migrates it if needed (with a copy of its own), finds out where
   every card is, and looks at the machine and the province. When all that worked before still
   works, the start was good and the trial ends (`trial`).
4. A version that ends, hangs or is not good in time is started again by systemd. After the second
   attempt `boot` goes back to the version before. Where the schema has changed, the copy of the
   journal takes its place, provided that the version on trial has begun nothing in the world since:
   no effect, no order, no report. Otherwise the new version stays, and people decide.

So an older program never opens a newer journal, and a newer one opens an older journal only with a
copy of it beside.
"""
