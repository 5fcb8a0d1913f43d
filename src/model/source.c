/* SPDX-License-Identifier: Apache-2.0 */
/* What an Object is served by. */
#include "model/source.h"

#include <stdarg.h>
#include <stdio.h>

int source_refuse(SourceCall *call, int code, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(call->text, sizeof(call->text), format, arguments);
        va_end(arguments);
        return code;
}

size_t source_one_instance(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        ret[0] = 0;
        return 1;
}
