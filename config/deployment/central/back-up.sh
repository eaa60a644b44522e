#!/bin/sh
# Copies central: its database, key and operators, into one new folder of the day. Checks the copy.
# Usage: back-up.sh DATABASE STATE_FOLDER INTO
# DATABASE is a name, or an address as libpq takes it. Keeps the newest 14.
set -eu
umask 077
database=$1 state=$2 into=$3
new=$into/$(date -u +%Y%m%dT%H%M%SZ)
mkdir "$new.part"
pg_dump --format=custom --file="$new.part/central.dump" "$database"
pg_restore --list "$new.part/central.dump" >/dev/null
cp "$state/central.key" "$new.part/"
# A copy of a database that is in use, by SQLite's own means.
python3 - "$state/access.db" "$new.part/access.db" <<'PY'
import contextlib, sqlite3, sys
with contextlib.closing(sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)) as used:
    with contextlib.closing(sqlite3.connect(sys.argv[2])) as copy:
        used.backup(copy)
PY
sync "$new.part"/*
mv "$new.part" "$new"
ls -1d "$into"/*Z | sort -r | tail -n +15 | while read -r old; do rm -r "$old"; done
