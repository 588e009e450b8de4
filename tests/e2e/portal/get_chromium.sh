#!/usr/bin/env bash
# Debian's Chromium, where the one who asks may install packages. Never a failure: the browser tests skip without it.
set -uo pipefail
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "chromium is not here and cannot be installed; the browser tests will be skipped"
    exit 0
fi
echo "installing chromium (once)"
export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=600 -qq update >/dev/null 2>&1
apt-get -o DPkg::Lock::Timeout=600 -qq -y --no-install-recommends install chromium fonts-noto-core >/dev/null 2>&1 \
    || echo "chromium could not be installed; the browser tests will be skipped"
