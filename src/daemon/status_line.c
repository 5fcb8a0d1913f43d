/* SPDX-License-Identifier: Apache-2.0 */
/* The line that "systemctl status" shows. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "daemon/status_line.h"

/* Appends; what does not fit is left out. */
typedef struct Line {
        char *buffer;
        size_t size, length;
} Line;

static void add(Line *line, const char *format, ...) _printf_(2, 3);

static void add(Line *line, const char *format, ...)
{
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(line->buffer + line->length, line->size - line->length, format, ap);
        va_end(ap);
        if (n > 0)
                line->length = MIN_OF(line->length + (size_t)n, line->size - 1);
}

static void add_servers(Line *line, size_t n)
{
        add(line, "%zu LwM2M Server%s", n, n == 1 ? "" : "s");
}

/* The next step in whole seconds; nothing where none is due. */
static void add_next(Line *line, const ClientState *state, uint64_t now, const char *words)
{
        uint64_t next = state->next_retry_timestamp;
        uint64_t seconds = ((next > now ? next - now : 0) + USEC_PER_SEC / 2) / USEC_PER_SEC;

        if (next > 0)
                add(line, "%s in %" PRIu64 " s", words, seconds);
}

static void add_error(Line *line, const ClientState *state)
{
        if (state->last_error.name == FAILURE_NONE)
                return;
        add(line, ": %s", failure_name_to_string(state->last_error.name));
        if (state->last_error.sentence[0])
                add(line, " (%s)", state->last_error.sentence);
}

/* What a session is busy with, in the words of a sentence; NULL where that goes without saying. */
static const char *step(SubStatus sub_status)
{
        switch (sub_status) {
        case SUB_STATUS_RESOLVING:
                return "resolving the name";
        case SUB_STATUS_HANDSHAKING:
                return "in the DTLS handshake";
        case SUB_STATUS_REQUESTING:
                return "waiting for the answer";
        case SUB_STATUS_PROVISIONING:
                return "receiving the accounts";
        case SUB_STATUS_LOADING:
        case SUB_STATUS_NO_ACCOUNT:
        case SUB_STATUS_HOLD_OFF:
        case SUB_STATUS_RETRY_WAIT:
        case SUB_STATUS_COMMITTED:
        case SUB_STATUS_IDLE:
        case SUB_STATUS_UPDATING:
        case SUB_STATUS_PARTIAL:
        case SUB_STATUS_DISABLED:
        case SUB_STATUS_SLEEPING:
        case SUB_STATUS_STOPPED:
        case _SUB_STATUS_MAX:
                break;
        }
        return NULL;
}

static void add_bootstrapping(Line *line, const ClientState *state, uint64_t now)
{
        if (state->sub_status == SUB_STATUS_HOLD_OFF) {
                add(line, "Holding off before bootstrapping from %s", state->bootstrap_server_uri);
                add_next(line, state, now, ", which begins");
                add_error(line, state);
                return;
        }
        add(line, "Bootstrapping from %s", state->bootstrap_server_uri);
        if (state->attempt > 0)
                add(line, ": attempt %u of %u", state->attempt, state->retry_count + 1);
        if (state->sub_status == SUB_STATUS_RETRY_WAIT) {
                add_next(line, state, now, ", next");
                add_error(line, state);
        } else if (step(state->sub_status))
                add(line, ", %s", step(state->sub_status));
}

static void add_registering(Line *line, const ClientState *state, size_t n_servers, uint64_t now)
{
        add(line, "Registering with ");
        add_servers(line, n_servers);
        if (state->sub_status == SUB_STATUS_RETRY_WAIT) {
                add_next(line, state, now, ", next attempt");
                add_error(line, state);
        } else if (step(state->sub_status))
                add(line, ", %s", step(state->sub_status));
}

static void add_registered(Line *line, size_t n_registered, size_t n_servers)
{
        add(line, "Registered with ");
        if (n_registered < n_servers)
                add(line, "%zu of ", n_registered);
        add_servers(line, n_servers);
}

static void add_failure(Line *line, const ClientState *state, uint64_t now)
{
        add(line, "Failed");
        if (state->sub_status == SUB_STATUS_RETRY_WAIT)
                add_next(line, state, now, ", beginning again");
        else
                add(line, ", waiting for a restart by an operator");
        add_error(line, state);
}

void status_line_format(const ClientState *state, size_t n_registered, size_t n_servers,
        uint64_t now_realtime, char *buffer, size_t size)
{
        Line line = {buffer, size, 0};

        assert(state && buffer && size > 0);

        buffer[0] = '\0';
        switch (state->status) {
        case STATUS_INITIAL:
                add(&line, state->sub_status == SUB_STATUS_NO_ACCOUNT
                                   ? "No account is left, waiting for a reset or a changed configuration"
                                   : "Loading the accounts");
                break;
        case STATUS_BOOTSTRAPPING:
                add_bootstrapping(&line, state, now_realtime);
                break;
        case STATUS_BOOTSTRAPPED:
                add(&line, "Bootstrapped with ");
                add_servers(&line, n_servers);
                break;
        case STATUS_REGISTERING:
                add_registering(&line, state, n_servers, now_realtime);
                break;
        case STATUS_REGISTERED:
                add_registered(&line, n_registered, n_servers);
                break;
        case STATUS_SUSPENDED:
                add(&line, "Disabled by every LwM2M Server for a while");
                break;
        case STATUS_QUEUE_MODE:
                add(&line, "Registered, sleeping in Queue Mode");
                break;
        case STATUS_FAILURE:
                add_failure(&line, state, now_realtime);
                break;
        case _STATUS_MAX:
                break;
        }
        add(&line, ".");
}
