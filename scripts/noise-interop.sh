#!/usr/bin/env bash
# Runs our channel live against noiseprotocol, an unrelated implementation of Noise in Python: both roles, handshake
# hashes compared, 100 records each way in every session, and sessions long enough to change the keys.
# Skips with a line where Python or its packages cannot be had.
# usage: scripts/noise-interop.sh [handshakes in each role, default 100]
set -euo pipefail
cd "$(dirname "$0")/.."
handshakes=${1:-100}
environment=.build/noise-interop

skip() {
    printf 'noise-interop: skipped, %s\n' "$1"
    exit 0
}

command -v python3 >/dev/null || skip 'there is no python3'
if ! "$environment/bin/python" -c 'import noise' 2>/dev/null; then
    python3 -m venv "$environment" 2>/dev/null || skip 'python3 cannot make a virtual environment'
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
        noiseprotocol==0.3.1 cryptography==50.0.2 2>/dev/null || skip 'pip cannot install noiseprotocol'
fi

export COLLABDICT_PURE=1
swift build -j 2 --scratch-path .build-pure --product NoiseInterop
exec "$environment/bin/python" scripts/noise-interop.py "$(swift build --scratch-path .build-pure --show-bin-path)/NoiseInterop" "$handshakes"
