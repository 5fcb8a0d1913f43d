#!/bin/sh
# SPDX-License-Identifier: 0BSD
# /etc/lwm2m-client/firmware of a device that is updated by SWUpdate: .swu images, signed, with an A/B
# arrangement whose collections of sw-description are "stable,a" and "stable,b".
# lwm2m-client-firmware-script(8), lwm2m-client-firmware(7)
set -eu

key=/etc/swupdate.pem                   # the certificate or public key, as swupdate was built for
version_file=/etc/firmware-version      # of the system that runs, as the image brings it
revision_file=/etc/hwrevision           # "BOARD REVISION", what hardware-compatibility is about
command_line=/proc/cmdline
expected=/var/lib/lwm2m-client-firmware-script/expected

# A status of 2 to 11 is an Update Result: that of a command which has failed is none.
said=
finish() {
    status=$?
    [ "$status" -eq 0 ] || [ -n "$said" ] || status=8
    exit "$status"
}
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

# Signature, checksums, hardware, and no older version: all of it is swupdate's to say. Without what it
# compares with, it would blame the image, or let every version pass.
run_swupdate() {
    [ -r "$key" ] || fail 8 "there is no key $key"
    running=$(cat "$version_file" || true)
    [ -n "$running" ] || fail 8 "$version_file does not say which version runs"
    revised_board='' revision=''
    read -r revised_board revision <"$revision_file" || true # without a newline behind it, too
    [ -n "$revision" ] || fail 8 "$revision_file does not say which hardware this is"
    swupdate --key "$key" --hwrevision "$revised_board:$revision" --no-downgrading "$running" \
        --select "stable,$other" --loglevel 3 --image "$@" >&2
}

slot=$(running_slot)
if [ "$slot" = a ]; then other=b; else other=a; fi
case $1 in
verify)
    run_swupdate "$2" --check || fail 5 "swupdate refuses the image, the journal says why"
    # The text sw-description stands first in it, and has been found genuine by now.
    head -c 65536 "$2" | tr -d '\000' |
        sed -n 's/^[[:space:]]*version *= *"\([^"]*\)";$/version=\1/p' | head -n 1
    ;;
install)
    # Last swupdate tells the boot loader, by the bootenv of sw-description: nothing may fail behind that.
    echo "$other" >"$expected"
    sync "$expected"
    run_swupdate "$2" || fail 8 "swupdate has not installed the image, the journal says why"
    said=10
    exit "$said"
    ;;
booted)
    [ "$slot" = "$(cat "$expected")" ] || fail 8 "the new slot did not come up, the old one runs"
    fw_setenv upgrade_available 0 || fail 8 "the boot loader's variables cannot be written"
    ;;
*) fail 8 "not known here: $1" ;;
esac
