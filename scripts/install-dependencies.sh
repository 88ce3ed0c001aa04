#!/usr/bin/env bash
# Installs the system libraries that the build links and that are missing: libsodium, OpenBLAS, LAPACKE, SQLite.
# Debian and Ubuntu are installed on; anywhere else the script says what is missing.
set -euo pipefail

packages=(libsodium-dev libopenblas-dev liblapacke-dev libsqlite3-dev pkg-config)

fail() {
    printf 'install-dependencies: %s\n' "$1" >&2
    exit 1
}

command -v swift >/dev/null || fail "no Swift toolchain on the PATH: install Swift 6.2 or later (https://www.swift.org/install)"

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    if command -v pkg-config >/dev/null && pkg-config --exists libsodium openblas sqlite3; then
        exit 0
    fi
    fail "this system has no apt: install the development files of libsodium, OpenBLAS, LAPACKE and SQLite, and pkg-config"
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    # Newer releases provide pkg-config through pkgconf.
    if [ "$package" = pkg-config ] && command -v pkg-config >/dev/null; then
        status=installed
    fi
    [ "$status" = installed ] || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "missing packages: ${missing[*]}; run as root: apt-get install ${missing[*]}"
    as_root=(sudo)
fi
printf 'installing %s\n' "${missing[*]}" >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
