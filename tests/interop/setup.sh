#!/bin/sh
# Installs what tests need beside Rust: a browser with its driver, a Redis server, a keyring, readers of documents and workbooks, a Python
# environment, Node packages.
# Runs again without doing anything twice. Debian packages need root, or sudo; everything else goes below target/interop.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../.." && pwd)/target/interop
mkdir -p "$target/node"

missing=
command -v chromium >/dev/null || missing="$missing chromium fonts-liberation"
command -v chromedriver >/dev/null || missing="$missing chromium-driver"
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
command -v openssl >/dev/null || missing="$missing openssl"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v gnome-keyring-daemon >/dev/null || missing="$missing gnome-keyring"
command -v dbus-run-session >/dev/null || missing="$missing dbus-daemon"
/usr/bin/python3 -c 'import openpyxl' 2>/dev/null || missing="$missing python3-openpyxl"
command -v unzip >/dev/null || missing="$missing unzip"
command -v pdftotext >/dev/null || missing="$missing poppler-utils"
command -v soffice >/dev/null || missing="$missing libreoffice-writer-nogui"
python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
if [ -n "$missing" ]; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update --quiet
    # shellcheck disable=SC2086 # one word a package
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends $missing
fi

# A stamp holds the list that was installed last. An environment whose Python has gone is made anew.
if ! { "$target/python/bin/python" -c '' && cmp --silent "$here/requirements.txt" "$target/python/installed"; } 2>/dev/null; then
    python3 -m venv --clear "$target/python"
    "$target/python/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$target/python/installed"
fi
if ! cmp --silent "$here/package-lock.json" "$target/node/installed"; then
    cp "$here/package.json" "$here/package-lock.json" "$target/node/"
    (cd "$target/node" && npm ci --loglevel=error --no-audit --no-fund)
    cp "$here/package-lock.json" "$target/node/installed"
fi
