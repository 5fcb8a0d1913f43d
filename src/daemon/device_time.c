/* SPDX-License-Identifier: Apache-2.0 */
/* Time and zone by timedated: the zone first, since it is the one that can be put back exactly. */
#include "daemon/device_time.h"

#include "bus/system_services.h"
#include "client/about.h"

/* What timedated takes in microseconds */
#define TIME_MAX (INT64_MAX / (int64_t)USEC_PER_SEC)

/* What a Write wants; zero and "": nothing. */
typedef struct Wish {
        int64_t time;
        char zone[TIMEZONE_SIZE];
        bool has_offset;
        int offset; /* minutes */
} Wish;

static int refuse(DeviceTime *time, SourceCall *call, int code, const char *text)
{
        return device_refuse(
                &time->refused, time->store, call, "/3/0/13", "sets time or time zone", code, text);
}

/* -- What is wanted -- */

static int read_time(SourceCall *call, const Value *value, Wish *wish)
{
        if (value->integer <= 0 || value->integer > TIME_MAX)
                return source_refuse(call, CODE_BAD_REQUEST, "/3/0/13: no time after 1970");
        wish->time = value->integer;
        return 0;
}

static int read_offset(SourceCall *call, const Value *value, Wish *wish)
{
        if (utc_offset_parse((const char *)value->bytes.data, &wish->offset) < 0)
                return source_refuse(call, CODE_BAD_REQUEST, "/3/0/14: no offset as +02:00 or Z");
        wish->has_offset = true;
        return 0;
}

static int read_zone(SourceCall *call, const Value *value, Wish *wish)
{
        const char *text = (const char *)value->bytes.data;

        if (!timezone_is_name(text))
                return source_refuse(call, CODE_BAD_REQUEST, "/3/0/15: no name as Europe/Paris");
        memcpy(wish->zone, text, strlen(text) + 1);
        return 0;
}

/* An offset beside a zone says nothing that the zone does not. 0 or a Code. */
static int read_wish(SourceCall *call, const RecordList *values, Wish *wish)
{
        int r = 0;

        for (size_t i = 0; i < values->n && r == 0; i++) {
                const Value *value = &values->items[i].value;

                switch (values->items[i].path.id[2]) {
                case DEVICE_CURRENT_TIME:
                        r = read_time(call, value, wish);
                        break;
                case DEVICE_UTC_OFFSET:
                        r = read_offset(call, value, wish);
                        break;
                case DEVICE_TIMEZONE:
                        r = read_zone(call, value, wish);
                        break;
                }
        }
        if (r == 0 && wish->has_offset && !wish->zone[0] && timezone_of_offset(wish->offset, wish->zone) < 0)
                r = source_refuse(call, CODE_BAD_REQUEST,
                        "/3/0/14: no time zone has this offset all year; write /3/0/15");
        return r;
}

/* -- What comes of it -- */

static void answer(DeviceTime *time, int code, const char *text)
{
        uint64_t id = time->call;

        time->call = 0;
        store_answer(time->store, id, code, text);
}

static void fail(DeviceTime *time, int code, const char *text)
{
        SourceCall call = {.requester = time->requester};

        (void)refuse(time, &call, code, text);
        answer(time, code, call.text);
}

static void succeed(DeviceTime *time)
{
        device_agreed(&time->refused);
        if (time->zone[0]) {
                log_full(LOG_INFO, 0,
                        ABOUT_REQUESTER(
                                MESSAGE_ID_DEVICE_SET, time->store, time->requester, .path = "/3/0/15"),
                        "LwM2M Server %u has set the time zone to %s.", time->requester, time->zone);
                store_changed(time->store, &PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_TIMEZONE));
                store_changed(time->store, &PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_UTC_OFFSET));
        }
        if (time->time > 0) {
                log_full(LOG_INFO, 0,
                        ABOUT_REQUESTER(
                                MESSAGE_ID_DEVICE_SET, time->store, time->requester, .path = "/3/0/13"),
                        "LwM2M Server %u has set the clock.", time->requester);
                store_changed(time->store, &PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_CURRENT_TIME));
        }
        answer(time, 0, NULL);
}

static void on_zone_put_back(void *userdata, const ServiceReply *reply)
{
        char text[SOURCE_TEXT_SIZE];

        if (reply->result == SERVICE_DONE)
                return;
        service_failure(reply, text, sizeof(text));
        /* Of nobody: the next one may be setting it by now. */
        log_full(LOG_WARNING, 0, &(LogAbout){.message_id = MESSAGE_ID_DEVICE_REFUSED, .path = "/3/0/15"},
                "The time zone from before cannot be set again: %s.", text);
}

/* Nothing has changed where the time cannot be set. */
static void put_zone_back(DeviceTime *time)
{
        int r;

        if (!time->zone[0] || strcmp(time->zone, time->zone_before) == 0)
                return;
        r = time->zone_before[0] ? service_set_timezone(time->bus, time->zone_before, on_zone_put_back, time)
                                 : -ENOENT;
        if (r < 0)
                log_full(LOG_WARNING, r,
                        ABOUT_REQUESTER(
                                MESSAGE_ID_DEVICE_REFUSED, time->store, time->requester, .path = "/3/0/15"),
                        "The time zone from before cannot be set again: %m");
}

static void on_time_set(void *userdata, const ServiceReply *reply)
{
        char text[SOURCE_TEXT_SIZE];

        if (reply->result == SERVICE_DONE) {
                succeed(userdata);
                return;
        }
        put_zone_back(userdata);
        service_failure(reply, text, sizeof(text));
        fail(userdata, CODE_INTERNAL_ERROR, text);
}

static int set_time(DeviceTime *time)
{
        return service_set_time(time->bus, time->time * (int64_t)USEC_PER_SEC, on_time_set, time);
}

static void on_zone_set(void *userdata, const ServiceReply *reply)
{
        DeviceTime *time = userdata;
        char text[SOURCE_TEXT_SIZE];
        int r = 0;

        if (reply->result != SERVICE_DONE) {
                service_failure(reply, text, sizeof(text));
                fail(time, reply->result == SERVICE_BAD_REQUEST ? CODE_BAD_REQUEST : CODE_INTERNAL_ERROR,
                        text);
                return;
        }
        if (time->time > 0)
                r = set_time(time);
        else
                succeed(time);
        if (r < 0) {
                put_zone_back(time);
                fail(time, CODE_INTERNAL_ERROR, service_unreachable(r));
        }
}

static void remember(DeviceTime *time, const SourceCall *call, const Wish *wish)
{
        time->call = call->id;
        time->requester = call->requester;
        time->time = wish->time;
        memcpy(time->zone, wish->zone, sizeof(time->zone));
        if (!timezone_read(time->zone_before))
                time->zone_before[0] = '\0';
}

int device_time_write(DeviceTime *time, SourceCall *call, const SourceWrite *write)
{
        Wish wish = {0};
        int r;

        if (call->granted)
                return 0; /* done before it was granted: only then is it known that it can be done */
        r = read_wish(call, write->values, &wish);
        if (r != 0 || (wish.time == 0 && !wish.zone[0]))
                return r;
        if (call->id == 0)
                return SOURCE_LATER;
        if (time->call != 0)
                return source_refuse(call, CODE_UNAVAILABLE, "it is being set already");
        remember(time, call, &wish);
        r = wish.zone[0] ? service_set_timezone(time->bus, time->zone, on_zone_set, time) : set_time(time);
        if (r == 0)
                return SOURCE_LATER;
        time->call = 0;
        return refuse(time, call, CODE_INTERNAL_ERROR, service_unreachable(r));
}
