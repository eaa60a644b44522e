#!/usr/bin/env bash
# Brings a fresh Debian machine to the point where this project runs: packages, a virtual
# environment, locked dependencies. Says what it installs; where it may not, the line to run.
# Usage: config/setup/set-up.sh [demo|hall|test|package]
set -euo pipefail
cd "$(dirname "$0")/../.."

purpose=${1:-test}
kinds='need|chip'
[ "$purpose" = hall ] && kinds='need|chip|hall'
[ "$purpose" = test ] && kinds='need|chip|hall|test'
[ "$purpose" = package ] && kinds='need|chip|hall|test|package'

missing=()
while read -r kind package; do
    case "|$kinds|" in *"|$kind|"*) ;; *) continue ;; esac
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done < <(grep -v '^#' config/setup/debian-packages.txt)

if [ ${#missing[@]} -gt 0 ]; then
    # sudo hands no environment on: neither the proxy nor that nobody is there to answer questions.
    with=(env DEBIAN_FRONTEND=noninteractive)
    for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
        [ -z "${!name:-}" ] || with+=("$name=${!name}")
    done
    install=(apt-get install -y --no-install-recommends "${missing[@]}")
    if [ "$(id -u)" = 0 ]; then as_root=("${with[@]}")
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo "${with[@]}")
    else
        printf 'Debian packages are missing. Have an administrator run:\n  %s apt-get update && %s\n' \
            "sudo ${with[*]}" "sudo ${with[*]} ${install[*]}" >&2
        exit 1
    fi
    echo "installing Debian packages: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" "${install[@]}" -qq >/dev/null
fi

python=$(command -v python3)
"$python" - <<'PY' || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
import sys
sys.exit(sys.version_info < (3, 11))
PY

lock=requirements.lock
[ "$purpose" = demo ] || lock=requirements-dev.lock
stamp=.venv/$lock.done
wanted=$(sha256sum "$lock" | cut -d' ' -f1)
if [ ! -x .venv/bin/python ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "installing the locked dependencies of $lock into .venv"
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    # Once, and not by each of the hundreds of programs that the tests and the demo start.
    .venv/bin/python -m compileall -q -j 0 station simulators tests docs config/deployment
    echo "$wanted" > "$stamp"
    echo "set up in $SECONDS s; .venv has $(du -sm .venv | cut -f1) MB"
fi
