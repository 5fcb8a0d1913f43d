#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Sets values of an Object Instance that stands under objects: in /etc/lwm2m-client/lwm2m-client.yaml, as
# lwm2m-objects(7) explains. Here: how full the root file system is, in percent.
#
#     objects:
#       - object: 3320
#         instance: 1
#         values: {5700: 0, 5701: "%"}
#
#     set.sh [lwm2mctl|busctl]      which of the two it does it with
#
# For root, and users in group lwm2m or lwm2m-publish; run it by a timer. The instance stays when the script
# ends, since it is the configuration's. One published by `busctl call ... Publish` would go with busctl.
set -eu

used=$(df --output=pcent / | tail -n 1 | tr -dc 0-9)
now=$(date +%s)

case ${1:-lwm2mctl} in
lwm2mctl)
    # Text of each Resource's type. All values or none; status 1 and a sentence where one is refused.
    lwm2mctl set /3320/1/5700 "$used" /3320/1/5518 "$now"
    ;;
busctl)
    # An array of paths and values, each value with its D-Bus type: d is a Float, x an Integer or a Time.
    busctl call org.lwm2m.Client1 /org/lwm2m/Client1 org.lwm2m.Client1.Objects SetValues 'a(sv)' 2 \
        /3320/1/5700 d "$used" /3320/1/5518 x "$now"
    ;;
*)
    echo "usage: set.sh [lwm2mctl|busctl]" >&2
    exit 2
    ;;
esac
