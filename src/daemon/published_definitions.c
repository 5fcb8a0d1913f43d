/* SPDX-License-Identifier: Apache-2.0 */
/* Object directories, in the words of model/published. */
#include "daemon/published_definitions.h"

#include "daemon/object_directories.h"
#include "util/log.h"
#include "util/message_ids.h"
#include "util/utf8.h"

static void say(char *text, const char *format, ...) _printf_(2, 3);

static void say(char *text, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        (void)utf8_vprintf(text, SOURCE_TEXT_SIZE, format, ap);
        va_end(ap);
}

/* Whoever publishes is told, and may try again and again; what to mend is the operator's. */
static void tell(ObjectDirectories *directories, uint16_t object, const char *text)
{
        log_full(object_directories_is_news(directories, object) ? LOG_WARNING : LOG_DEBUG, 0,
                &(LogAbout){
                        .message_id = MESSAGE_ID_DEFINITION_WRONG,
                        .path = PATH_TEXT(&PATH_OBJECT(object)),
                },
                "%s", text);
}

static const ObjectDef *define(void *userdata, uint16_t object, char *text)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *file = NULL, *summary = NULL;
        const ObjectDef *def = NULL;
        int r;

        r = object_directories_take(userdata, object, &def, &file, &problems);
        if (r == 0)
                return def;
        if (r == OBJECT_DIRECTORIES_E_NONE)
                say(text, "/%u: no object directory has %u.yaml, its definition", object, object);
        else if (r == OBJECT_DIRECTORIES_E_INVALID &&
                 config_problems_summary(&problems, file, &summary) == 0)
                say(text, "/%u: its definition is wrong: %s", object, summary);
        else
                say(text, "/%u: its definition cannot be read", object);
        if (r != OBJECT_DIRECTORIES_E_NONE)
                tell(userdata, object, text);
        return NULL;
}

static void forget(void *userdata, uint16_t object)
{
        object_directories_forget(userdata, object);
}

const PublishedDefinitions published_definitions = {
        .define = define,
        .forget = forget,
};
