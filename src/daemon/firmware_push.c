/* SPDX-License-Identifier: Apache-2.0 */
/* A server writes Package. */
#include "daemon/firmware_push.h"

#include "daemon/firmware_package.h"
#include "lwm2m/message.h"

#define PIECE_MAX      4096 /* bytes: a block has 1024, and what is unwrapped is no longer than that */
#define NO_MEMORY_TEXT "There was no memory for the package."

/* One transfer, from its first block until it has ended for the connection. */
struct FirmwarePush {
        Firmware *owner;
        FirmwarePush *next; /* of the owner's */
        Firmware *firmware; /* the same; NULL: nothing more of it is wanted */
        BodyResume resume;
        PackageStream stream;
        uint8_t piece[PIECE_MAX]; /* unwrapped */
        size_t n_piece;
        sd_event_source *task; /* it has ended, or may go on: told from the loop */
        bool waiting;          /* for resume */
        bool ended;            /* for the connection */
        int answer;            /* 0: go on; a Code: what the server is answered from now on */
        BodyEnd why;
};

static void push_free(FirmwarePush *push)
{
        if (push->firmware && push->firmware->push == push) {
                firmware_package_leave(push->firmware);
                push->firmware->push = NULL;
        }
        for (FirmwarePush **each = &push->owner->pushes; *each; each = &(*each)->next)
                if (*each == push) {
                        *each = push->next;
                        break;
                }
        sd_event_source_disable_unref(push->task);
        free(push);
}

/* The answer to what the connection waits for, or to what comes next. */
static void go_on(FirmwarePush *push, int answer)
{
        push->answer = answer;
        if (push->waiting)
                task_set(push->task, true);
}

/* -- The package -- */

static void on_drained(void *userdata)
{
        go_on(userdata, 0);
}

static void on_finished(void *userdata)
{
        FirmwarePush *push = userdata;

        push->firmware->push = NULL;
        push->firmware = NULL;
        go_on(push, 0);
}

static void on_failed(void *userdata, FirmwareResult result)
{
        FirmwarePush *push = userdata;

        push->firmware->push = NULL;
        push->firmware = NULL;
        go_on(push, result == FIRMWARE_RESULT_NO_SPACE ? CODE_TOO_LARGE : CODE_UNAVAILABLE);
}

static const PackageFeeder feeder = {
        .drained = on_drained,
        .finished = on_finished,
        .failed = on_failed,
};

void firmware_push_stop(Firmware *firmware)
{
        FirmwarePush *push = firmware->push;

        if (!push)
                return;
        firmware_package_leave(firmware);
        firmware->push = NULL;
        push->firmware = NULL;
        go_on(push, CODE_INCOMPLETE);
}

void firmware_push_free(Firmware *firmware)
{
        while (firmware->pushes)
                push_free(firmware->pushes);
}

/* -- The sink -- */

static const char *why_ended(BodyEnd why)
{
        switch (why) {
        case BODY_SILENT:
                return "The server has sent no block of the package for 247 s.";
        case BODY_SESSION_LOST:
                return "The session with the server that wrote the package has ended.";
        case BODY_BEGUN_ANEW:
                return "The server has begun to write the package anew, and has not gone on.";
        case BODY_TOO_LARGE:
                return "The package has more blocks than a transfer can have.";
        case BODY_NO_MEMORY:
                break;
        }
        return NO_MEMORY_TEXT;
}

/* From the loop: what the connection has told cannot be answered from inside its call. */
static int on_task(sd_event_source *source, void *userdata)
{
        FirmwarePush *push = userdata;
        Firmware *firmware = push->firmware;
        const BodyResume resume = push->resume;
        const int answer = push->answer;

        if (push->ended) {
                const FirmwareEvent event = {
                        .type = FIRMWARE_EVENT_FAILED,
                        .result = push->why == BODY_TOO_LARGE   ? FIRMWARE_RESULT_NO_SPACE
                                  : push->why == BODY_NO_MEMORY ? FIRMWARE_RESULT_NO_MEMORY
                                                                : FIRMWARE_RESULT_CONNECTION_LOST,
                        .text = why_ended(push->why),
                };
                const bool counts = firmware && firmware->push == push;

                push_free(push);
                if (counts)
                        firmware_do(firmware, event);
                return 0;
        }
        if (!push->waiting)
                return 0;
        push->waiting = false;
        if (answer != 0 || !firmware)
                push_free(push);
        resume.resume(resume.userdata, answer);
        return 0;
}

static int end_with(FirmwarePush *push, int answer)
{
        push_free(push);
        return answer;
}

/* What is wrong with more than this server's request. */
static int fail(FirmwarePush *push, int r)
{
        firmware_fail_soon(push->firmware, FIRMWARE_RESULT_NO_MEMORY, NO_MEMORY_TEXT);
        return end_with(push, r);
}

/* The request is none, as it would not be in one message: nothing has come of it. */
static int broken(FirmwarePush *push)
{
        firmware_do_soon(push->firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_RESET});
        return end_with(push, CODE_BAD_REQUEST);
}

/* Collected, since whoever takes it may say but once that it has to wait. */
static int on_bytes(void *userdata, const uint8_t *data, size_t size)
{
        FirmwarePush *push = userdata;

        if (size > sizeof(push->piece) - push->n_piece)
                return -E2BIG;
        memcpy(push->piece + push->n_piece, data, size);
        push->n_piece += size;
        return 0;
}

/* 0, BODY_WAIT, a Code or negative errno. */
static int take_piece(FirmwarePush *push, int r)
{
        const size_t size = push->n_piece;

        push->n_piece = 0;
        return r != 0 || size == 0 ? r : firmware_package_write(push->firmware, push->piece, size);
}

static int follow(FirmwarePush *push, int r)
{
        if (r == CODE_BAD_REQUEST)
                return broken(push);
        if (r < 0)
                return fail(push, r);
        if (r > BODY_WAIT)
                return end_with(push, r); /* on_failed() of the package says why */
        push->waiting = r == BODY_WAIT;
        return r;
}

static int sink_write(void *userdata, const uint8_t *data, size_t size)
{
        FirmwarePush *push = userdata;
        int r;

        if (!push->firmware || push->answer != 0)
                return end_with(push, push->answer ?: CODE_INCOMPLETE);
        r = package_stream_feed(&push->stream, data, size);
        return follow(push, take_piece(push, r));
}

static int sink_done(void *userdata)
{
        FirmwarePush *push = userdata;
        int r;

        if (!push->firmware || push->answer != 0)
                return end_with(push, push->answer ?: CODE_INCOMPLETE);
        r = take_piece(push, package_stream_end(&push->stream));
        if (r == 0 || r == BODY_WAIT)
                r = firmware_package_finish(push->firmware);
        return follow(push, r == 0 ? BODY_WAIT : r);
}

/* The same server may begin anew right behind it, from inside the same call. */
static void sink_abort(void *userdata, BodyEnd why)
{
        FirmwarePush *push = userdata;

        push->ended = true;
        push->waiting = false;
        push->why = why;
        task_set(push->task, true);
}

/* -- Begin -- */

static int new_push(Firmware *firmware, int content_format, BodyResume resume, FirmwarePush **ret)
{
        FirmwarePush *push = calloc(1, sizeof(*push));
        int r;

        if (!push)
                return -ENOMEM;
        push->owner = firmware;
        push->next = firmware->pushes;
        firmware->pushes = push;
        push->resume = resume;
        package_stream_init(&push->stream, content_format, on_bytes, push);
        r = task_new(firmware->event, on_task, push, "firmware-push", &push->task);
        if (r < 0) {
                push_free(push);
                return r;
        }
        *ret = push;
        return 0;
}

int firmware_push_stream(void *userdata, SourceCall *call, const Path *path, int content_format,
        uint64_t announced, BodyResume resume, BodySink *ret)
{
        Firmware *firmware = userdata;
        const char *text =
                firmware_machine_refuses(&firmware->record.machine, FIRMWARE_EVENT_PACKAGE, call->requester);
        FirmwarePush *push;
        int r;

        if (path->length != 3 || path->id[2] != FIRMWARE_PACKAGE)
                return source_refuse(call, CODE_METHOD_NOT_ALLOWED, "Package alone is written in blocks");
        if (text)
                return source_refuse(call, CODE_METHOD_NOT_ALLOWED, "%s", text);
        r = new_push(firmware, content_format, resume, &push);
        if (r < 0)
                return r;
        firmware_push_stop(firmware); /* of the same server, whose new one takes its place */
        firmware_do(firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_PACKAGE, .sender = call->requester});
        r = firmware_package_begin(firmware, &feeder, push, announced, 0);
        if (r < 0) {
                push_free(push);
                firmware_fail_soon(firmware, FIRMWARE_RESULT_NO_MEMORY, NO_MEMORY_TEXT);
                return r;
        }
        push->firmware = firmware;
        firmware->push = push;
        /* In another format it says more than the package has. */
        firmware->record.total = content_format == FORMAT_OPAQUE ? announced : 0;
        firmware->handler->changed(firmware->userdata);
        *ret = (BodySink){.write = sink_write, .done = sink_done, .abort = sink_abort, .userdata = push};
        return 0;
}

/* -- In one message -- */

static void ignore(void *userdata)
{
}

static void ignore_failure(void *userdata, FirmwareResult result)
{
}

static const PackageFeeder whole_feeder = {
        .drained = ignore,
        .finished = ignore,
        .failed = ignore_failure,
};

int firmware_push_whole(Firmware *firmware, SourceCall *call, const Value *package)
{
        int r;

        if (package->bytes.size > firmware->settings.max_size)
                return source_refuse(call, CODE_TOO_LARGE, "the package is larger than this device takes");
        firmware_push_stop(firmware); /* of the same server, whose new one takes its place */
        firmware_do(firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_PACKAGE, .sender = call->requester});
        r = firmware_package_begin(firmware, &whole_feeder, firmware, package->bytes.size, 0);
        if (r >= 0)
                r = firmware_package_write(firmware, package->bytes.data, package->bytes.size);
        if (r >= 0)
                r = firmware_package_finish(firmware);
        if (r < 0)
                firmware_fail_soon(firmware, FIRMWARE_RESULT_NO_MEMORY, NO_MEMORY_TEXT);
        return 0;
}
