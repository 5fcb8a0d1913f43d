#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# debian13.sh [RESULTS [SUITE...]]: README's two commands, word for word, on a fresh Debian 13 that
# debootstrap makes, in a copy of this tree. As root; needs `.ci/install-packages debian13` and a Debian
# archive. The root is kept in ${XDG_CACHE_HOME:-~/.cache}/lwm2m-client, everything else vanishes with the
# box. With SUITEs, of the second command those alone.
#
# RESULTS gets a line for the demonstration and for each test, as in meson's testlog.json. Exit status: 0
# passed; 1 the demonstration or a test failed; 77 there can be no such root here.
set -uo pipefail
tree=$(cd "$(dirname "$0")/.." && pwd) || exit 1
results=${1:-/dev/null}
suites=("${@:2}")

# The box has the machine's network for its packages. CAP_NET_ADMIN is for the boxes of the system tests in
# it, which have networks of their own.
box=("$tree/tests/system/systemd-box.sh" --quiet
    --rootfs debootstrap --suite trixie --include ca-certificates
    --cache "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/lwm2m-client"
    --net host --nspawn-arg --capability=CAP_NET_ADMIN --timeout 1800)

result() { # NAME RESULT
    printf '{"name": "debian13/%s", "result": "%s"}\n' "$1" "$2" >>"$results"
}

: >"$results"
if ! "${box[@]}" -- apt-get --quiet --quiet --error-on=any update; then
    echo "debian13: skipped, no root of Debian 13 or no archive for it" >&2
    result root SKIP
    exit 77
fi

try=$("$tree/.ci/readme-command" 'Try it') && test=$("$tree/.ci/readme-command" 'Test it') || exit 1
folder=$(grep -oP 'meson test.* -C +\K[^ ]+' <<<"$test") || exit 1
for suite in "${suites[@]}"; do
    test+=" --suite $suite"
done
output=$(mktemp -d) || exit 1
trap 'rm -rf "$output"' EXIT
export tree
# shellcheck disable=SC2016 # for the shell in the box
"${box[@]}" --bind "$output:/srv/output" --chdir /root/lwm2m-client \
    --prepare 'mkdir "$SDBOX_ROOT/root/lwm2m-client"
        tar --create --directory "$tree" --exclude "./build*" --exclude ./.git --exclude __pycache__ . |
            tar --extract --directory "$SDBOX_ROOT/root/lwm2m-client" --no-same-owner' \
    -- bash -c '
        printf "\n== Debian %s: %s\n" "$(cat /etc/debian_version)" "$1"
        bash -c "$1" && : >/srv/output/shown
        printf "\n== Debian %s: %s\n" "$(cat /etc/debian_version)" "$2"
        # As in .ci/run.
        MESON_TESTTHREADS=$((2 * $(nproc))) bash -c "$2" && : >/srv/output/tested
        cp "$3/meson-logs/testlog.json" /srv/output' bash "$try" "$test" "$folder"

status=0
if [[ -e $output/shown ]]; then
    result demo OK
else
    result demo FAIL
    status=1
fi
[[ -e $output/tested ]] || status=1
# Meson's lines begin with {"name": ".
sed 's|^{"name": "|&debian13/|' "$output/testlog.json" >>"$results" || result tests ERROR
exit "$status"
