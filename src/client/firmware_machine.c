/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware Update as a pure step function. */
#include "client/firmware_machine.h"

#include "util/utf8.h"

static const char *const firmware_phase_table[] = {
        [FIRMWARE_PHASE_IDLE] = "idle",
        [FIRMWARE_PHASE_RECEIVING] = "receiving",
        [FIRMWARE_PHASE_FETCHING] = "fetching",
        [FIRMWARE_PHASE_VERIFYING] = "verifying",
        [FIRMWARE_PHASE_READY] = "ready",
        [FIRMWARE_PHASE_WAITING] = "waiting",
        [FIRMWARE_PHASE_PREPARING] = "preparing",
        [FIRMWARE_PHASE_INSTALLING] = "installing",
        [FIRMWARE_PHASE_REBOOTING] = "rebooting",
        [FIRMWARE_PHASE_CONFIRMING] = "confirming",
};
static_assert(ELEMENTSOF(firmware_phase_table) == _FIRMWARE_PHASE_MAX, "every phase has a word");

DEFINE_STRING_TABLE(firmware_phase, FirmwarePhase)

FirmwareState firmware_machine_state(const FirmwareMachine *machine)
{
        switch (machine->phase) {
        case FIRMWARE_PHASE_RECEIVING:
        case FIRMWARE_PHASE_FETCHING:
        case FIRMWARE_PHASE_VERIFYING:
                return FIRMWARE_DOWNLOADING;
        case FIRMWARE_PHASE_READY:
        case FIRMWARE_PHASE_WAITING:
                return FIRMWARE_DOWNLOADED;
        case FIRMWARE_PHASE_PREPARING:
        case FIRMWARE_PHASE_INSTALLING:
        case FIRMWARE_PHASE_REBOOTING:
        case FIRMWARE_PHASE_CONFIRMING:
                return FIRMWARE_UPDATING;
        case FIRMWARE_PHASE_IDLE:
        case _FIRMWARE_PHASE_MAX:
                break;
        }
        return FIRMWARE_IDLE;
}

/* -- What may be asked for -- */

static const char *refuse_package(const FirmwareMachine *m, uint16_t sender)
{
        if (m->phase == FIRMWARE_PHASE_IDLE || (m->phase == FIRMWARE_PHASE_RECEIVING && m->sender == sender))
                return NULL;
        return m->phase < FIRMWARE_PHASE_READY ? "another package is being transferred or verified"
                                               : "another package is there; an empty one resets";
}

const char *firmware_machine_refuses(const FirmwareMachine *m, FirmwareEventType type, uint16_t sender)
{
        const FirmwareState state = firmware_machine_state(m);

        if (state == FIRMWARE_UPDATING)
                return "an installation is under way";
        if (type == FIRMWARE_EVENT_PACKAGE)
                return refuse_package(m, sender);
        if (type == FIRMWARE_EVENT_URI)
                return refuse_package(m, 0); /* no sender is 0: only a package is begun anew */
        if (type == FIRMWARE_EVENT_EXECUTE || type == FIRMWARE_EVENT_INSTALL)
                return state == FIRMWARE_DOWNLOADED ? NULL : "no package is there to be installed";
        if (type == FIRMWARE_EVENT_CANCEL)
                return state == FIRMWARE_IDLE ? "there is nothing to cancel" : NULL;
        return NULL;
}

void firmware_machine_deadline(const FirmwareMachine *m, uint64_t *ret_realtime, uint64_t *ret_boottime)
{
        *ret_realtime = m->phase == FIRMWARE_PHASE_WAITING ? m->install_at : 0;
        *ret_boottime = m->phase == FIRMWARE_PHASE_REBOOTING ? m->reboot_by : 0;
}

/* -- Steps -- */

/* Less is the clock being slewed. */
#define CLOCK_WAS_SET (10 * USEC_PER_SEC)

typedef struct Step {
        FirmwareMachine *m;
        const FirmwareEvent *event;
        uint64_t realtime, boottime;
} Step;

/* What comes of others is printable by now. */
static void set_text(char *field, size_t size, const char *text)
{
        size_t n = text ? strlen(text) : 0;

        if (n >= size)
                n = utf8_cut(text, size - 1);
        memcpy(field, text ?: "", n);
        field[n] = '\0';
}

/* Each change of State has its time: /5/0/12. */
static unsigned enter(const Step *step, FirmwarePhase phase, FirmwareResult result, const char *text)
{
        FirmwareMachine *m = step->m;
        const FirmwareState before = firmware_machine_state(m);

        m->phase = phase;
        m->result = result;
        set_text(m->text, sizeof(m->text), text);
        if (firmware_machine_state(m) != before)
                m->changed_at = step->realtime;
        if (phase != FIRMWARE_PHASE_WAITING)
                m->install_at = m->defer_until = m->defer_by = 0;
        return FIRMWARE_ACTION_STORE | FIRMWARE_ACTION_TELL;
}

/* The package goes with the update, whatever has become of it. Half an installation may have changed what
 * the machine runs, too. */
static unsigned end(const Step *step, FirmwareResult result, const char *text)
{
        const bool has_begun = step->m->phase >= FIRMWARE_PHASE_INSTALLING;

        step->m->mark[0] = '\0';
        return FIRMWARE_ACTION_STOP | FIRMWARE_ACTION_REMOVE | FIRMWARE_ACTION_END |
               (has_begun ? FIRMWARE_ACTION_STRINGS : 0) | enter(step, FIRMWARE_PHASE_IDLE, result, text);
}

static unsigned fail(const Step *step)
{
        return end(step, step->event->result, step->event->text);
}

static unsigned begin(const Step *step, FirmwareDelivery delivery)
{
        FirmwareMachine *m = step->m;

        m->delivery = delivery;
        m->sender = step->event->sender;
        set_text(m->uri, sizeof(m->uri), delivery == FIRMWARE_PULL ? step->event->uri : "");
        m->name[0] = m->version[0] = m->mark[0] = '\0';
        return FIRMWARE_ACTION_BEGIN;
}

static unsigned receive(const Step *step)
{
        const bool anew = step->m->phase == FIRMWARE_PHASE_RECEIVING;
        const unsigned actions = anew ? 0 : begin(step, FIRMWARE_PUSH);

        return actions | FIRMWARE_ACTION_RECEIVE |
               enter(step, FIRMWARE_PHASE_RECEIVING, FIRMWARE_RESULT_INITIAL, NULL);
}

static unsigned fetch(const Step *step)
{
        const unsigned actions = begin(step, FIRMWARE_PULL);

        if (step->event->result != FIRMWARE_RESULT_INITIAL)
                return actions | end(step, step->event->result, step->event->text);
        return actions | FIRMWARE_ACTION_FETCH |
               enter(step, FIRMWARE_PHASE_FETCHING, FIRMWARE_RESULT_INITIAL, NULL);
}

static unsigned reset(const Step *step)
{
        FirmwareMachine *m = step->m;
        const unsigned end_action = m->phase == FIRMWARE_PHASE_IDLE ? FIRMWARE_ACTION_END : 0;

        m->uri[0] = m->name[0] = m->version[0] = '\0';
        return end(step, FIRMWARE_RESULT_INITIAL, NULL) & ~end_action;
}

static unsigned verify(const Step *step)
{
        return FIRMWARE_ACTION_VERIFY | enter(step, FIRMWARE_PHASE_VERIFYING, FIRMWARE_RESULT_INITIAL, NULL);
}

static unsigned prepare(const Step *step)
{
        return FIRMWARE_ACTION_NEW_ID | FIRMWARE_ACTION_MARK | FIRMWARE_ACTION_MAY_REBOOT |
               enter(step, FIRMWARE_PHASE_PREPARING, FIRMWARE_RESULT_INITIAL, NULL);
}

static uint64_t left_until(uint64_t deadline, uint64_t now)
{
        return deadline > now ? deadline - now : 0;
}

static uint64_t longest_defer(const FirmwareMachine *m)
{
        return m->max_defer == FIRMWARE_DEFER_UNSET ? UINT32_MAX * USEC_PER_SEC
                                                    : (uint64_t)m->max_defer * USEC_PER_SEC;
}

/* Maximum Defer Period is as long as it is, whoever sets the clock meanwhile. */
static void follow_clock(const Step *step)
{
        FirmwareMachine *m = step->m;
        uint64_t until;

        if (m->defer_until == 0)
                return;
        /* Since a start; a machine that knows no time yet waits no longer than from now on. */
        if (m->defer_by == 0)
                m->defer_by = step->boottime +
                              MIN_OF(left_until(m->defer_until, step->realtime), longest_defer(m));
        until = step->realtime + left_until(m->defer_by, step->boottime);
        if (left_until(until, m->defer_until) > CLOCK_WAS_SET ||
                left_until(m->defer_until, until) > CLOCK_WAS_SET)
                m->defer_until = until;
}

/* The window opens, or Maximum Defer Period is over. */
static unsigned wait_or_prepare(const Step *step)
{
        FirmwareMachine *m = step->m;
        uint64_t at;

        follow_clock(step);
        at = clock_earlier(m->defer_until, step->event->opens_at);
        if (step->event->opens_at == 0 || at <= step->realtime)
                return prepare(step);
        if (m->phase == FIRMWARE_PHASE_WAITING && m->install_at == at)
                return 0;
        m->install_at = at;
        return enter(step, FIRMWARE_PHASE_WAITING, FIRMWARE_RESULT_DEFERRED,
                "The installation waits for the install window (firmware_update.install_window).");
}

static unsigned execute(const Step *step)
{
        FirmwareMachine *m = step->m;

        if (m->phase == FIRMWARE_PHASE_WAITING)
                return 0;                         /* as asked before */
        if (m->max_defer != FIRMWARE_DEFER_UNSET) /* 0: it is over */
                m->defer_until = step->realtime + (uint64_t)m->max_defer * USEC_PER_SEC;
        return wait_or_prepare(step);
}

static unsigned verified(const Step *step)
{
        FirmwareMachine *m = step->m;

        set_text(m->name, sizeof(m->name), step->event->name);
        set_text(m->version, sizeof(m->version), step->event->version);
        if (step->event->result != FIRMWARE_RESULT_INITIAL)
                return fail(step);
        if (m->automatic)
                return execute(step);
        return enter(step, FIRMWARE_PHASE_READY, FIRMWARE_RESULT_INITIAL, step->event->text);
}

static unsigned may_reboot(const Step *step)
{
        return step->event->result == FIRMWARE_RESULT_INITIAL ? FIRMWARE_ACTION_PREPARE : fail(step);
}

static unsigned prepared(const Step *step)
{
        FirmwareMachine *m = step->m;

        if (step->event->result != FIRMWARE_RESULT_INITIAL)
                return fail(step);
        set_text(m->mark, sizeof(m->mark), step->event->mark);
        return FIRMWARE_ACTION_INSTALL |
               enter(step, FIRMWARE_PHASE_INSTALLING, FIRMWARE_RESULT_INITIAL, NULL);
}

static unsigned succeed(const Step *step)
{
        return end(step, FIRMWARE_RESULT_SUCCESS, step->event->text);
}

static unsigned installed(const Step *step)
{
        FirmwareMachine *m = step->m;

        if (step->event->result == FIRMWARE_RESULT_DEFERRED) /* the back end's word: it may be asked again */
                return enter(step, FIRMWARE_PHASE_READY, FIRMWARE_RESULT_DEFERRED, step->event->text);
        if (step->event->result != FIRMWARE_RESULT_INITIAL)
                return fail(step);
        if (!step->event->reboot)
                return succeed(step);
        m->reboot_by = step->boottime + FIRMWARE_REBOOT_TIMEOUT;
        return FIRMWARE_ACTION_REBOOT |
               enter(step, FIRMWARE_PHASE_REBOOTING, FIRMWARE_RESULT_INITIAL, step->event->text);
}

static unsigned booted(const Step *step)
{
        return step->event->result == FIRMWARE_RESULT_INITIAL ? succeed(step) : fail(step);
}

static unsigned timer(const Step *step)
{
        FirmwareMachine *m = step->m;

        if (m->phase == FIRMWARE_PHASE_WAITING) /* the clock may have been set */
                return wait_or_prepare(step);
        if (m->phase != FIRMWARE_PHASE_REBOOTING || step->boottime < m->reboot_by)
                return 0;
        return end(step, FIRMWARE_RESULT_FAILED,
                "The package was installed, but the machine has not been rebooted within 60 min.");
}

static unsigned cancel(const Step *step)
{
        return end(step, FIRMWARE_RESULT_CANCELLED, step->event->text);
}

static unsigned backend_changed(const Step *step)
{
        return FIRMWARE_ACTION_STOP | verify(step);
}

static unsigned start(const Step *step)
{
        FirmwareMachine *m = step->m;

        switch (m->phase) {
        case FIRMWARE_PHASE_IDLE:
                return FIRMWARE_ACTION_REMOVE; /* what it could not before */
        case FIRMWARE_PHASE_RECEIVING:
                return end(step, FIRMWARE_RESULT_CONNECTION_LOST,
                        "The client was stopped while a server wrote the package.");
        case FIRMWARE_PHASE_FETCHING:
                return FIRMWARE_ACTION_FETCH | FIRMWARE_ACTION_TELL;
        case FIRMWARE_PHASE_VERIFYING:
                return FIRMWARE_ACTION_VERIFY | FIRMWARE_ACTION_TELL;
        case FIRMWARE_PHASE_READY:
                return FIRMWARE_ACTION_TELL;
        case FIRMWARE_PHASE_WAITING:
                return timer(step) | FIRMWARE_ACTION_TELL;
        case FIRMWARE_PHASE_PREPARING:
                return prepare(step);
        case FIRMWARE_PHASE_INSTALLING:
                return FIRMWARE_ACTION_MARK | FIRMWARE_ACTION_RESUME | FIRMWARE_ACTION_TELL;
        case FIRMWARE_PHASE_REBOOTING:
                if (!step->event->rebooted)
                        return timer(step) ?: FIRMWARE_ACTION_REBOOT | FIRMWARE_ACTION_TELL;
                return FIRMWARE_ACTION_CONFIRM |
                       enter(step, FIRMWARE_PHASE_CONFIRMING, FIRMWARE_RESULT_INITIAL, NULL);
        case FIRMWARE_PHASE_CONFIRMING:
                return FIRMWARE_ACTION_CONFIRM | FIRMWARE_ACTION_TELL;
        case _FIRMWARE_PHASE_MAX:
                break;
        }
        return 0;
}

#define IN(phase)       (1U << FIRMWARE_PHASE_##phase)
#define ANYWHERE        ((1U << _FIRMWARE_PHASE_MAX) - 1)
#define UNDER_WAY       (ANYWHERE & ~IN(IDLE))
#define BEFORE_UPDATING (IN(RECEIVING) | IN(FETCHING) | IN(VERIFYING) | IN(READY) | IN(WAITING))
#define WITH_PACKAGE    (IN(READY) | IN(WAITING))
#define NOT_INSTALLED   (IN(VERIFYING) | WITH_PACKAGE | IN(PREPARING))

/* In which phases an event has a place. */
static const struct {
        unsigned phases;
        unsigned (*step)(const Step *step);
} steps[_FIRMWARE_EVENT_TYPE_MAX] = {
        [FIRMWARE_EVENT_PACKAGE] = {IN(IDLE) | IN(RECEIVING), receive},
        [FIRMWARE_EVENT_URI] = {IN(IDLE), fetch},
        [FIRMWARE_EVENT_RESET] = {IN(IDLE) | BEFORE_UPDATING, reset},
        [FIRMWARE_EVENT_TRANSFERRED] = {IN(RECEIVING) | IN(FETCHING), verify},
        [FIRMWARE_EVENT_VERIFIED] = {IN(VERIFYING), verified},
        [FIRMWARE_EVENT_EXECUTE] = {WITH_PACKAGE, execute},
        [FIRMWARE_EVENT_INSTALL] = {WITH_PACKAGE, prepare},
        [FIRMWARE_EVENT_CANCEL] = {BEFORE_UPDATING, cancel},
        [FIRMWARE_EVENT_TIMER] = {IN(WAITING) | IN(REBOOTING), timer},
        [FIRMWARE_EVENT_MAY_REBOOT] = {IN(PREPARING), may_reboot},
        [FIRMWARE_EVENT_PREPARED] = {IN(PREPARING), prepared},
        [FIRMWARE_EVENT_INSTALLED] = {IN(INSTALLING), installed},
        [FIRMWARE_EVENT_BOOTED] = {IN(CONFIRMING), booted},
        [FIRMWARE_EVENT_FAILED] = {UNDER_WAY, fail},
        [FIRMWARE_EVENT_BACKEND] = {NOT_INSTALLED, backend_changed},
        [FIRMWARE_EVENT_START] = {ANYWHERE, start},
};

unsigned firmware_step(
        FirmwareMachine *machine, const FirmwareEvent *event, uint64_t realtime, uint64_t boottime)
{
        const Step step = {machine, event, realtime, boottime};

        assert(event->type < _FIRMWARE_EVENT_TYPE_MAX);

        if (!(steps[event->type].phases & (1U << machine->phase)))
                return 0;
        if (event->type == FIRMWARE_EVENT_PACKAGE &&
                firmware_machine_refuses(machine, event->type, event->sender))
                return 0;
        return steps[event->type].step(&step);
}
