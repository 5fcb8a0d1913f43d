/* SPDX-License-Identifier: Apache-2.0 */
/* Texts with templates. */
#include "daemon/template.h"

#define FILE_PREFIX "file:"

static TemplatePart next_template(const char **p, const char **ret, size_t *ret_size)
{
        const char *word = *p + 1, *end = strchr(word, '}');

        if (!end)
                return TEMPLATE_OPEN;
        *p = end + 1;
        if (strncmp(word, FILE_PREFIX, strlen(FILE_PREFIX)) != 0)
                return TEMPLATE_UNKNOWN;
        *ret = word + strlen(FILE_PREFIX);
        *ret_size = (size_t)(end - *ret);
        return *ret_size > 0 ? TEMPLATE_FILE : TEMPLATE_UNKNOWN;
}

TemplatePart template_next(const char **p, const char **ret, size_t *ret_size)
{
        const char *text = *p;

        if (text[0] == '\0')
                return TEMPLATE_END;
        if (text[0] == '{' && text[1] != '{')
                return next_template(p, ret, ret_size);
        *ret = text;
        *ret_size = text[0] == '{' ? 1 : strcspn(text, "{");
        *p = text + (text[0] == '{' ? 2 : *ret_size);
        return TEMPLATE_TEXT;
}

size_t template_content_size(const uint8_t *data, size_t size)
{
        if (size > 0 && data[size - 1] == 0)
                size--;
        if (size > 0 && data[size - 1] == '\n')
                size--;
        if (size > 0 && data[size - 1] == '\r')
                size--;
        return size;
}
