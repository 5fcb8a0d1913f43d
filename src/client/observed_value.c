/* SPDX-License-Identifier: Apache-2.0 */
/* What an observation remembers of a value. */
#include "client/observed_value.h"

/* -- Taking -- */

#define FNV_OFFSET 14695981039346656037ULL
#define FNV_PRIME  1099511628211ULL

static void digest_add(uint64_t *digest, const void *data, size_t size)
{
        const uint8_t *bytes = data;

        for (size_t i = 0; i < size; i++)
                *digest = (*digest ^ bytes[i]) * FNV_PRIME;
}

static void digest_value(uint64_t *digest, const Value *value)
{
        const uint8_t type = (uint8_t)value->type;

        digest_add(digest, &type, sizeof(type));
        switch (value->type) {
        case VALUE_INTEGER:
        case VALUE_TIME:
                digest_add(digest, &value->integer, sizeof(value->integer));
                break;
        case VALUE_UNSIGNED:
                digest_add(digest, &value->unsigned_integer, sizeof(value->unsigned_integer));
                break;
        case VALUE_FLOAT:
                digest_add(digest, &value->real, sizeof(value->real));
                break;
        case VALUE_BOOLEAN:
                digest_add(digest, &value->boolean, sizeof(value->boolean));
                break;
        case VALUE_OBJLNK:
                digest_add(digest, &value->link.object, sizeof(value->link.object));
                digest_add(digest, &value->link.instance, sizeof(value->link.instance));
                break;
        case VALUE_STRING:
        case VALUE_CORELNK:
        case VALUE_OPAQUE:
                digest_add(digest, &value->bytes.size, sizeof(value->bytes.size));
                digest_add(digest, value->bytes.data, value->bytes.size);
                break;
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                break;
        }
}

static bool to_number(const Value *value, long double *ret)
{
        switch (value->type) {
        case VALUE_INTEGER:
        case VALUE_TIME:
                *ret = value->integer;
                return true;
        case VALUE_UNSIGNED:
                *ret = value->unsigned_integer;
                return true;
        case VALUE_FLOAT:
                *ret = value->real;
                return true;
        case VALUE_BOOLEAN:
                *ret = value->boolean;
                return true;
        case VALUE_NONE:
        case VALUE_STRING:
        case VALUE_OPAQUE:
        case VALUE_OBJLNK:
        case VALUE_CORELNK:
        case _VALUE_TYPE_MAX:
                break;
        }
        return false;
}

int observed_value_take(const Path *path, const RecordList *records, ObservedValue *ret)
{
        ObservedValue value = {.digest = FNV_OFFSET};

        /* An Object has more than anybody compares by number. */
        if (path->length >= 3 && records->n > 0) {
                value.numbers = calloc(records->n, sizeof(*value.numbers));
                if (!value.numbers)
                        return -ENOMEM;
        }
        for (size_t i = 0; i < records->n; i++) {
                const Record *record = &records->items[i];
                long double number;

                digest_add(&value.digest, record->path.id, record->path.length * sizeof(record->path.id[0]));
                digest_value(&value.digest, &record->value);
                if (value.numbers && to_number(&record->value, &number))
                        value.numbers[value.n++] =
                                (ObservedNumber){record->path.length == 4 ? record->path.id[3] : 0, number};
        }
        *ret = value;
        return 0;
}

void observed_value_done(ObservedValue *value)
{
        free(value->numbers);
        *value = (ObservedValue){.n = 0};
}

/* -- Comparing -- */

#define CONDITIONS (1U << ATTRIBUTE_GT | 1U << ATTRIBUTE_LT | 1U << ATTRIBUTE_ST | 1U << ATTRIBUTE_EDGE)

static bool crosses(long double threshold, long double before, long double after)
{
        return (before <= threshold && after > threshold) || (before >= threshold && after < threshold);
}

static bool number_meets(
        const AttributeValues *attributes, long double notified, long double seen, long double after)
{
        const double *values = attributes->values;
        long double distance = after > notified ? after - notified : notified - after;

        if (attribute_has(attributes, ATTRIBUTE_GT) && crosses(values[ATTRIBUTE_GT], notified, after))
                return true;
        if (attribute_has(attributes, ATTRIBUTE_LT) && crosses(values[ATTRIBUTE_LT], notified, after))
                return true;
        if (attribute_has(attributes, ATTRIBUTE_ST) && distance > 0 && distance >= values[ATTRIBUTE_ST])
                return true;
        return attribute_has(attributes, ATTRIBUTE_EDGE) && seen != after &&
               (after != 0) == (values[ATTRIBUTE_EDGE] != 0);
}

static bool has_same_ids(const ObservedValue *a, const ObservedValue *b)
{
        if (a->n != b->n)
                return false;
        for (size_t i = 0; i < a->n; i++)
                if (a->numbers[i].id != b->numbers[i].id)
                        return false;
        return true;
}

bool observed_value_meets(const AttributeValues *attributes, const ObservedValue *notified,
        const ObservedValue *seen, const ObservedValue *value)
{
        if (!(attributes->present & CONDITIONS))
                return value->digest != notified->digest;
        if (!has_same_ids(notified, value))
                return true;
        for (size_t i = 0; i < value->n; i++) {
                /* Of one that had gone in between nothing has been seen. */
                long double before =
                        has_same_ids(seen, value) ? seen->numbers[i].number : notified->numbers[i].number;

                if (number_meets(attributes, notified->numbers[i].number, before, value->numbers[i].number))
                        return true;
        }
        return false;
}
