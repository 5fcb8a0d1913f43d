# SPDX-License-Identifier: Apache-2.0
SUMMARY = "OMA LwM2M client of a gateway"
DESCRIPTION = "A daemon that bootstraps, registers with LwM2M Servers, serves them, and keeps what it was \
               given across power cuts; D-Bus, the journal and systemctl status tell what it does and why."
# Of the protocol: the project's own documents are in the tree, man/ and README.md.
HOMEPAGE = "https://omaspecworks.org/what-is-oma-specworks/iot/lightweight-m2m-lwm2m/"
SECTION = "net"
CVE_PRODUCT = "lwm2m-client"
LICENSE = "Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE;md5=3b83ef96387f14655fc854ddc3c6bd57"

DEPENDS = "jansson libcbor libcoap libyaml openssl systemd"

# The tree that this layer is a part of, as it is.
SRC_URI = ""
EXTERNALSRC = "${THISDIR}/../../../.."

inherit bash-completion externalsrc features_check meson pkgconfig systemd useradd

REQUIRED_DISTRO_FEATURES = "systemd"

EXTRA_OEMESON = "\
    -Dtests=false \
    -Dhtml=disabled \
    -Dsystemd-unit-dir=${systemd_system_unitdir} \
    -Dsysusers-dir=${nonarch_libdir}/sysusers.d \
    -Dtmpfiles-dir=${nonarch_libdir}/tmpfiles.d \
    -Dcatalog-dir=${nonarch_libdir}/systemd/catalog \
    -Ddbus-dir=${datadir}/dbus-1 \
    -Dbash-completion-dir=${datadir}/bash-completion/completions \
    -Dzsh-completion-dir=${datadir}/zsh/site-functions \
"

PACKAGECONFIG ??= "bootstrap-discover firmware-http"
PACKAGECONFIG[bootstrap-discover] = "-Dbootstrap-discover=true,-Dbootstrap-discover=false"
# libcurl is loaded when a package is fetched by http or https.
PACKAGECONFIG[firmware-http] = "-Dfirmware-http=enabled,-Dfirmware-http=disabled,curl,libcurl"
# The page for Cockpit, which a device rarely has.
PACKAGECONFIG[cockpit] = "-Dcockpit=enabled,-Dcockpit=disabled"
PACKAGECONFIG[man] = "-Dman=enabled,-Dman=disabled,python3-docutils-native"
# A server may reboot the device and set its time, where the configuration says so, too.
PACKAGECONFIG[polkit] = "-Dpolkit-rules-dir=${datadir}/polkit-1/rules.d,,,polkit"

SYSTEMD_SERVICE:${PN} = "lwm2m-client.service"

# Those of the sysusers file: the folders below belong to them before the first boot.
USERADD_PACKAGES = "${PN}"
GROUPADD_PARAM:${PN} = "--system lwm2m; --system lwm2m-publish"
USERADD_PARAM:${PN} = "--system --user-group --no-create-home --home-dir / --shell ${base_sbindir}/nologin \
                       lwm2m-client"

FILES:${PN} += "\
    ${datadir}/cockpit \
    ${datadir}/dbus-1 \
    ${datadir}/polkit-1 \
    ${datadir}/zsh \
    ${nonarch_libdir}/systemd \
    ${nonarch_libdir}/sysusers.d \
    ${nonarch_libdir}/tmpfiles.d \
"

# A service of the device, nothing for the build host or an SDK.
BBCLASSEXTEND = ""
