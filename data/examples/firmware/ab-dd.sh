#!/bin/sh
# SPDX-License-Identifier: 0BSD
# /etc/lwm2m-client/firmware of a device with two root file systems, A and B: the image is written to the one
# that does not run, the boot loader tries that one, and goes back by itself where it does not come up.
# Packages are made by sign.sh. /var/lib lies on a partition that both share.
# lwm2m-client-firmware-script(8), lwm2m-client-firmware(7)
set -eu

board=gateway-1                     # what a package for this device says
key=/etc/lwm2m-client/firmware.pem  # the public key of whoever makes them
slot_a=/dev/disk/by-partlabel/root-a
slot_b=/dev/disk/by-partlabel/root-b
version_file=/etc/firmware-version  # of the system that runs, as the image brings it
command_line=/proc/cmdline
expected=/var/lib/lwm2m-client-firmware-script/expected

# U-Boot, whose script boots "slot", counts its tries while upgrade_available is 1, and takes the other slot
# after the last one. GRUB: grub-editenv /boot/grub/grubenv set ...
try_slot() {
    printf 'slot %s\nupgrade_available 1\nbootcount 0\n' "$1" | fw_setenv --script -
}
keep_slot() {
    fw_setenv upgrade_available 0
}

header=512 signature=512
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

running_slot() {
    case " $(cat "$command_line") " in
    *" root=PARTLABEL=root-a "*) echo a ;;
    *" root=PARTLABEL=root-b "*) echo b ;;
    *) fail 8 "the kernel's command line does not say which slot runs" ;;
    esac
}

# The value of one line of the header, which nobody has signed yet.
field() {
    head -c "$header" "$1" | tr -d '\000' | sed -n "s/^$2=\\([A-Za-z0-9.+~_-]*\\)\$/\\1/p" | head -n 1
}

verify() {
    [ -r "$key" ] || fail 8 "there is no key $key"
    size=$(stat -L -c %s "$1")
    [ "$size" -gt $((header + signature)) ] || fail 5 "too short for a package: $size bytes"
    tail -c "$signature" "$1" >"$work/signature"
    head -c $((size - signature)) "$1" |
        openssl dgst -sha256 -verify "$key" -signature "$work/signature" >/dev/null ||
        fail 5 "the signature is wrong"

    # From here on it is whoever has signed it that speaks.
    [ "$(field "$1" board)" = "$board" ] || fail 6 "for board '$(field "$1" board)', this is $board"
    version=$(field "$1" version)
    running=$(cat "$version_file" || true)
    [ -n "$running" ] || fail 8 "$version_file does not say which version runs"
    echo name="$board"
    echo version="$version"
    printf '%s\n%s\n' "$running" "$version" | sort -V -C ||
        fail 8 "version $version is older than $running, which runs"
}

install() {
    size=$(($(stat -L -c %s "$1") - header - signature))
    slot=$(running_slot)
    if [ "$slot" = a ]; then
        other=b device=$slot_b
    else
        other=a device=$slot_a
    fi
    if [ -b "$device" ] && [ "$(blockdev --getsize64 "$device")" -lt "$size" ]; then
        fail 2 "$size bytes do not fit into $device"
    fi

    at=0
    step=$((size / 20 / 1048576 * 1048576 + 1048576))
    while [ "$at" -lt "$size" ]; do
        left=$((size - at))
        dd if="$1" of="$device" bs=1M status=none conv=nocreat,notrunc,fsync \
            iflag=fullblock,skip_bytes,count_bytes oflag=seek_bytes \
            skip=$((header + at)) seek="$at" count=$((left < step ? left : step)) ||
            fail 8 "$device cannot be written"
        at=$((at + step))
        echo "progress=$((at < size ? at * 95 / size : 95)) writing slot $other"
    done
    written=$(head -c "$size" "$device" | sha256sum)
    [ "$written" = "$(tail -c +$((header + 1)) "$1" | head -c "$size" | sha256sum)" ] ||
        fail 8 "$device does not have what was written"

    echo "$other" >"$expected"
    sync "$expected"
    # The last step: until here nothing has changed for the next boot.
    try_slot "$other" || fail 8 "the boot loader's variables cannot be written"
    said=10
    exit "$said"
}

booted() {
    slot=$(running_slot)
    [ "$slot" = "$(cat "$expected")" ] || fail 8 "the new slot did not come up, the old one runs"
    keep_slot || fail 8 "the boot loader's variables cannot be written"
}

case $1 in
verify) verify "$2" ;;
install) install "$2" ;;
booted) booted ;;
*) fail 8 "not known here: $1" ;;
esac
