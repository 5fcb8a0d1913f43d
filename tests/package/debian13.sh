#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# debian13.sh: the packages of HEAD on a fresh Debian 13 that debootstrap makes. First they are built with
# nothing there but their Build-Depends, and their tests run; then tests/package, in a box in that box. As
# root; needs `.ci/install-packages debian13`, git and a Debian archive. The root is tests/debian13.sh's.
#
# Exit status: 0 passed; 77 there can be no such root here; another is a failure.
set -uo pipefail
tree=$(cd "$(dirname "$0")/../.." && pwd) || exit 1

# The network is for packages, CAP_NET_ADMIN for the box in the box.
box=("$tree/tests/system/systemd-box.sh" --quiet
    --rootfs debootstrap --suite trixie --include ca-certificates
    --cache "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/lwm2m-client"
    --net host --nspawn-arg --capability=CAP_NET_ADMIN --timeout 5400)

if ! "${box[@]}" -- apt-get --quiet --quiet --error-on=any update; then
    echo "debian13: skipped, no root of Debian 13 or no archive for it" >&2
    exit 77
fi
export tree
# shellcheck disable=SC2016 # for the shells of the box
exec "${box[@]}" --chdir /root/lwm2m-client \
    --prepare 'git clone --quiet --depth 3 "file://$tree" "$SDBOX_ROOT/root/lwm2m-client"
        mkdir "$SDBOX_ROOT/srv/lwm2m-client"
        git -C "$tree" archive HEAD | tar --extract --directory "$SDBOX_ROOT/srv/lwm2m-client"' \
    -- bash -euxc '
        export DEBIAN_FRONTEND=noninteractive
        apt-get --quiet --quiet update
        cd /srv/lwm2m-client
        apt-get --quiet --quiet --yes --no-install-recommends build-dep ./
        dpkg-buildpackage --unsigned-source --unsigned-changes >/srv/build.log 2>&1 ||
            { tail -n 100 /srv/build.log; exit 1; }
        grep -A 8 "^Ok: " /srv/build.log
        cd /root/lwm2m-client
        .ci/install-packages package
        meson setup build >/dev/null
        meson test -C build --suite package packages -v'
