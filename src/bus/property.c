/* SPDX-License-Identifier: Apache-2.0 */
/* Properties as flat views; the vtable is the only list of them. */
#include "bus/property.h"
#include "util/utf8.h"

int property_get_text(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *reterr)
{
        assert(userdata);

        return sd_bus_message_append(reply, "s", (const char *)userdata);
}

int property_get_failure(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *reterr)
{
        const Failure *failure = userdata;

        assert(failure);

        return sd_bus_message_append(reply, "(ss)", failure_name_to_string(failure->name),
                failure->name == FAILURE_NONE ? "" : failure->sentence);
}

int property_append_counters(sd_bus_message *reply, const ClientCounters *counters, size_t n)
{
        int r;

        assert(n <= _CLIENT_COUNTER_MAX);

        r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "{st}");
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = sd_bus_message_append(
                        reply, "{st}", client_counter_to_string((ClientCounter)i), counters->values[i]);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

void property_set_text(char *field, size_t size, const char *text)
{
        size_t length = text ? strlen(text) : 0;

        assert(size > 0);

        if (length >= size)
                length = utf8_cut(text, size - 1);
        if (length > 0)
                memcpy(field, text, length);
        field[length] = '\0';
        utf8_make_printable(field, length);
}

static bool field_equal(const char *signature, const void *a, const void *b)
{
        if (strcmp(signature, "s") == 0)
                return strcmp(a, b) == 0;
        if (strcmp(signature, "(ss)") == 0) {
                const Failure *x = a, *y = b;

                return x->name == y->name &&
                       (x->name == FAILURE_NONE || strcmp(x->sentence, y->sentence) == 0);
        }
        switch (signature[0]) {
        case 't':
        case 'x':
                return memcmp(a, b, sizeof(uint64_t)) == 0;
        case 'u':
                return memcmp(a, b, sizeof(uint32_t)) == 0;
        case 'q':
                return memcmp(a, b, sizeof(uint16_t)) == 0;
        case 'b':
                return memcmp(a, b, sizeof(int)) == 0;
        case 'y':
                return memcmp(a, b, sizeof(uint8_t)) == 0;
        default:
                assert(!"a signature that no view has");
                return false;
        }
}

static bool is_equal(const sd_bus_vtable *property, const void *a, const void *b)
{
        size_t offset = property->x.property.offset;

        return property->type != _SD_BUS_VTABLE_PROPERTY ||
               !(property->flags & SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE) ||
               field_equal(
                       property->x.property.signature, (const char *)a + offset, (const char *)b + offset);
}

bool property_differs(const sd_bus_vtable *vtable, const void *a, const void *b)
{
        for (const sd_bus_vtable *v = vtable; v->type != _SD_BUS_VTABLE_END; v++)
                if (!is_equal(v, a, b))
                        return true;
        return false;
}

int property_emit_changed(sd_bus *connection, const char *path, const char *interface,
        const sd_bus_vtable *vtable, const void *view, void *emitted, size_t view_size)
{
        char *names[PROPERTIES_MAX + 1];
        size_t n = 0;

        for (const sd_bus_vtable *v = vtable; v->type != _SD_BUS_VTABLE_END; v++) {
                if (is_equal(v, view, emitted))
                        continue;
                assert(n < PROPERTIES_MAX);
                names[n++] = (char *)v->x.property.member;
        }
        names[n] = NULL;

        memcpy(emitted, view, view_size);
        return n == 0 ? 0 : sd_bus_emit_properties_changed_strv(connection, path, interface, names);
}
