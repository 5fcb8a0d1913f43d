/* SPDX-License-Identifier: Apache-2.0 */
/* Records -> values of D-Bus (interface.md section 6): Integer and Time x, Unsigned t, Float d, Boolean b,
 * Opaque ay, Objlnk (qq), String and Corelnk s. */
#pragma once

#include <systemd/sd-bus.h>

#include "lwm2m/record.h"

/* Append to a message what the list holds, in the order of its paths; Object Instances without a value are
 * left out. 0 or a negative errno. */

/* As "a{qv}", the Resources of one Object Instance. -EINVAL: a text among them has a noncharacter
 * (util/utf8.h), which D-Bus does not carry. */
int value_writer_append(sd_bus_message *message, const RecordList *list);

/* As "a(sv)", path and value; a multiple-instance Resource is one value, unless its instance alone was asked
 * for. asked: what the list is the answer to; NULL: whole Resources. Noncharacters become question marks. */
int value_writer_append_paths(sd_bus_message *message, const RecordList *list, const PathList *asked);

/* As "a(ss)", path and text (lwm2m/value_text.h), each Resource Instance by itself. Likewise. */
int value_writer_append_texts(sd_bus_message *message, const RecordList *list);
