/* SPDX-License-Identifier: Apache-2.0 */
/* CoRE Link Format. */
#include "codec/core_link.h"

void core_link_add(ByteWriter *writer, const Path *path)
{
        if (writer->size > 0)
                byte_writer_add_u8(writer, ',');
        byte_writer_printf(writer, "<%s>", PATH_TEXT(path));
}

void core_link_attribute(ByteWriter *writer, const char *name, const char *value, bool quoted)
{
        byte_writer_printf(writer, ";%s=", name);
        if (!quoted) {
                byte_writer_add_string(writer, value);
                return;
        }

        byte_writer_add_u8(writer, '"');
        for (; *value; value++) {
                if (*value == '"' || *value == '\\')
                        byte_writer_add_u8(writer, '\\');
                byte_writer_add(writer, value, 1);
        }
        byte_writer_add_u8(writer, '"');
}
