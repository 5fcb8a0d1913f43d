/* SPDX-License-Identifier: Apache-2.0 */
/* simulation POLICY DEVICES RATE ROOM SECONDS HOLD_OFF JITTER: a fleet that has no accounts yet, to which
 * power comes back within a second, and its Bootstrap Server (server.h). The machines are the daemon's own;
 * here are only the network, CoAP's retransmissions and the clock. One line of JSON comes out, the same each
 * time.
 *
 * POLICY: "default", the configuration's defaults; or what other clients do: "N", seconds after each failed
 * attempt, or "doubling", 60, 120, 240 ... s, both without jitter and without end. RATE: requests a second,
 * ROOM: how many may wait, HOLD_OFF: Client Hold Off Time in s, JITTER: 0 to 1. */
#include <stdio.h>
#include <string.h>

#include "client/policy.h"
#include "daemon/config_keys.h"
#include "daemon/settings.h"
#include "server.h"

#define SEED          88172645463325252U
#define SHOWN_SECONDS 10 /* of one point of the series */

/* What each datagram needs comes first: it is the cache that such a fleet waits for. */
typedef struct FleetDevice {
        uint32_t send_at, give_up_at; /* ms, 0: neither */
        uint32_t attempt;             /* of all its life */
        uint32_t ack_timeout;         /* ms, chosen for each request (RFC 7252, 4.2) */
        uint8_t sent;                 /* times */
        bool requesting, finished;
        BootstrapMachine bootstrap;
        SequenceMachine sequence;
} FleetDevice;

static struct {
        ClientSettings settings;
        bool ours; /* attempts end by the daemon's deadline, not by CoAP's last timeout */
        size_t devices;
        FleetDevice *fleet;
        Calendar calendar;
        Server server;
        Datagram *arriving; /* in this millisecond */
        size_t n_arriving, room_arriving;
        uint32_t now;   /* ms */
        uint32_t *sent; /* requests in each second */
        uint64_t requests, random;
        size_t finished;
        uint32_t half, most; /* ms: when 50 and 99 % are bootstrapped; 0: not yet */
} s = {.random = SEED};

static double chance(void)
{
        s.random ^= s.random << 13;
        s.random ^= s.random >> 7;
        s.random ^= s.random << 17;
        return (double)(s.random >> 11) / (double)(1ULL << 53);
}

/* CLOCK_BOOTTIME usec */
static uint64_t boottime(void)
{
        return (uint64_t)s.now * USEC_PER_MSEC;
}

static uint64_t to_msec(uint64_t usec)
{
        return (usec + USEC_PER_MSEC - 1) / USEC_PER_MSEC;
}

/* -- A device -- */

static int32_t number_of(const FleetDevice *device)
{
        return (int32_t)(device - s.fleet);
}

static void send_request(FleetDevice *device)
{
        if (s.n_arriving == s.room_arriving) {
                s.room_arriving = MAX_OF(2 * s.room_arriving, 4096U);
                s.arriving = realloc(s.arriving, s.room_arriving * sizeof(*s.arriving));
                if (!s.arriving)
                        abort();
        }
        s.arriving[s.n_arriving++] =
                (Datagram){.device = (uint32_t)number_of(device), .attempt = device->attempt};
        s.sent[s.now / 1000]++;
        s.requests++;
        device->send_at = device->sent < s.settings.coap.max_retransmit
                                  ? s.now + (device->ack_timeout << device->sent)
                                  : 0;
        device->sent++;
}

static void open_attempt(FleetDevice *device)
{
        const CoapSettings *coap = &s.settings.coap;
        double factor = 1 + (coap->ack_random_factor - 1) * chance();

        device->attempt++;
        device->sent = 0;
        device->requesting = true;
        device->ack_timeout = (uint32_t)((double)coap->ack_timeout / USEC_PER_MSEC * factor);
        device->give_up_at = s.now + (s.ours ? (uint32_t)to_msec(coap_settings_max_transmit_wait(coap))
                                             : device->ack_timeout * ((2U << coap->max_retransmit) - 1));
        (void)bootstrap_step(&device->bootstrap,
                &(BootstrapEvent){.type = BOOTSTRAP_EVENT_STAGE, .stage = CONNECTION_REQUESTING}, boottime(),
                0.0);
        send_request(device);
}

static unsigned decide(FleetDevice *device, SequenceEvent event)
{
        const SequenceFacts facts = {
                .series_runs = device->bootstrap.phase != BOOTSTRAP_IDLE,
                .known = 1U << TRY_BOOTSTRAP,
                .all_failed = true, /* there is no LwM2M Server */
                .bootstrap_wanted = true,
        };

        return sequence_machine_step(&device->sequence, event, &facts, boottime());
}

static unsigned step(FleetDevice *device, BootstrapEvent event)
{
        unsigned actions = bootstrap_step(&device->bootstrap, &event, boottime(), chance());

        if (actions & BOOTSTRAP_ACTION_CLOSE)
                device->requesting = false;
        if (actions & BOOTSTRAP_ACTION_OPEN)
                open_attempt(device);
        return actions;
}

/* What client/core.c does for a client whose only account is that of its Bootstrap Server. */
static void carry_on(FleetDevice *device, SequenceEvent event)
{
        unsigned actions;

        for (actions = decide(device, event);; actions = decide(device, SEQUENCE_EVENT_CHANGED)) {
                if (actions & SEQUENCE_ACTION_FORGET_ATTEMPTS)
                        bootstrap_reset_counter(&device->bootstrap);
                if (actions & SEQUENCE_ACTION_BEGIN_SERIES)
                        (void)step(device, (BootstrapEvent){.type = BOOTSTRAP_EVENT_BEGIN});
                if (actions & SEQUENCE_ACTION_BEGIN_SERIES_NOW)
                        (void)step(device, (BootstrapEvent){.type = BOOTSTRAP_EVENT_BEGIN_NOW});
                if (actions == 0 && event == SEQUENCE_EVENT_CHANGED)
                        return;
                event = SEQUENCE_EVENT_CHANGED;
        }
}

static void tell(FleetDevice *device, BootstrapEvent event)
{
        if (step(device, event) & BOOTSTRAP_ACTION_EXHAUSTED)
                carry_on(device, SEQUENCE_EVENT_EXHAUSTED);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
        return a == 0 ? b : b == 0 ? a : MIN_OF(a, b);
}

static void make_appointment(FleetDevice *device)
{
        uint64_t next = device->requesting ? earlier(device->send_at, device->give_up_at)
                                           : earlier(to_msec(device->bootstrap.deadline),
                                                     to_msec(device->sequence.deadline));

        if (next > 0)
                calendar_add(&s.calendar, number_of(device), MAX_OF(next, (uint64_t)s.now + 1));
}

static void keep_appointment(FleetDevice *device)
{
        if (device->finished)
                return;
        if (device->sequence.state == SEQUENCE_LOADING)
                carry_on(device, SEQUENCE_EVENT_START);
        else if (device->requesting && device->give_up_at <= s.now)
                tell(device, (BootstrapEvent){.type = BOOTSTRAP_EVENT_FAILED});
        else if (device->requesting && device->send_at > 0 && device->send_at <= s.now)
                send_request(device);
        else if (device->bootstrap.deadline > 0 && device->bootstrap.deadline <= boottime())
                tell(device, (BootstrapEvent){.type = BOOTSTRAP_EVENT_TIMER});
        else if (device->sequence.deadline > 0 && device->sequence.deadline <= boottime())
                carry_on(device, SEQUENCE_EVENT_TIMER);
        make_appointment(device);
}

/* Its operations are left out: they are the device's own pace, and only slow an overloaded server further.
 */
static void take_answer(const Datagram *answer)
{
        FleetDevice *device = &s.fleet[answer->device];

        if (!device->requesting || answer->attempt != device->attempt)
                return; /* too late: that attempt is over */
        tell(device, (BootstrapEvent){.type = BOOTSTRAP_EVENT_ANSWERED, .code = CODE_CHANGED});
        tell(device, (BootstrapEvent){.type = BOOTSTRAP_EVENT_FINISHED});
        device->requesting = false;
        device->finished = true;
        s.finished++;
        if (s.half == 0 && 2 * s.finished >= s.devices)
                s.half = s.now;
        if (s.most == 0 && 100 * s.finished >= 99 * s.devices)
                s.most = s.now;
}

/* -- The run -- */

/* In any order: those of one millisecond have no other. */
static void arrive(void)
{
        for (size_t i = 0; i < s.n_arriving; i++) {
                size_t other = i + (size_t)(chance() * (double)(s.n_arriving - i));
                Datagram datagram = s.arriving[other];

                s.arriving[other] = s.arriving[i];
                if (!ring_put(&s.server.waiting, datagram))
                        break;
        }
        s.n_arriving = 0;
}

static void run(void)
{
        for (s.now = 1; s.now < s.calendar.end && s.finished < s.devices; s.now++) {
                int32_t device;

                while (s.server.answers.n > 0 &&
                        s.server.answers.items[s.server.answers.first].at <= s.now) {
                        Datagram answer = ring_take(&s.server.answers);

                        take_answer(&answer);
                }
                while ((device = calendar_take(&s.calendar, s.now)) != NOBODY)
                        keep_appointment(&s.fleet[device]);
                server_work(&s.server, s.now);
                arrive();
        }
}

static void print_time(const char *name, uint32_t at)
{
        if (at > 0)
                printf("\"%s\": %.1f, ", name, at / 1000.0);
        else
                printf("\"%s\": null, ", name);
}

static void print_results(const char *policy)
{
        uint32_t seconds = s.calendar.end / 1000, peak = 0, late_peak = 0;

        for (uint32_t i = 0; i < seconds; i++) {
                peak = MAX_OF(peak, s.sent[i]);
                late_peak = i >= 60 ? MAX_OF(late_peak, s.sent[i]) : 0;
        }
        printf("{\"policy\": \"%s\", \"devices\": %zu, \"bootstrapped\": %zu, \"requests\": %llu, ", policy,
                s.devices, s.finished, (unsigned long long)s.requests);
        print_time("half", s.half);
        print_time("most", s.most);
        printf("\"peak\": %u, \"late_peak\": %u, \"rates\": [", peak, late_peak);
        for (uint32_t i = 0; i + SHOWN_SECONDS <= seconds; i += SHOWN_SECONDS) {
                uint64_t sum = 0;

                for (uint32_t j = 0; j < SHOWN_SECONDS; j++)
                        sum += s.sent[i + j];
                printf("%s%.1f", i > 0 ? ", " : "", (double)sum / SHOWN_SECONDS);
        }
        printf("]}\n");
}

static void choose_policy(const char *name, double jitter)
{
        static Config config; /* never freed: it is as long-lived as the process */

        config_set_defaults(&config);
        s.settings = settings_for_client(&config);
        s.settings.bootstrap_timeout = coap_settings_exchange_lifetime(&s.settings.coap);
        s.settings.jitter = jitter;
        s.ours = strcmp(name, "default") == 0;
        if (s.ours)
                return;
        s.settings.jitter = 0;
        s.settings.retry_count = 100000;
        if (strcmp(name, "doubling") != 0)
                s.settings.retry_delay = s.settings.retry_delay_max =
                        strtoull(name, NULL, 10) * USEC_PER_SEC;
}

static void power_on(double hold_off)
{
        const Account account = {.hold_off_time = (int64_t)hold_off};
        BootstrapPolicy policy = policy_of_bootstrap(&account, true, false, &s.settings);

        s.fleet = fleet_allocate(s.devices, sizeof(*s.fleet));
        for (size_t i = 0; i < s.devices; i++) {
                s.fleet[i].bootstrap.policy = policy;
                s.fleet[i].sequence.policy = policy_of_sequence(&s.settings);
                calendar_add(&s.calendar, (int32_t)i, 1 + (uint64_t)(chance() * 1000));
        }
}

int main(int argc, char *argv[])
{
        uint32_t seconds;

        if (argc != 8) {
                fprintf(stderr, "usage: simulation POLICY DEVICES RATE ROOM SECONDS HOLD_OFF JITTER\n");
                return 1;
        }
        s.devices = strtoul(argv[2], NULL, 10);
        seconds = (uint32_t)strtoul(argv[5], NULL, 10);
        s.sent = fleet_allocate(seconds + 1, sizeof(*s.sent));
        calendar_init(&s.calendar, s.devices, seconds * 1000);
        server_init(&s.server, (unsigned)strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
        choose_policy(argv[1], strtod(argv[7], NULL));
        power_on(strtod(argv[6], NULL));
        run();
        print_results(argv[1]);
        calendar_done(&s.calendar);
        server_done(&s.server);
        free(s.arriving);
        free(s.fleet);
        free(s.sent);
        return 0;
}
