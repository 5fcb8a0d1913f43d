/* SPDX-License-Identifier: Apache-2.0 */
/* The back end of Firmware Update. */
#include "bus/firmware_backend.h"

#include "bus/firmware_rauc.h"
#include "bus/firmware_service.h"

struct FirmwareBackend {
        const FirmwareBackendHandler *handler;
        void *userdata;
        FirmwareQuestion *question; /* owned */
};

static void on_ended(void *userdata, FirmwareAsked what, const FirmwareVerdict *verdict)
{
        const FirmwareBackend *backend = userdata;

        switch (what) {
        case FIRMWARE_ASKED_VERIFY:
                backend->handler->verified(backend->userdata, verdict);
                break;
        case FIRMWARE_ASKED_PREPARE:
                backend->handler->prepared(backend->userdata, verdict);
                break;
        case FIRMWARE_ASKED_INSTALL:
        case FIRMWARE_ASKED_RESUME:
                backend->handler->installed(backend->userdata, verdict);
                break;
        case FIRMWARE_ASKED_BOOTED:
                backend->handler->booted(backend->userdata, verdict);
                break;
        case FIRMWARE_ASKED_NOTHING:
                break;
        }
}

static void on_progress(void *userdata, unsigned percent, const char *text)
{
        const FirmwareBackend *backend = userdata;

        backend->handler->progress(backend->userdata, percent, text);
}

static const FirmwareQuestionHandler question_handler = {.ended = on_ended, .progress = on_progress};

bool firmware_backend_is_name(const char *name)
{
        return strcmp(name, FIRMWARE_BACKEND_RAUC) == 0 ||
               (name[0] != ':' && sd_bus_service_name_is_valid(name) > 0);
}

int firmware_backend_new(sd_event *event, const Clock *clock, Bus *bus, const char *name,
        const FirmwareBackendHandler *handler, void *userdata, FirmwareBackend **ret)
{
        const bool is_rauc = strcmp(name, FIRMWARE_BACKEND_RAUC) == 0;
        _cleanup_(firmware_backend_freep) FirmwareBackend *backend = NULL;
        int r;

        if (!firmware_backend_is_name(name))
                return -EINVAL;
        backend = calloc(1, sizeof(*backend));
        if (!backend)
                return -ENOMEM;
        backend->handler = handler;
        backend->userdata = userdata;
        r = firmware_question_new(event, clock, bus, is_rauc ? FIRMWARE_RAUC_NAME : name,
                is_rauc ? &firmware_rauc_asker : &firmware_service_asker, &question_handler, backend,
                &backend->question);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(backend);
        return 0;
}

FirmwareBackend *firmware_backend_free(FirmwareBackend *backend)
{
        if (!backend)
                return NULL;
        firmware_question_free(backend->question);
        free(backend);
        return NULL;
}

int firmware_backend_verify(FirmwareBackend *backend, const char *path)
{
        return firmware_question_begin(backend->question, FIRMWARE_ASKED_VERIFY, path, NULL, NULL);
}

int firmware_backend_prepare(FirmwareBackend *backend)
{
        return firmware_question_begin(backend->question, FIRMWARE_ASKED_PREPARE, NULL, NULL, NULL);
}

int firmware_backend_install(FirmwareBackend *backend, const char *path, const char *id)
{
        return firmware_question_begin(backend->question, FIRMWARE_ASKED_INSTALL, path, id, NULL);
}

int firmware_backend_resume(FirmwareBackend *backend, const char *path, const char *id, const char *mark)
{
        return firmware_question_begin(backend->question, FIRMWARE_ASKED_RESUME, path, id, mark);
}

int firmware_backend_booted(FirmwareBackend *backend, const char *id, const char *mark)
{
        return firmware_question_begin(backend->question, FIRMWARE_ASKED_BOOTED, NULL, id, mark);
}

void firmware_backend_cancel(FirmwareBackend *backend)
{
        firmware_question_cancel(backend->question);
}
