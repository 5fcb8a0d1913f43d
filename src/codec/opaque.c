/* SPDX-License-Identifier: Apache-2.0 */
/* Opaque: the bytes themselves. */
#include "codec/opaque.h"
#include "codec/target.h"

int opaque_decode(const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list)
{
        _cleanup_(value_done) Value value = {0};
        ValueType type;
        int r;

        r = target_lookup_single(schema, base, &type);
        if (r != 0)
                return r;
        if (type == VALUE_NONE)
                return target_add_unknown(list, base);
        if (type != VALUE_OPAQUE)
                return CODEC_E_TYPE;
        r = target_make_bytes(type, data, size, &value);
        return r != 0 ? r : target_add(list, base, &value);
}

int opaque_encode(const Path *base, const RecordList *records, ByteWriter *writer)
{
        const Value *value = target_single_value(base, records);

        if (!value || value->type != VALUE_OPAQUE)
                return CODEC_E_FORMAT;
        byte_writer_add(writer, value->bytes.data, value->bytes.size);
        return writer->error;
}
