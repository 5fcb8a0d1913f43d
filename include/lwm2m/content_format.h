/* SPDX-License-Identifier: Apache-2.0 */
/* CoAP Content-Formats (IANA CoAP registry; Transport TS 7.4). */
#pragma once

typedef enum ContentFormat {
        FORMAT_NONE = -1, /* no Content-Format or Accept option */
        FORMAT_TEXT = 0,
        FORMAT_CORE_LINK = 40,
        FORMAT_OPAQUE = 42,
        FORMAT_CBOR = 60,
        FORMAT_SENML_JSON = 110,
        FORMAT_SENML_CBOR = 112,
        FORMAT_TLV_OLD = 1542, /* before IANA's registration, still in the field */
        FORMAT_TLV = 11542,
        FORMAT_LWM2M_CBOR = 11544,
} ContentFormat;
