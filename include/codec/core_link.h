/* SPDX-License-Identifier: Apache-2.0 */
/* CoRE Link Format, output only (RFC 6690; Core TS 6.1.1 Register, 6.1.7.3 Bootstrap-Discover, 6.3.2
 * Discover). No spaces after commas. */
#pragma once

#include "lwm2m/path.h"
#include "util/bytes.h"

/* Appends one link "</1/0>", after a comma where the writer already holds something. Attributes follow by
 * core_link_attribute. */
void core_link_add(ByteWriter *writer, const Path *path);

/* Appends ";name=value"; quoted puts value in double quotes with backslash escapes (RFC 6690,
 * quoted-string). */
void core_link_attribute(ByteWriter *writer, const char *name, const char *value, bool quoted);
