/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of an Execute. */
#include "lwm2m/execute_arguments.h"

/* CHAR of the grammar: %x21 / %x23-26 / %x28-5B / %x5D-7E */
static bool is_argument_character(char c)
{
        return c >= 0x21 && c <= 0x7e && c != '"' && c != '\'' && c != '\\';
}

bool execute_arguments_parse(const char *text, size_t size, ExecuteArgument ret[EXECUTE_ARGUMENTS_MAX])
{
        size_t i = 0;

        for (size_t k = 0; k < EXECUTE_ARGUMENTS_MAX; k++)
                ret[k] = (ExecuteArgument){.given = false};

        while (i < size) {
                ExecuteArgument *argument;

                if (text[i] < '0' || text[i] > '9')
                        return false;
                argument = &ret[text[i++] - '0'];
                if (argument->given)
                        return false;
                argument->given = true;

                if (i < size && text[i] == '=') {
                        if (++i >= size || text[i++] != '\'')
                                return false;
                        argument->value = text + i;
                        while (i < size && is_argument_character(text[i]))
                                i++;
                        argument->size = (size_t)(text + i - argument->value);
                        if (i >= size || text[i++] != '\'')
                                return false;
                }

                if (i == size)
                        return true;
                if (text[i++] != ',')
                        return false;
        }

        return size == 0; /* else it ended with a comma */
}
