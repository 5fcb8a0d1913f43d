#!/bin/sh
# SPDX-License-Identifier: 0BSD
# /etc/lwm2m-client/firmware of a device whose firmware is one Debian package, which needs the others in the
# right versions. Packages are signed by sign.sh.
# lwm2m-client-firmware-script(8), lwm2m-client-firmware(7)
set -eu

firmware=gateway-firmware           # the one package that is taken
key=/etc/lwm2m-client/firmware.pem  # the public key of whoever makes them

signature=512
# A status of 2 to 11 is an Update Result: that of a command which has failed is none.
said=
finish() {
    status=$?
    rm -r "$work"
    [ "$status" -eq 0 ] || [ -n "$said" ] || status=8
    exit "$status"
}
work=$(mktemp -d)
trap finish EXIT
fail() {
    said=$1
    shift
    echo "$*" >&2
    exit "$said"
}

# Writes the signed content of $1 to $deb.
unpack() {
    [ -r "$key" ] || fail 8 "there is no key $key"
    size=$(($(stat -L -c %s "$1") - signature))
    [ "$size" -gt 0 ] || fail 5 "too short for a package"
    tail -c "$signature" "$1" >"$work/signature"
    head -c "$size" "$1" >"$deb" || fail 2 "no room for $size bytes in /tmp"
    openssl dgst -sha256 -verify "$key" -signature "$work/signature" "$deb" >/dev/null ||
        fail 5 "the signature is wrong"
}

verify() {
    package=$(dpkg-deb --field "$deb" Package) || fail 6 "no Debian package"
    version=$(dpkg-deb --field "$deb" Version)
    architecture=$(dpkg-deb --field "$deb" Architecture)
    echo name="$package"
    echo version="$version"
    [ "$package" = "$firmware" ] || fail 6 "package $package, this device takes $firmware"
    [ "$architecture" = all ] || [ "$architecture" = "$(dpkg --print-architecture)" ] ||
        fail 6 "for $architecture, this is $(dpkg --print-architecture)"
    installed=$(dpkg-query --show --showformat='${Version}' "$firmware" 2>/dev/null || true)
    if [ -n "$installed" ] && dpkg --compare-versions "$version" lt "$installed"; then
        fail 8 "version $version is older than $installed, which is installed"
    fi
    # dpkg looks at Depends when it is too late. What apt would install besides is not there either.
    plan=$(apt-get --quiet --simulate --no-install-recommends install "$deb") ||
        fail 8 "$package $version needs what there is not"
    [ "$(echo "$plan" | grep -c '^Inst ')" -le 1 ] || fail 8 "$package $version needs others first"
}

deb=$work/firmware.deb
case $1 in
verify)
    unpack "$2"
    verify
    ;;
install)
    unpack "$2"
    # Nobody is there who could answer a question about a configuration file.
    DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold --install "$deb" >&2 ||
        fail 8 "dpkg has not installed it, the journal says why"
    echo progress=100
    ;;
*) fail 8 "not known here: $1" ;;
esac
