/* SPDX-License-Identifier: Apache-2.0 */
/* SenML CBOR, Content-Formats 112 and 322 (RFC 8428, 6; Core TS 7.4.5), and the state file. */
#pragma once

#include "codec/senml.h"

/* Definite and indefinite lengths, labels as integers or as their JSON names, but no integer as a text. */
extern const SenmlSpelling senml_cbor;
