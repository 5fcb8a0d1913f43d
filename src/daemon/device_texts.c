/* SPDX-License-Identifier: Apache-2.0 */
/* The strings of Device. */
#include "daemon/device_texts.h"

#include <stdio.h>

#include "daemon/template.h"
#include "lwm2m/ids.h"
#include "util/log.h"
#include "util/message_ids.h"
#include "util/utf8.h"

static const struct {
        uint16_t resource;
        size_t offset; /* in DeviceStrings */
} strings_of[DEVICE_TEXTS] = {
        {DEVICE_MANUFACTURER, offsetof(DeviceStrings, manufacturer)},
        {DEVICE_MODEL_NUMBER, offsetof(DeviceStrings, model_number)},
        {DEVICE_SERIAL_NUMBER, offsetof(DeviceStrings, serial_number)},
        {DEVICE_FIRMWARE_VERSION, offsetof(DeviceStrings, firmware_version)},
        {DEVICE_DEVICE_TYPE, offsetof(DeviceStrings, device_type)},
        {DEVICE_HARDWARE_VERSION, offsetof(DeviceStrings, hardware_version)},
        {DEVICE_SOFTWARE_VERSION, offsetof(DeviceStrings, software_version)},
};

/* -- Who waits -- */

static bool is_under_way(const DeviceText *item)
{
        return item->reading && !item->overdue;
}

/* Calls are run again, and wait again where another file is still being read for them. */
static void answer_waiting(DeviceTexts *texts)
{
        uint64_t waiting[LIMIT_LATE_REQUESTS];
        size_t n = texts->n_waiting;

        memcpy(waiting, texts->waiting, sizeof(waiting));
        texts->n_waiting = 0;
        for (size_t i = 0; i < n; i++)
                store_answer(texts->store, waiting[i], 0, NULL);
}

static void end_of_one(DeviceTexts *texts)
{
        bool asked = texts->asked;

        answer_waiting(texts);
        for (size_t i = 0; i < DEVICE_TEXTS; i++)
                if (is_under_way(&texts->items[i]))
                        return;
        texts->asked = false;
        if (asked && texts->reread)
                texts->reread(texts->userdata);
}

/* -- What a text says -- */

static void tell(DeviceText *item, const char *problem)
{
        const Path path = PATH_RESOURCE(OBJECT_DEVICE, 0, item->resource);
        const char *text = PATH_TEXT(&path);
        char told[sizeof(item->told)];

        (void)snprintf(told, sizeof(told), "%s", problem ?: "");
        if (problem && strcmp(item->told, told) != 0)
                log_full(LOG_WARNING, 0, &(LogAbout){.message_id = MESSAGE_ID_VALUE_LOST, .path = text},
                        "%s has no value: %s %s.", text, item->path ?: "what 'device' has for it", problem);
        else if (!problem && item->told[0])
                log_full(LOG_INFO, 0, &(LogAbout){.message_id = MESSAGE_ID_VALUE_BACK, .path = text},
                        "%s has a value again.", text);
        memcpy(item->told, told, sizeof(told));
}

static bool is_same(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

/* text: taken over. */
static void put_in_force(DeviceText *item, char *text)
{
        bool changed = !is_same(item->text, text);

        free(item->text);
        item->text = text;
        if (changed)
                store_changed(item->texts->store, &PATH_RESOURCE(OBJECT_DEVICE, 0, item->resource));
}

static void fail(DeviceText *item, const char *problem)
{
        tell(item, problem);
        put_in_force(item, NULL);
}

/* All of it has come together. */
static void finish(DeviceText *item)
{
        char *text = NULL;
        int r;

        byte_writer_add_u8(&item->filled, 0);
        r = byte_writer_take(&item->filled, (uint8_t **)&text, &(size_t){0});
        if (r == 0) {
                tell(item, NULL);
                put_in_force(item, text);
        } else
                fail(item, r == -EMSGSIZE ? "makes it longer than 255 bytes" : "finds no memory");
}

static void on_finding(void *userdata, const FileFinding *finding);

/* Whether a file is being read now; else what it failed with has been told. */
static bool begin_file(DeviceText *item, const char *path, size_t size)
{
        char text[FILE_READER_TEXT_SIZE];
        int r = -ENOMEM;

        free(item->path);
        item->path = strndup(path, size);
        if (item->path && item->texts->reader)
                r = file_reader_read(item->texts->reader, item->path, on_finding, item, &item->reading);
        if (r < 0)
                fail(item, file_reader_describe(&(FileFinding){.error = r}, text));
        return r >= 0;
}

/* Goes on up to the next file, or the end. */
static void go_on(DeviceText *item)
{
        TemplatePart part;
        const char *text;
        size_t size;

        while ((part = template_next(&item->next, &text, &size)) == TEMPLATE_TEXT)
                byte_writer_add(&item->filled, text, size);
        if (part == TEMPLATE_FILE)
                (void)begin_file(item, text, size);
        else
                finish(item);
}

static void take(DeviceText *item, const FileFinding *finding)
{
        size_t size = template_content_size(finding->data, finding->size);
        char text[FILE_READER_TEXT_SIZE];

        if (finding->error < 0)
                fail(item, file_reader_describe(finding, text));
        else if (size == 0)
                fail(item, "is empty");
        else if (!utf8_is_printable(finding->data, size))
                fail(item, "is no line of text");
        else {
                byte_writer_add(&item->filled, finding->data, size);
                go_on(item);
        }
}

static void on_finding(void *userdata, const FileFinding *finding)
{
        DeviceText *item = userdata;

        if (!finding->overdue)
                item->reading = NULL;
        item->overdue = finding->overdue;
        take(item, finding);
        if (!is_under_way(item))
                end_of_one(item->texts);
}

static void stop(DeviceText *item)
{
        file_reader_cancel(TAKE_PTR(item->reading));
        item->overdue = false;
        byte_writer_done(&item->filled);
        item->filled = BYTE_WRITER(DEVICE_TEXT_MAX + 1);
        free(TAKE_PTR(item->path));
}

static void begin(DeviceText *item)
{
        stop(item);
        item->next = item->template;
        if (item->template)
                go_on(item);
        else
                put_in_force(item, NULL);
}

void device_texts_reread(DeviceTexts *texts)
{
        texts->asked = true;
        for (size_t i = 0; i < DEVICE_TEXTS; i++)
                begin(&texts->items[i]);
        end_of_one(texts);
}

int device_texts_set(DeviceTexts *texts, const DeviceStrings *strings)
{
        for (size_t i = 0; i < DEVICE_TEXTS; i++) {
                DeviceText *item = &texts->items[i];
                const char *template;
                char *copy = NULL;

                memcpy(&template, (const char *)strings + strings_of[i].offset, sizeof(template));
                if (template) {
                        copy = strdup(template);
                        if (!copy)
                                return -ENOMEM;
                }
                stop(item);
                free(item->template);
                item->template = copy;
                begin(item);
        }
        end_of_one(texts);
        return 0;
}

/* -- Reading -- */

int device_texts_prepare(DeviceTexts *texts, const SourceCall *call, const Path *path)
{
        bool later = false;

        for (size_t i = 0; i < DEVICE_TEXTS; i++)
                later |= is_under_way(&texts->items[i]) &&
                         (path->length < 3 || path->id[2] == texts->items[i].resource);
        if (!later || call->id == 0)
                return 0;
        for (size_t i = 0; i < texts->n_waiting; i++)
                if (texts->waiting[i] == call->id)
                        return SOURCE_LATER;
        if (texts->n_waiting == LIMIT_LATE_REQUESTS)
                return 0;
        texts->waiting[texts->n_waiting++] = call->id;
        return SOURCE_LATER;
}

const char *device_texts_get(const DeviceTexts *texts, uint16_t resource)
{
        for (size_t i = 0; i < DEVICE_TEXTS; i++)
                if (texts->items[i].resource == resource)
                        return texts->items[i].text;
        return NULL;
}

void device_texts_init(
        DeviceTexts *texts, Store *store, FileReader *reader, void (*reread)(void *userdata), void *userdata)
{
        *texts = (DeviceTexts){.store = store, .reader = reader, .reread = reread, .userdata = userdata};
        for (size_t i = 0; i < DEVICE_TEXTS; i++) {
                texts->items[i].texts = texts;
                texts->items[i].resource = strings_of[i].resource;
        }
}

void device_texts_done(DeviceTexts *texts)
{
        for (size_t i = 0; i < DEVICE_TEXTS; i++) {
                stop(&texts->items[i]);
                free(TAKE_PTR(texts->items[i].template));
                free(TAKE_PTR(texts->items[i].text));
        }
}
