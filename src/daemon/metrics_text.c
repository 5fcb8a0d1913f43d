/* SPDX-License-Identifier: Apache-2.0 */
/* The text format of Prometheus: the samples of a metric stand together, behind its HELP and TYPE. */
#include "daemon/metrics_text.h"

#include <inttypes.h>
#include <stdio.h>

#define PREFIX        "lwm2m_client_"
#define SERVER_PREFIX "lwm2m_client_server_"

/* A counter's name between prefix and _total, with the base unit as last word. */
static const struct {
        const char *name, *help;
} counters[_CLIENT_COUNTER_MAX] = {
        [CLIENT_COUNTER_REGISTRATIONS] = {"registrations", "Registers that were accepted."},
        [CLIENT_COUNTER_UPDATES] = {"updates", "Registration Updates that were accepted."},
        [CLIENT_COUNTER_DEREGISTRATIONS] = {"deregistrations", "De-registers that were sent."},
        [CLIENT_COUNTER_HANDSHAKES] = {"handshakes", "DTLS handshakes that have brought a session."},
        [CLIENT_COUNTER_HANDSHAKE_FAILURES] = {"handshake_failures", "DTLS handshakes that have failed."},
        [CLIENT_COUNTER_REQUESTS_RECEIVED] = {"requests_received", "Requests of LwM2M Servers."},
        [CLIENT_COUNTER_RESPONSES_SENT] = {"responses_sent", "Requests of LwM2M Servers answered."},
        [CLIENT_COUNTER_NOTIFICATIONS] = {"notifications", "Notifications of observations sent."},
        [CLIENT_COUNTER_SENDS] = {"sends", "Sends that were accepted."},
        [CLIENT_COUNTER_RETRANSMISSIONS] = {"retransmissions", "Confirmable messages sent once more."},
        [CLIENT_COUNTER_DATAGRAMS_RECEIVED] = {"datagrams_received", "Messages or DTLS records received."},
        [CLIENT_COUNTER_DATAGRAMS_SENT] = {"datagrams_sent", "Messages or DTLS records sent."},
        [CLIENT_COUNTER_BYTES_RECEIVED] = {"received_bytes", "Bytes received, without IP and UDP headers."},
        [CLIENT_COUNTER_BYTES_SENT] = {"sent_bytes", "Bytes sent, without IP and UDP headers."},
        [CLIENT_COUNTER_BOOTSTRAP_ATTEMPTS] = {"bootstrap_attempts", "Bootstrap attempts begun."},
        [CLIENT_COUNTER_BOOTSTRAP_FAILURES] = {"bootstrap_failures", "Bootstrap attempts that have failed."},
        [CLIENT_COUNTER_BOOTSTRAPS] = {"bootstraps", "Bootstraps that have finished."},
        [CLIENT_COUNTER_STORAGE_WRITES] = {"storage_writes", "Files of the state directory written."},
        [CLIENT_COUNTER_STORAGE_FAILURES] = {"storage_failures",
                "Files of the state directory that could not be written."},
};

static void print_head(FILE *out, const char *name, const char *type, const char *help)
{
        (void)fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_gauge(FILE *out, const char *name, const char *help, uint64_t value)
{
        print_head(out, name, "gauge", help);
        (void)fprintf(out, "%s %" PRIu64 "\n", name, value);
}

/* Seconds are the base unit. */
static void print_seconds(FILE *out, uint64_t usec)
{
        (void)fprintf(out, " %llu.%06llu\n", usec / USEC_PER_SEC, usec % USEC_PER_SEC);
}

static void print_stamp(FILE *out, const char *name, const char *help, uint64_t usec)
{
        print_head(out, name, "gauge", help);
        (void)fputs(name, out);
        print_seconds(out, usec);
}

/* As the value of a label. */
static void print_escaped(FILE *out, const char *text)
{
        for (; *text; text++)
                if (*text == '\n')
                        (void)fputs("\\n", out);
                else
                        (void)fprintf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
}

/* -- The client -- */

static void print_build(FILE *out, const Metrics *metrics)
{
        print_head(out, PREFIX "build_info", "gauge", "1, with the daemon's version.");
        (void)fputs(PREFIX "build_info{version=\"", out);
        print_escaped(out, metrics->version);
        (void)fputs("\"} 1\n", out);
}

static void print_status(FILE *out, const ClientState *state)
{
        print_head(out, PREFIX "status", "gauge", "1 for the Status of the client, 0 for all others.");
        for (Status i = 0; i < _STATUS_MAX; i++)
                (void)fprintf(
                        out, PREFIX "status{state=\"%s\"} %d\n", status_to_string(i), i == state->status);
}

static void print_error(FILE *out, const ClientState *state)
{
        print_head(out, PREFIX "last_error", "gauge",
                "1 for the last error of the client until the next success, 0 for all others.");
        for (FailureName i = FAILURE_NONE + 1; i < _FAILURE_NAME_MAX; i++)
                (void)fprintf(out, PREFIX "last_error{name=\"%s\"} %d\n", failure_name_to_string(i),
                        i == state->last_error.name);
}

static void print_client(FILE *out, const ClientState *state)
{
        print_status(out, state);
        print_stamp(out, PREFIX "status_timestamp_seconds", "When the Status changed last.",
                state->status_timestamp);
        print_error(out, state);
        print_gauge(out, PREFIX "bootstrapped", "1 where there is a usable LwM2M Server account.",
                state->bootstrapped);
        print_gauge(out, PREFIX "configuration_problem",
                "1 where the configuration file is not wholly what is in force.",
                state->configuration_problem[0] != 0);
        print_gauge(out, PREFIX "bootstrap_attempt", "The attempt of a series under way; 0: none.",
                state->attempt);
        print_stamp(out, PREFIX "next_retry_timestamp_seconds",
                "When the client will try again what has failed; 0: it waits for nothing.",
                state->next_retry_timestamp);
        print_stamp(out, PREFIX "last_bootstrap_timestamp_seconds",
                "When a bootstrap has finished last; 0: never.", state->last_bootstrap_timestamp);
}

static void print_counters(FILE *out, const ClientCounters *counted)
{
        for (size_t i = 0; i < _CLIENT_COUNTER_MAX; i++) {
                char name[64];

                (void)snprintf(name, sizeof(name), PREFIX "%s_total", counters[i].name);
                print_head(out, name, "counter", counters[i].help);
                (void)fprintf(out, "%s %" PRIu64 "\n", name, counted->values[i]);
        }
}

/* -- The LwM2M Servers -- */

static unsigned id_of(const MetricsServer *server)
{
        return server->shown.short_server_id;
}

static void print_server_info(FILE *out, const Metrics *metrics)
{
        print_head(out, SERVER_PREFIX "info", "gauge", "1 for each account, with its URI and security.");
        for (size_t i = 0; i < metrics->n_servers; i++) {
                const MetricsServer *server = &metrics->servers[i];

                (void)fprintf(out, SERVER_PREFIX "info{short_server_id=\"%u\",security_mode=\"%s\",uri=\"",
                        id_of(server), server->shown.security_mode);
                print_escaped(out, server->shown.uri);
                (void)fputs("\"} 1\n", out);
        }
}

static void print_server_states(FILE *out, const Metrics *metrics)
{
        print_head(out, SERVER_PREFIX "state", "gauge", "1 for the State of the server, 0 for all others.");
        for (size_t i = 0; i < metrics->n_servers; i++)
                for (ServerState state = 0; state < _SERVER_STATE_MAX; state++)
                        (void)fprintf(out, SERVER_PREFIX "state{short_server_id=\"%u\",state=\"%s\"} %d\n",
                                id_of(&metrics->servers[i]), server_state_to_string(state),
                                state == metrics->servers[i].shown.state);
}

static void print_server_observations(FILE *out, const Metrics *metrics)
{
        print_head(out, SERVER_PREFIX "observations", "gauge", "Observations that the server has begun.");
        for (size_t i = 0; i < metrics->n_servers; i++)
                (void)fprintf(out, SERVER_PREFIX "observations{short_server_id=\"%u\"} %" PRIu32 "\n",
                        id_of(&metrics->servers[i]), metrics->servers[i].shown.observations);
}

static void print_server_lifetimes(FILE *out, const Metrics *metrics)
{
        print_head(out, SERVER_PREFIX "lifetime_seconds", "gauge",
                "Lifetime of the registration; 0: without an end.");
        for (size_t i = 0; i < metrics->n_servers; i++)
                (void)fprintf(out, SERVER_PREFIX "lifetime_seconds{short_server_id=\"%u\"} %" PRId64 "\n",
                        id_of(&metrics->servers[i]), metrics->servers[i].shown.lifetime);
}

static void print_server_stamps(FILE *out, const Metrics *metrics)
{
        static const struct {
                const char *name, *help;
                size_t offset;
        } stamps[] = {
                {SERVER_PREFIX "last_registration_timestamp_seconds",
                        "When a Register was accepted last; 0: never.",
                        offsetof(ClientServer, last_registration_timestamp)},
                {SERVER_PREFIX "next_update_timestamp_seconds",
                        "When the next registration Update is due; 0: none.",
                        offsetof(ClientServer, next_update_timestamp)},
                {SERVER_PREFIX "next_retry_timestamp_seconds",
                        "When the server will be tried again; 0: it waits for nothing.",
                        offsetof(ClientServer, next_retry_timestamp)},
        };

        for (size_t s = 0; s < ELEMENTSOF(stamps); s++) {
                print_head(out, stamps[s].name, "gauge", stamps[s].help);
                for (size_t i = 0; i < metrics->n_servers; i++) {
                        const MetricsServer *server = &metrics->servers[i];

                        (void)fprintf(out, "%s{short_server_id=\"%u\"}", stamps[s].name, id_of(server));
                        print_seconds(
                                out, *(const uint64_t *)((const char *)&server->shown + stamps[s].offset));
                }
        }
}

static void print_server_counters(FILE *out, const Metrics *metrics)
{
        for (size_t c = 0; c < _CLIENT_COUNTER_OF_SERVER_MAX; c++) {
                char name[64];

                (void)snprintf(name, sizeof(name), SERVER_PREFIX "%s_total", counters[c].name);
                print_head(out, name, "counter", counters[c].help);
                for (size_t i = 0; i < metrics->n_servers; i++)
                        (void)fprintf(out, "%s{short_server_id=\"%u\"} %" PRIu64 "\n", name,
                                id_of(&metrics->servers[i]), metrics->servers[i].counters.values[c]);
        }
}

/* -- Firmware Update -- */

static void print_firmware(FILE *out, const Metrics *metrics)
{
        if (!metrics->firmware)
                return;
        print_head(out, PREFIX "firmware_state", "gauge",
                "1 for the State of the firmware update, 0 for all others.");
        for (FirmwareState i = 0; i < _FIRMWARE_STATE_MAX; i++)
                (void)fprintf(out, PREFIX "firmware_state{state=\"%s\"} %d\n", firmware_state_to_string(i),
                        i == metrics->firmware->state);
        print_head(out, PREFIX "firmware_result", "gauge",
                "1 for the Update Result of the firmware, 0 for all others.");
        for (FirmwareResult i = 0; i < _FIRMWARE_RESULT_MAX; i++)
                (void)fprintf(out, PREFIX "firmware_result{result=\"%s\"} %d\n",
                        firmware_result_to_string(i), i == metrics->firmware->result);
        print_head(out, PREFIX "firmware_updates_total", "counter",
                "Firmware updates that have ended, by Update Result.");
        for (FirmwareResult i = FIRMWARE_RESULT_SUCCESS; i < _FIRMWARE_RESULT_MAX; i++)
                (void)fprintf(out, PREFIX "firmware_updates_total{result=\"%s\"} %" PRIu32 "\n",
                        firmware_result_to_string(i), metrics->updates->ended[i]);
}

int metrics_text(const Metrics *metrics, char **ret, size_t *ret_size)
{
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        bool failed;

        if (!out)
                return -ENOMEM;
        print_build(out, metrics);
        print_client(out, metrics->state);
        print_counters(out, &metrics->counters);
        print_server_info(out, metrics);
        print_server_states(out, metrics);
        print_server_observations(out, metrics);
        print_server_lifetimes(out, metrics);
        print_server_stamps(out, metrics);
        print_server_counters(out, metrics);
        print_firmware(out, metrics);
        failed = ferror(out);
        if (fclose(out) != 0 || failed)
                return -ENOMEM;
        *ret = TAKE_PTR(text);
        *ret_size = size;
        return 0;
}
