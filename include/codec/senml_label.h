/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of SenML's fields. */
#pragma once

#include "codec/error.h"
#include "util/macro.h"

/* RFC 8428, tables 1 and 4; the numbers are those of CBOR. */
typedef enum SenmlLabel {
        SENML_BS = -6,
        SENML_BV,
        SENML_BU,
        SENML_BT,
        SENML_BN,
        SENML_BVER,
        SENML_N,
        SENML_U,
        SENML_V,
        SENML_VS,
        SENML_VB,
        SENML_S,
        SENML_T,
        SENML_UT,
        SENML_VD,
        SENML_VLO,   /* has no number: Core TS 7.4.5 */
        SENML_OTHER, /* one that we need not understand */
} SenmlLabel;

/* The label of a name. 0, or CODEC_E_SYNTAX: one that we would have to understand, or a number. */
int senml_label_from_name(const void *name, size_t size, SenmlLabel *ret);

/* The name of a label, NULL for SENML_OTHER. */
const char *senml_label_name(SenmlLabel label);
