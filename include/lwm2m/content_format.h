/* SPDX-License-Identifier: Apache-2.0 */
/* CoAP Content-Formats (IANA CoAP registry; Transport TS 7.4). */
#pragma once

#include "util/macro.h"

typedef enum ContentFormat {
        FORMAT_NONE = -1, /* no Content-Format or Accept option */
        FORMAT_TEXT = 0,
        FORMAT_CORE_LINK = 40,
        FORMAT_OPAQUE = 42,
        FORMAT_CBOR = 60,
        FORMAT_SENML_JSON = 110,
        FORMAT_SENML_CBOR = 112,
        FORMAT_SENML_ETCH_JSON = 320, /* of FETCH and iPATCH only: RFC 8790 */
        FORMAT_SENML_ETCH_CBOR = 322,
        FORMAT_TLV_OLD = 1542, /* before IANA's registration, still in the field */
        FORMAT_TLV = 11542,
        FORMAT_LWM2M_CBOR = 11544,
} ContentFormat;

/* True for formats whose payload names the whole path of each value, so that it can carry several Objects.
 */
static inline bool content_format_is_pack(int format)
{
        return format == FORMAT_SENML_JSON || format == FORMAT_SENML_CBOR || format == FORMAT_LWM2M_CBOR ||
               format == FORMAT_SENML_ETCH_JSON || format == FORMAT_SENML_ETCH_CBOR;
}
