/* SPDX-License-Identifier: Apache-2.0 */
/* Reboot by logind. */
#include "daemon/device_reboot.h"

#include <stdio.h>

#include "bus/system_services.h"
#include "client/timer.h"
#include "util/log.h"
#include "util/message_ids.h"

static int refuse(DeviceReboot *reboot, SourceCall *call, int code, const char *text)
{
        return device_refuse(
                &reboot->refused, reboot->store, call, "/3/0/4", "asks for a reboot", code, text);
}

static void on_can_reboot(void *userdata, const ServiceReply *reply)
{
        DeviceReboot *reboot = userdata;
        SourceCall call = {.id = reboot->call, .requester = reboot->requester};
        char text[SOURCE_TEXT_SIZE];
        int code = CODE_INTERNAL_ERROR;

        reboot->call = 0;
        if (reply->result == SERVICE_DONE && strcmp(reply->text, "yes") == 0) {
                device_agreed(&reboot->refused);
                store_answer(reboot->store, call.id, 0, NULL);
                return;
        }
        if (reply->result != SERVICE_DONE)
                service_failure(reply, text, sizeof(text));
        else if (strcmp(reply->text, "na") == 0) {
                code = CODE_METHOD_NOT_ALLOWED;
                (void)snprintf(text, sizeof(text), "this machine cannot be rebooted by logind");
        } else
                (void)snprintf(text, sizeof(text),
                        "logind does not let lwm2m-client reboot (CanReboot: %s); its polkit rules would",
                        reply->text);
        (void)refuse(reboot, &call, code, text);
        store_answer(reboot->store, call.id, code, call.text);
}

int device_reboot_execute(DeviceReboot *reboot, SourceCall *call)
{
        int r;

        if (call->granted) {
                effects_add(call->effects, EFFECT_REBOOT, call->requester);
                return 0;
        }
        if (call->id == 0)
                return SOURCE_LATER;
        if (reboot->call != 0)
                return source_refuse(call, CODE_UNAVAILABLE, "logind is being asked already");
        r = service_can_reboot(reboot->bus, on_can_reboot, reboot);
        if (r < 0)
                return refuse(reboot, call, CODE_INTERNAL_ERROR, service_unreachable(r));
        reboot->call = call->id;
        reboot->requester = call->requester;
        return SOURCE_LATER;
}

/* What the reboot comes from. */
static const char *path_of(const DeviceReboot *reboot)
{
        return reboot->for_firmware ? "/5/0/2" : "/3/0/4";
}

static void fail(DeviceReboot *reboot, const char *text)
{
        timer_set(reboot->patience, 0);
        log_full(LOG_ERR, 0, &(LogAbout){.message_id = MESSAGE_ID_REBOOT_FAILED, .path = path_of(reboot)},
                "The machine is not rebooted, as %s: %s. The servers are registered with again.",
                reboot->for_firmware ? "the new firmware needs" : "a server has asked for", text);
        reboot->failed(reboot->userdata);
}

static void on_rebooting(void *userdata, const ServiceReply *reply)
{
        char text[SOURCE_TEXT_SIZE];

        if (reply->result == SERVICE_DONE)
                return;
        service_failure(reply, text, sizeof(text));
        fail(userdata, text);
}

static int on_impatient(sd_event_source *source, uint64_t usec, void *userdata)
{
        fail(userdata, "logind has agreed, but nothing has come of it");
        return 0;
}

void device_reboot_now(DeviceReboot *reboot, bool for_firmware)
{
        int r = service_reboot(reboot->bus, on_rebooting, reboot);

        reboot->for_firmware = for_firmware;
        log_full(LOG_NOTICE, 0, &(LogAbout){.message_id = MESSAGE_ID_REBOOT, .path = path_of(reboot)},
                "Rebooting the machine%s.", for_firmware ? " into the new firmware" : "");
        if (r < 0)
                fail(reboot, service_unreachable(r));
        else
                timer_set(reboot->patience, clock_boottime(reboot->clock) + REBOOT_PATIENCE_USEC);
}

int device_reboot_init(DeviceReboot *reboot, sd_event *event, const Clock *clock, Store *store,
        void (*failed)(void *userdata), void *userdata)
{
        *reboot = (DeviceReboot){.clock = clock, .store = store, .failed = failed, .userdata = userdata};
        return timer_new(event, on_impatient, reboot, "reboot", &reboot->patience);
}

void device_reboot_done(DeviceReboot *reboot)
{
        reboot->patience = sd_event_source_disable_unref(reboot->patience);
}
