/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts as policies. */
#include "client/policy.h"

#include <inttypes.h>

#include "lwm2m/ids.h"
#include "util/bytes.h"

typedef struct Clamp {
        ByteWriter note;
        uint16_t instance;
} Clamp;

/* own: the configuration's value, which may be larger. */
static uint64_t at_most(Clamp *clamp, uint16_t resource, uint64_t value, uint64_t own, uint64_t maximum)
{
        if (value <= maximum || value == own)
                return value;
        byte_writer_printf(&clamp->note, "%s/%d/%u/%u = %" PRIu64 " counts as %" PRIu64,
                clamp->note.size > 0 ? ", " : "", OBJECT_SERVER, clamp->instance, resource, value, maximum);
        return maximum;
}

static uint64_t usec(uint64_t seconds)
{
        return MIN_OF(seconds, (uint64_t)UINT32_MAX) * USEC_PER_SEC;
}

static uint64_t sequence_delay(Clamp *clamp, uint64_t value, uint64_t own)
{
        if (value == SEQUENCE_DELAY_NEVER)
                return USEC_INFINITY;
        return usec(at_most(clamp, SERVER_SEQUENCE_DELAY_TIMER, value, own, POLICY_SEQUENCE_DELAY_MAX));
}

RegistrationPolicy policy_of_server(const Account *account, const Account *configured,
        const ClientSettings *settings, char reterr_note[POLICY_NOTE_SIZE])
{
        static const Account none = {0};
        const Account *own = configured ? configured : &none;
        Clamp clamp = {.note = BYTE_WRITER(POLICY_NOTE_SIZE - 1), .instance = account->server_instance};
        RegistrationPolicy policy = {
                .initial_delay = usec(at_most(&clamp, SERVER_INITIAL_DELAY, account->initial_delay,
                        own->initial_delay, POLICY_INITIAL_DELAY_MAX)),
                .retry_count = at_most(&clamp, SERVER_RETRY_COUNT, account->retry_count, own->retry_count,
                        POLICY_RETRY_COUNT_MAX),
                .retry_timer = usec(at_most(&clamp, SERVER_RETRY_TIMER, account->retry_timer,
                        own->retry_timer, POLICY_RETRY_TIMER_MAX)),
                .sequence_delay = sequence_delay(&clamp, account->sequence_delay, own->sequence_delay),
                .sequence_retry_count = at_most(&clamp, SERVER_SEQUENCE_RETRY_COUNT,
                        account->sequence_retry_count, own->sequence_retry_count, POLICY_SEQUENCE_COUNT_MAX),
                .lifetime = account->lifetime,
                .update_interval_max = settings->update_interval_max,
                .queue_timeout = settings->queue_timeout,
        };

        memcpy(reterr_note, clamp.note.data ? (char *)clamp.note.data : "", clamp.note.size);
        reterr_note[clamp.note.size] = '\0';
        byte_writer_done(&clamp.note);
        return policy;
}

static uint64_t hold_off(const Account *account, bool configured, bool proven)
{
        uint64_t seconds = (uint64_t)MAX_OF(account->hold_off_time, 0);

        if (configured)
                return usec(seconds);
        return proven ? usec(MIN_OF(seconds, POLICY_HOLD_OFF_MAX)) : 0;
}

BootstrapPolicy policy_of_bootstrap(
        const Account *account, bool configured, bool proven, const ClientSettings *settings)
{
        return (BootstrapPolicy){
                .retry_count = settings->retry_count,
                .retry_delay = settings->retry_delay,
                .retry_delay_max = settings->retry_delay_max,
                .jitter = settings->jitter,
                .hold_off = hold_off(account, configured, proven),
                .timeout = settings->bootstrap_timeout,
                .has_format = settings->preferred_content_format != FORMAT_NONE,
                .has_pack = settings->version == LWM2M_1_2,
        };
}

uint64_t policy_wait_of(const Response *response)
{
        if (response->code != CODE_UNAVAILABLE && response->code != CODE_TOO_MANY_REQUESTS)
                return 0;
        return usec(MIN_OF(response->max_age, (uint32_t)POLICY_WAIT_MAX));
}

SequencePolicy policy_of_sequence(const ClientSettings *settings)
{
        return (SequencePolicy){
                .retry_count = settings->retry_count,
                .restart_delay = settings->on_failure == ON_FAILURE_RESTART ? settings->restart_delay : 0,
        };
}
