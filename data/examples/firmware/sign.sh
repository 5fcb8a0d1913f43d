#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Where firmware is made: signs it for ab-dd.sh and dpkg.sh.
#
#   sign.sh KEY FILE >PACKAGE                 of a Debian package, for dpkg.sh
#   sign.sh KEY FILE BOARD VERSION >PACKAGE   of the image of a file system, for ab-dd.sh
#
# A package is the content, and behind it its signature: 512 bytes, RSA of 4096 bits over SHA-256. Before an
# image stand 512 bytes that say for what it is, signed like the rest. The keys, once; the public one goes to
# every device, the private one to nobody:
#
#   openssl genrsa -out private.pem 4096
#   openssl rsa -in private.pem -pubout -out firmware.pem
set -eu

if [ $# -ne 2 ] && [ $# -ne 4 ]; then
    echo "usage: sign.sh KEY FILE [BOARD VERSION] >PACKAGE" >&2
    exit 2
fi
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
{
    [ $# -eq 2 ] || printf 'board=%s\nversion=%s\n' "$3" "$4" | dd bs=512 count=1 conv=sync status=none
    cat "$2"
} >"$work/content"
openssl dgst -sha256 -sign "$1" -out "$work/signature" "$work/content"
if [ "$(stat -c %s "$work/signature")" -ne 512 ]; then
    echo "sign.sh: $1 is no RSA key of 4096 bits" >&2
    exit 1
fi
cat "$work/content" "$work/signature"
