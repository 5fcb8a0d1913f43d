/* SPDX-License-Identifier: Apache-2.0 */
/* The line that "systemctl status" shows. */
#include <stdarg.h>
#include <time.h>

#include "daemon/status_line.h"
#include "util/utf8.h"

#define TIME_SIZE 64 /* bytes of a date, a time and a time zone's abbreviation */

/* Appends; what does not fit is left out. */
typedef struct Line {
        char *buffer;
        size_t size, length;
} Line;

static void add(Line *line, const char *format, ...) _printf_(2, 3);

static void add(Line *line, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        line->length += utf8_vprintf(line->buffer + line->length, line->size - line->length, format, ap);
        va_end(ap);
}

static void add_servers(Line *line, size_t n)
{
        add(line, "%zu LwM2M Server%s", n, n == 1 ? "" : "s");
}

/* The next step; nothing where none is due. In the format of systemd's own times. */
static void add_next(Line *line, uint64_t timestamp, const char *words)
{
        time_t next = (time_t)(timestamp / USEC_PER_SEC);
        char stamp[TIME_SIZE];
        struct tm tm;

        if (next > 0 && localtime_r(&next, &tm) &&
                strftime(stamp, sizeof(stamp), "%a %Y-%m-%d %H:%M:%S %Z", &tm) > 0)
                add(line, "%s at %s", words, stamp);
}

/* A sentence of its own. */
static void add_error(Line *line, const ClientState *state)
{
        if (state->last_error.name == FAILURE_NONE)
                return;
        add(line, ". %s", failure_name_to_string(state->last_error.name));
        if (state->last_error.sentence[0])
                add(line, ": %s", state->last_error.sentence);
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

static void add_step(Line *line, const ClientState *state)
{
        if (step(state->sub_status))
                add(line, ", %s", step(state->sub_status));
        if (state->by_network)
                add(line, ", as the network has changed");
}

static void add_initial(Line *line, const ClientState *state)
{
        if (state->sub_status == SUB_STATUS_NO_ACCOUNT)
                add(line, "No account is left, waiting for \"lwm2mctl reset\" or a changed configuration");
        else
                add(line, "Loading the accounts");
        add_next(line, state->next_retry_timestamp, ", next attempt");
        add_error(line, state);
}

static void add_bootstrapping(Line *line, const ClientState *state)
{
        if (state->sub_status == SUB_STATUS_HOLD_OFF) {
                add(line, "Holding off before bootstrapping from %s", state->bootstrap_server_uri);
                add_next(line, state->next_retry_timestamp, ", which begins");
                add_error(line, state);
                return;
        }
        add(line, "Bootstrapping from %s", state->bootstrap_server_uri);
        if (state->attempt > 0)
                add(line, ": attempt %u of %u", state->attempt, state->retry_count + 1);
        if (state->sub_status == SUB_STATUS_RETRY_WAIT) {
                add_next(line, state->next_retry_timestamp, ", next");
                add_error(line, state);
        } else
                add_step(line, state);
}

static void add_registering(Line *line, const ClientState *state, size_t n_servers)
{
        add(line, "Registering with ");
        add_servers(line, n_servers);
        if (state->sub_status == SUB_STATUS_RETRY_WAIT) {
                add_next(line, state->next_retry_timestamp, ", next attempt");
                add_error(line, state);
        } else
                add_step(line, state);
}

/* Who is not registered, and why. */
static void add_missing(Line *line, const ClientServer *servers, size_t n, const char *words)
{
        for (size_t i = 0; i < n; i++)
                if (!server_state_is_registered(servers[i].state))
                        add(line, ", %s %u (%s)", words, servers[i].short_server_id,
                                servers[i].last_error.name != FAILURE_NONE
                                        ? failure_name_to_string(servers[i].last_error.name)
                                        : server_state_to_string(servers[i].state));
}

static void add_registered(Line *line, const ClientServer *servers, size_t n)
{
        size_t n_registered = 0;

        for (size_t i = 0; i < n; i++)
                n_registered += server_state_is_registered(servers[i].state);
        add(line, "Registered with ");
        if (n_registered < n)
                add(line, "%zu of ", n_registered);
        add_servers(line, n);
        add_missing(line, servers, n, "not with");
}

/* Nothing but the end of a wait brings it back. */
static void add_suspended(Line *line, const ClientServer *servers, size_t n)
{
        uint64_t next = 0;

        for (size_t i = 0; i < n; i++) {
                uint64_t end = servers[i].next_retry_timestamp;

                if (end > 0 && (next == 0 || end < next))
                        next = end;
        }
        add(line, "Suspended");
        add_next(line, next, ", next attempt");
        add_missing(line, servers, n, "not registered with");
}

static void add_failure(Line *line, const ClientState *state)
{
        add(line, "Failed");
        if (state->sub_status == SUB_STATUS_RETRY_WAIT)
                add_next(line, state->next_retry_timestamp, ", beginning again");
        else
                add(line, ", waiting for \"lwm2mctl restart\"");
        add_error(line, state);
}

void status_line_format(
        const ClientState *state, const ClientServer *servers, size_t n, char *buffer, size_t size)
{
        Line line = {buffer, size, 0};

        assert(state && buffer && size > 0);

        buffer[0] = '\0';
        switch (state->status) {
        case STATUS_INITIAL:
                add_initial(&line, state);
                break;
        case STATUS_BOOTSTRAPPING:
                add_bootstrapping(&line, state);
                break;
        case STATUS_BOOTSTRAPPED:
                add(&line, "Bootstrapped with ");
                add_servers(&line, n);
                break;
        case STATUS_REGISTERING:
                add_registering(&line, state, n);
                break;
        case STATUS_REGISTERED:
                add_registered(&line, servers, n);
                add_error(&line, state);
                break;
        case STATUS_SUSPENDED:
                add_suspended(&line, servers, n);
                add_error(&line, state);
                break;
        case STATUS_QUEUE_MODE:
                add(&line, "Registered, sleeping in Queue Mode");
                add_error(&line, state);
                break;
        case STATUS_FAILURE:
                add_failure(&line, state);
                break;
        case _STATUS_MAX:
                break;
        }
        if (line.length == 0 || buffer[line.length - 1] != '.')
                add(&line, ".");
        /* The error of a refused reload has said it already. */
        if (state->configuration_problem && state->configuration_problem[0] &&
                !strstr(buffer, state->configuration_problem))
                add(&line, " Not all of the configuration file is in force: %s.",
                        state->configuration_problem);
        if (state->key_log && state->key_log[0])
                add(&line,
                        " The keys of DTLS sessions are written to %s in the state directory "
                        "(SSLKEYLOGFILE).",
                        state->key_log);
}

static void add_bytes(Line *line, const FirmwareShown *shown)
{
        add(line, " Firmware update: downloading, %llu", (unsigned long long)shown->received);
        if (shown->total > 0)
                add(line, " of %llu", (unsigned long long)shown->total);
        add(line, " bytes.");
}

void status_line_add_firmware(const FirmwareShown *shown, char *buffer, size_t size)
{
        Line line = {buffer, size, strlen(buffer)};

        if (!shown || shown->state == FIRMWARE_IDLE)
                return;
        if (shown->step == FIRMWARE_STEP_VERIFYING) {
                add(&line, " Firmware update: verifying.");
                return;
        }
        if (shown->step == FIRMWARE_STEP_REBOOTING) {
                add(&line, " Firmware update: installed, the machine has to be rebooted.");
                return;
        }
        if (shown->state == FIRMWARE_DOWNLOADING) {
                add_bytes(&line, shown);
                return;
        }
        if (shown->state == FIRMWARE_UPDATING) {
                add(&line, " Firmware update: installing, %u %%.", shown->progress);
                return;
        }
        add(&line, " Firmware update: downloaded");
        add_next(&line, shown->install_at, ", to be installed");
        add(&line, ".");
}
