#!/bin/sh
# Knocks at a real listening peer as ten kinds of stranger (random bytes, HTTP, TLS hello, low-order keys, valid
# handshakes from an unlisted key, ...) and fails if a single byte comes back. Usage: scripts/stranger-scan.sh [COUNT]
set -eu
cd "$(dirname "$0")/.."
COLLABDICT_STRANGERS="${1:-10000}" exec swift test --filter StrangerTests
