/* SPDX-License-Identifier: Apache-2.0 */
/* The last updates, and what the journal says of each. */
#include "daemon/firmware_updates.h"

#include <stdio.h>

#include "daemon/repository_uri.h"
#include "util/crypto.h"
#include "util/log.h"
#include "util/message_ids.h"
#include "util/utf8.h"

/* What is copied is printable by now, and fits. */
#define COPY(field, text) (void)snprintf((field), sizeof(field), "%s", (text))

void firmware_updates_new_id(char ret[FIRMWARE_ID_SIZE])
{
        uint8_t bytes[(FIRMWARE_ID_SIZE - 1) / 2] = {0};
        int r = crypto_random(bytes, sizeof(bytes));

        if (r < 0)
                log_event_errno(
                        LOG_ERR, r, MESSAGE_ID_INTERNAL_ERROR, "The kernel gives no random bytes: %m");
        for (size_t i = 0; i < sizeof(bytes); i++)
                (void)snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

void firmware_updates_shown_uri(const char *uri, char ret[FIRMWARE_URI_SIZE])
{
        (void)repository_uri_show(uri, ret);
        utf8_make_printable(ret, strlen(ret));
}

/* -- History -- */

static FirmwareUpdate *newest(Firmware *firmware)
{
        return firmware->record.history.n > 0 ? &firmware->record.history.updates[0] : NULL;
}

void firmware_updates_begin(Firmware *firmware)
{
        const FirmwareMachine *m = &firmware->record.machine;
        FirmwareHistory *history = &firmware->record.history;
        FirmwareUpdate *update = history->updates;

        history->n = MIN_OF(history->n + 1, (size_t)FIRMWARE_HISTORY_MAX);
        memmove(update + 1, update, (history->n - 1) * sizeof(*update));
        *update = (FirmwareUpdate){
                .start = clock_realtime(firmware->clock),
                .delivery = m->delivery,
        };
        firmware_updates_new_id(update->id);
        firmware_updates_shown_uri(m->uri, update->uri);
        COPY(update->version_before, firmware->handler->version(firmware->userdata));
}

void firmware_updates_install(Firmware *firmware)
{
        FirmwareUpdate *update = newest(firmware);

        firmware_updates_new_id(firmware->record.id);
        if (update && update->end == 0)
                COPY(update->id, firmware->record.id);
}

void firmware_updates_follow(Firmware *firmware)
{
        const FirmwareMachine *m = &firmware->record.machine;
        FirmwareUpdate *update = newest(firmware);

        if (!update || update->end > 0)
                return;
        update->size = firmware->bytes;
        COPY(update->name, m->name);
        COPY(update->version, m->version);
}

void firmware_updates_end(Firmware *firmware)
{
        const FirmwareMachine *m = &firmware->record.machine;
        FirmwareUpdate *update = newest(firmware);

        if (!update || update->end > 0)
                return;
        firmware_updates_follow(firmware);
        /* Never 0, which is an update that is on. */
        update->end = MAX_OF(clock_realtime(firmware->clock), (uint64_t)1);
        update->result = m->result;
        firmware->record.history.ended[m->result]++;
        COPY(update->text, m->text);
        COPY(update->version_after, firmware->handler->version(firmware->userdata));
}

bool firmware_updates_version(Firmware *firmware)
{
        const char *version = firmware->handler->version(firmware->userdata);
        FirmwareUpdate *update = newest(firmware);

        if (!update || update->end == 0 || strcmp(update->version_after, version) == 0)
                return false;
        COPY(update->version_after, version);
        return true;
}

/* -- Journal -- */

typedef struct Line {
        const char *message_id;
        int level;
} Line;

static const Line lines[_FIRMWARE_RESULT_MAX] = {
        [FIRMWARE_RESULT_INITIAL] = {MESSAGE_ID_FIRMWARE_STATE, LOG_INFO},
        [FIRMWARE_RESULT_SUCCESS] = {MESSAGE_ID_FIRMWARE_UPDATED, LOG_NOTICE},
        [FIRMWARE_RESULT_NO_SPACE] = {MESSAGE_ID_FIRMWARE_NO_SPACE, LOG_ERR},
        [FIRMWARE_RESULT_NO_MEMORY] = {MESSAGE_ID_FIRMWARE_NO_MEMORY, LOG_ERR},
        [FIRMWARE_RESULT_CONNECTION_LOST] = {MESSAGE_ID_FIRMWARE_CONNECTION_LOST, LOG_ERR},
        [FIRMWARE_RESULT_INTEGRITY] = {MESSAGE_ID_FIRMWARE_INTEGRITY, LOG_ERR},
        [FIRMWARE_RESULT_UNSUPPORTED_PACKAGE] = {MESSAGE_ID_FIRMWARE_UNSUPPORTED_PACKAGE, LOG_ERR},
        [FIRMWARE_RESULT_INVALID_URI] = {MESSAGE_ID_FIRMWARE_INVALID_URI, LOG_ERR},
        [FIRMWARE_RESULT_FAILED] = {MESSAGE_ID_FIRMWARE_FAILED, LOG_ERR},
        [FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL] = {MESSAGE_ID_FIRMWARE_UNSUPPORTED_PROTOCOL, LOG_ERR},
        [FIRMWARE_RESULT_CANCELLED] = {MESSAGE_ID_FIRMWARE_CANCELLED, LOG_NOTICE},
        [FIRMWARE_RESULT_DEFERRED] = {MESSAGE_ID_FIRMWARE_DEFERRED, LOG_NOTICE},
};

#define ABOUT_SIZE (FIRMWARE_URI_SIZE + 32)

/* What it is about: a name and a version, else where it comes from. */
static void describe(const FirmwareMachine *m, char text[ABOUT_SIZE])
{
        char uri[FIRMWARE_URI_SIZE];

        firmware_updates_shown_uri(m->uri, uri);
        if (m->name[0] || m->version[0])
                (void)snprintf(text, ABOUT_SIZE, "of %.120s %.120s", m->name, m->version);
        else if (uri[0])
                (void)snprintf(text, ABOUT_SIZE, "from %s", uri);
        else
                (void)snprintf(text, ABOUT_SIZE, "pushed by LwM2M Server %u", m->sender);
}

void firmware_updates_tell(const Firmware *firmware, FirmwareState before)
{
        const FirmwareMachine *m = &firmware->record.machine;
        const FirmwareState state = firmware_machine_state(m);
        const Line *line = &lines[m->result];
        char about[ABOUT_SIZE];

        if (m->result == FIRMWARE_RESULT_INITIAL && state == before)
                return;
        describe(m, about);
        if (m->result == FIRMWARE_RESULT_INITIAL)
                log_full(LOG_INFO, 0, &(LogAbout){.message_id = line->message_id, .path = "/5/0/3"},
                        "Firmware update %s: %s.", about, firmware_state_to_string(state));
        else
                log_full(line->level, 0, &(LogAbout){.message_id = line->message_id, .path = "/5/0/5"},
                        "Firmware update %s: %s%s%s (Update Result %u)", about,
                        firmware_result_sentence(m->result), m->text[0] ? " " : "", m->text,
                        (unsigned)m->result);
}
