/* SPDX-License-Identifier: Apache-2.0 */
/* The XML of dbus/, the documented contract. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The signature of what an interface's method or signal has: direction "in" or "out"; a signal has but one.
 */
static inline void read_documented(const char *interface, const char *kind, const char *member,
        const char *direction, char *signature, size_t size)
{
        char path[512], text[8192], start[64], stop[16], wanted[32], *place, *end;
        FILE *file;

        (void)snprintf(path, sizeof(path), "%s/../../../dbus/%s.xml",
                getenv("TEST_DATA") ?: "tests/unit/bus", interface);
        file = fopen(path, "re");
        assert_non_null(file);
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        (void)fclose(file);

        (void)snprintf(start, sizeof(start), "<%s name=\"%s\">", kind, member);
        (void)snprintf(stop, sizeof(stop), "</%s>", kind);
        (void)snprintf(wanted, sizeof(wanted), "direction=\"%s\"", direction);
        place = strstr(text, start);
        assert_non_null(place);
        end = strstr(place, stop);
        assert_non_null(end);
        signature[0] = '\0';
        while ((place = strstr(place, "<arg type=\"")) && place < end) {
                const char *is_wanted;

                place += strlen("<arg type=\"");
                is_wanted = strstr(place, wanted);
                if (strcmp(kind, "signal") == 0 || (is_wanted && is_wanted < strstr(place, "/>")))
                        (void)snprintf(signature + strlen(signature), size - strlen(signature), "%.*s",
                                (int)strcspn(place, "\""), place);
        }
}
