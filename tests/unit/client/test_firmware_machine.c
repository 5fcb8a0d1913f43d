/* SPDX-License-Identifier: Apache-2.0 */
/* client/firmware_machine: every event in every phase, the rules one by one (lwm2m-facts.md 2.8, OMA's cases
 * 751 to 779), and what a power cut in each phase leads to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "client/firmware_machine.h"

#define S     USEC_PER_SEC
#define NOW   (1800000000 * S) /* CLOCK_REALTIME */
#define BOOT  (1000 * S)       /* CLOCK_BOOTTIME */
#define OTHER 102              /* Short Server ID */
#define OURS  101

#define STORE       FIRMWARE_ACTION_STORE
#define TELL        FIRMWARE_ACTION_TELL
#define REMOVE      FIRMWARE_ACTION_REMOVE
#define END         (FIRMWARE_ACTION_STOP | REMOVE | FIRMWARE_ACTION_END | STORE | TELL)
#define PHASE(name) FIRMWARE_PHASE_##name
#define STAYS       _FIRMWARE_PHASE_MAX

static unsigned step_at(FirmwareMachine *machine, FirmwareEvent event, uint64_t realtime, uint64_t boottime)
{
        return firmware_step(machine, &event, realtime, boottime);
}

#define STEP(machine, event_type, ...) \
        step_at((machine), (FirmwareEvent){.type = FIRMWARE_EVENT_##event_type, ##__VA_ARGS__}, NOW, BOOT)

static void is(const FirmwareMachine *machine, FirmwareState state, FirmwareResult result)
{
        assert_string_equal(
                firmware_state_to_string(firmware_machine_state(machine)), firmware_state_to_string(state));
        assert_int_equal(machine->result, result);
}

/* A machine on its way; with a result and a text of before, to see that they go. */
static FirmwareMachine in_phase(FirmwarePhase phase)
{
        FirmwareMachine machine = FIRMWARE_MACHINE_INIT;

        machine.phase = phase;
        machine.sender = OURS;
        machine.delivery = phase == PHASE(FETCHING) ? FIRMWARE_PULL : FIRMWARE_PUSH;
        if (phase == PHASE(WAITING))
                machine.install_at = NOW + 3600 * S;
        if (phase == PHASE(REBOOTING))
                machine.reboot_by = BOOT + FIRMWARE_REBOOT_TIMEOUT;
        return machine;
}

/* -- Every event in every phase -- */

#define FAILED .result = FIRMWARE_RESULT_FAILED, .text = "It has failed."

/* The phase that each event leads to. */
static const struct {
        const char *what;
        FirmwareEvent event;
        FirmwarePhase next[_FIRMWARE_PHASE_MAX];
} table[] = {
#define NEXT(                                                                                               \
        idle, receiving, fetching, verifying, ready, waiting, preparing, installing, rebooting, confirming) \
        {                                                                                                   \
                idle, receiving, fetching, verifying, ready, waiting, preparing, installing, rebooting,     \
                        confirming                                                                          \
        }
#define I   PHASE(IDLE)
#define RCV PHASE(RECEIVING)
#define FET PHASE(FETCHING)
#define VER PHASE(VERIFYING)
#define RDY PHASE(READY)
#define WAI PHASE(WAITING)
#define PRE PHASE(PREPARING)
#define INS PHASE(INSTALLING)
#define REB PHASE(REBOOTING)
#define CON PHASE(CONFIRMING)
#define __  STAYS
        {"package", {FIRMWARE_EVENT_PACKAGE, .sender = OURS},
                NEXT(RCV, RCV, __, __, __, __, __, __, __, __)},
        {"package of another server", {FIRMWARE_EVENT_PACKAGE, .sender = OTHER},
                NEXT(RCV, __, __, __, __, __, __, __, __, __)},
        {"uri", {FIRMWARE_EVENT_URI, .uri = "coap://a/b"}, NEXT(FET, __, __, __, __, __, __, __, __, __)},
        {"wrong uri", {FIRMWARE_EVENT_URI, .uri = "a", .result = FIRMWARE_RESULT_INVALID_URI},
                NEXT(I, __, __, __, __, __, __, __, __, __)},
        {"reset", {FIRMWARE_EVENT_RESET}, NEXT(I, I, I, I, I, I, __, __, __, __)},
        {"transferred", {FIRMWARE_EVENT_TRANSFERRED}, NEXT(__, VER, VER, __, __, __, __, __, __, __)},
        {"verified", {FIRMWARE_EVENT_VERIFIED}, NEXT(__, __, __, RDY, __, __, __, __, __, __)},
        {"refused", {FIRMWARE_EVENT_VERIFIED, FAILED}, NEXT(__, __, __, I, __, __, __, __, __, __)},
        {"execute", {FIRMWARE_EVENT_EXECUTE}, NEXT(__, __, __, __, PRE, __, __, __, __, __)},
        {"execute outside of the window", {FIRMWARE_EVENT_EXECUTE, .opens_at = NOW + S},
                NEXT(__, __, __, __, WAI, __, __, __, __, __)},
        {"install", {FIRMWARE_EVENT_INSTALL}, NEXT(__, __, __, __, PRE, PRE, __, __, __, __)},
        {"cancel", {FIRMWARE_EVENT_CANCEL}, NEXT(__, I, I, I, I, I, __, __, __, __)},
        {"timer, too early", {FIRMWARE_EVENT_TIMER, .opens_at = NOW + 3600 * S},
                NEXT(__, __, __, __, __, __, __, __, __, __)},
        {"timer, window open", {FIRMWARE_EVENT_TIMER}, NEXT(__, __, __, __, __, PRE, __, __, __, __)},
        {"may reboot", {FIRMWARE_EVENT_MAY_REBOOT}, NEXT(__, __, __, __, __, __, PRE, __, __, __)},
        {"may not reboot", {FIRMWARE_EVENT_MAY_REBOOT, FAILED}, NEXT(__, __, __, __, __, __, I, __, __, __)},
        {"prepared", {FIRMWARE_EVENT_PREPARED, .mark = "a"}, NEXT(__, __, __, __, __, __, INS, __, __, __)},
        {"not prepared", {FIRMWARE_EVENT_PREPARED, FAILED}, NEXT(__, __, __, __, __, __, I, __, __, __)},
        {"installed", {FIRMWARE_EVENT_INSTALLED}, NEXT(__, __, __, __, __, __, __, I, __, __)},
        {"installed but for a reboot", {FIRMWARE_EVENT_INSTALLED, .reboot = true},
                NEXT(__, __, __, __, __, __, __, REB, __, __)},
        {"put off by the back end", {FIRMWARE_EVENT_INSTALLED, .result = FIRMWARE_RESULT_DEFERRED},
                NEXT(__, __, __, __, __, __, __, RDY, __, __)},
        {"not installed", {FIRMWARE_EVENT_INSTALLED, FAILED}, NEXT(__, __, __, __, __, __, __, I, __, __)},
        {"booted", {FIRMWARE_EVENT_BOOTED}, NEXT(__, __, __, __, __, __, __, __, __, I)},
        {"fallen back", {FIRMWARE_EVENT_BOOTED, FAILED}, NEXT(__, __, __, __, __, __, __, __, __, I)},
        {"failed", {FIRMWARE_EVENT_FAILED, FAILED}, NEXT(__, I, I, I, I, I, I, I, I, I)},
        {"back end", {FIRMWARE_EVENT_BACKEND}, NEXT(__, __, __, VER, VER, VER, VER, __, __, __)},
        {"start", {FIRMWARE_EVENT_START, .opens_at = NOW + 3600 * S},
                NEXT(__, I, __, __, __, __, PRE, __, __, __)},
        {"start after a reboot", {FIRMWARE_EVENT_START, .rebooted = true},
                NEXT(__, I, __, __, __, PRE, PRE, __, CON, __)},
};

static void check_actions(const FirmwareMachine *before, const FirmwareMachine *after, unsigned actions)
{
        const bool moved = before->phase != after->phase, ends = moved && after->phase == PHASE(IDLE);
        const bool tells = firmware_machine_state(before) != firmware_machine_state(after) ||
                           before->result != after->result;

        if (actions == 0)
                assert_memory_equal(before, after, sizeof(*before));
        if (memcmp(before, after, sizeof(*before)) != 0)
                assert_true(actions & STORE);
        if (tells)
                assert_true(actions & TELL);
        if (ends)
                assert_int_equal(actions & END, END);
        /* Also half an installation is one: what runs is looked at. */
        if (ends && (before->phase == PHASE(INSTALLING) || before->phase == PHASE(CONFIRMING)))
                assert_true(actions & FIRMWARE_ACTION_STRINGS);
        /* Nothing is installed but by an id that is new, and behind a mark. */
        if (moved && after->phase == PHASE(PREPARING)) {
                assert_true(actions & FIRMWARE_ACTION_NEW_ID);
                assert_true(actions & FIRMWARE_ACTION_MARK);
        }
        assert_int_equal(!!(actions & FIRMWARE_ACTION_INSTALL),
                before->phase == PHASE(PREPARING) && after->phase == PHASE(INSTALLING));
        if (firmware_machine_state(before) != firmware_machine_state(after))
                assert_int_equal(after->changed_at, NOW);
}

static void test_every_event_in_every_phase(void **state)
{
        bool seen[_FIRMWARE_EVENT_TYPE_MAX] = {false};

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                seen[table[i].event.type] = true;
                for (FirmwarePhase phase = 0; phase < _FIRMWARE_PHASE_MAX; phase++) {
                        const FirmwareMachine before = in_phase(phase);
                        const FirmwarePhase next =
                                table[i].next[phase] == STAYS ? phase : table[i].next[phase];
                        FirmwareMachine machine = before;
                        unsigned actions = firmware_step(&machine, &table[i].event, NOW, BOOT);

                        if (machine.phase != next)
                                print_error("%s in %s\n", table[i].what, firmware_phase_to_string(phase));
                        assert_string_equal(
                                firmware_phase_to_string(machine.phase), firmware_phase_to_string(next));
                        check_actions(&before, &machine, actions);
                }
        }
        for (FirmwareEventType i = 0; i < _FIRMWARE_EVENT_TYPE_MAX; i++)
                assert_true(seen[i]);
}

/* What is refused does nothing, and what is not refused does something, but for what is so already. */
static void test_refusals_are_those_of_the_steps(void **state)
{
        static const FirmwareEventType asked[] = {FIRMWARE_EVENT_PACKAGE, FIRMWARE_EVENT_URI,
                FIRMWARE_EVENT_RESET, FIRMWARE_EVENT_EXECUTE, FIRMWARE_EVENT_INSTALL, FIRMWARE_EVENT_CANCEL};

        for (size_t i = 0; i < ELEMENTSOF(asked); i++)
                for (FirmwarePhase phase = 0; phase < _FIRMWARE_PHASE_MAX; phase++) {
                        FirmwareMachine machine = in_phase(phase);
                        const char *text = firmware_machine_refuses(&machine, asked[i], OTHER);
                        const FirmwareEvent event = {.type = asked[i], .sender = OTHER, .uri = "coap://a"};
                        const bool done = firmware_step(&machine, &event, NOW, BOOT) != 0;

                        assert_true(text ? !done
                                         : done || (asked[i] == FIRMWARE_EVENT_EXECUTE &&
                                                           phase == PHASE(WAITING)));
                }
}

/* -- The rules -- */

/* 1.1-int-751, 770 and 771, with a reboot. */
static void test_the_whole_way(void **state)
{
        FirmwareMachine machine = FIRMWARE_MACHINE_INIT;
        unsigned actions;

        is(&machine, FIRMWARE_IDLE, FIRMWARE_RESULT_INITIAL);
        machine.result = FIRMWARE_RESULT_FAILED;
        actions = STEP(&machine, PACKAGE, .sender = OURS);
        assert_int_equal(actions, FIRMWARE_ACTION_BEGIN | FIRMWARE_ACTION_RECEIVE | STORE | TELL);
        is(&machine, FIRMWARE_DOWNLOADING, FIRMWARE_RESULT_INITIAL);
        assert_int_equal(STEP(&machine, TRANSFERRED), FIRMWARE_ACTION_VERIFY | STORE | TELL);
        is(&machine, FIRMWARE_DOWNLOADING, FIRMWARE_RESULT_INITIAL);
        actions = STEP(&machine, VERIFIED, .name = "gateway", .version = "2.0");
        assert_int_equal(actions, STORE | TELL);
        assert_string_equal(machine.name, "gateway");
        assert_string_equal(machine.version, "2.0");
        is(&machine, FIRMWARE_DOWNLOADED, FIRMWARE_RESULT_INITIAL);
        actions = STEP(&machine, EXECUTE);
        assert_int_equal(actions,
                FIRMWARE_ACTION_NEW_ID | FIRMWARE_ACTION_MARK | STORE | FIRMWARE_ACTION_MAY_REBOOT | TELL);
        is(&machine, FIRMWARE_UPDATING, FIRMWARE_RESULT_INITIAL);
        assert_int_equal(STEP(&machine, MAY_REBOOT), FIRMWARE_ACTION_PREPARE);
        actions = STEP(&machine, PREPARED, .mark = "A");
        assert_int_equal(actions, STORE | FIRMWARE_ACTION_INSTALL | TELL);
        assert_string_equal(machine.mark, "A");
        actions = STEP(&machine, INSTALLED, .reboot = true);
        assert_int_equal(actions, STORE | FIRMWARE_ACTION_REBOOT | TELL);
        is(&machine, FIRMWARE_UPDATING, FIRMWARE_RESULT_INITIAL);
        actions = STEP(&machine, START, .rebooted = true);
        assert_int_equal(actions, STORE | FIRMWARE_ACTION_CONFIRM | TELL);
        is(&machine, FIRMWARE_UPDATING, FIRMWARE_RESULT_INITIAL);
        assert_int_equal(STEP(&machine, BOOTED), END | FIRMWARE_ACTION_STRINGS);
        is(&machine, FIRMWARE_IDLE, FIRMWARE_RESULT_SUCCESS);
}

/* 1.1-int-755, 756: resets forget everything, in State 0 as well. */
static void test_resets(void **state)
{
        FirmwareMachine machine = in_phase(PHASE(READY));

        strcpy(machine.uri, "coap://a");
        strcpy(machine.name, "n");
        assert_int_equal(STEP(&machine, RESET), END);
        is(&machine, FIRMWARE_IDLE, FIRMWARE_RESULT_INITIAL);
        assert_string_equal(machine.uri, "");
        assert_string_equal(machine.name, "");

        machine.result = FIRMWARE_RESULT_SUCCESS;
        assert_int_equal(STEP(&machine, RESET), END & ~FIRMWARE_ACTION_END);
        is(&machine, FIRMWARE_IDLE, FIRMWARE_RESULT_INITIAL);
}

/* 1.1-int-772. */
static void test_update_without_a_package(void **state)
{
        FirmwareMachine machine = FIRMWARE_MACHINE_INIT;

        assert_non_null(firmware_machine_refuses(&machine, FIRMWARE_EVENT_EXECUTE, OURS));
        assert_int_equal(STEP(&machine, EXECUTE), 0);
        is(&machine, FIRMWARE_IDLE, FIRMWARE_RESULT_INITIAL);
}

/* 1.1-int-773 to 779. */
static void test_results_of_failures(void **state)
{
        for (FirmwareResult result = FIRMWARE_RESULT_NO_SPACE;
                result <= FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL; result++) {
                FirmwareMachine machine = in_phase(PHASE(FETCHING));

                assert_int_equal(STEP(&machine, FAILED, .result = result, .text = "Why."), END);
                is(&machine, FIRMWARE_IDLE, result);
                assert_string_equal(machine.text, "Why.");
                /* The next one begins without it. */
                (void)STEP(&machine, URI, .uri = "coap://a");
                is(&machine, FIRMWARE_DOWNLOADING, FIRMWARE_RESULT_INITIAL);
                assert_string_equal(machine.text, "");
        }
}

static void test_wrong_uri_is_a_result(void **state)
{
        FirmwareMachine machine = FIRMWARE_MACHINE_INIT;
        unsigned actions = STEP(&machine, URI, .uri = "ftp://a/b",
                .result = FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL, .text = "No ftp.");

        assert_int_equal(actions, END | FIRMWARE_ACTION_BEGIN);
        is(&machine, FIRMWARE_IDLE, FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL);
        assert_string_equal(machine.uri, "ftp://a/b");
}

/* Execute of Cancel until the installation begins, not afterwards, and not without an update. */
static void test_cancel(void **state)
{
        for (FirmwarePhase phase = 0; phase < _FIRMWARE_PHASE_MAX; phase++) {
                FirmwareMachine machine = in_phase(phase);
                const FirmwareState before = firmware_machine_state(&machine);
                const bool can = before == FIRMWARE_DOWNLOADING || before == FIRMWARE_DOWNLOADED;

                assert_int_equal(!firmware_machine_refuses(&machine, FIRMWARE_EVENT_CANCEL, OURS), can);
                assert_int_equal(STEP(&machine, CANCEL), can ? END : 0);
                is(&machine, can ? FIRMWARE_IDLE : before,
                        can ? FIRMWARE_RESULT_CANCELLED : FIRMWARE_RESULT_INITIAL);
        }
}

/* /5/0/13: the window, but no longer than Maximum Defer Period; 0 allows none. */
static void test_install_window(void **state)
{
        static const struct {
                int64_t max_defer;
                uint64_t opens_at, install_at; /* after NOW; 0: at once */
        } cases[] = {
                {FIRMWARE_DEFER_UNSET, 7200, 7200},
                {3600, 7200, 3600},
                {86400, 7200, 7200},
                {0, 7200, 0},
                {3600, 0, 0},
                {UINT32_MAX, 7200, 7200},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const uint64_t opens_at = cases[i].opens_at ? NOW + cases[i].opens_at * S : 0;
                const uint64_t at = NOW + cases[i].install_at * S;
                FirmwareMachine machine = in_phase(PHASE(READY));
                uint64_t realtime, boottime;

                machine.max_defer = cases[i].max_defer;
                (void)STEP(&machine, EXECUTE, .opens_at = opens_at);
                firmware_machine_deadline(&machine, &realtime, &boottime);
                assert_int_equal(boottime, 0);
                if (cases[i].install_at == 0) {
                        assert_int_equal(machine.phase, PHASE(PREPARING));
                        assert_int_equal(realtime, 0);
                        continue;
                }
                is(&machine, FIRMWARE_DOWNLOADED, FIRMWARE_RESULT_DEFERRED);
                assert_int_equal(realtime, at);
                /* Once more changes nothing, and the operator need not wait. */
                assert_int_equal(STEP(&machine, EXECUTE, .opens_at = opens_at), 0);
                assert_null(firmware_machine_refuses(&machine, FIRMWARE_EVENT_INSTALL, 0));
                assert_int_equal(
                        step_at(&machine, (FirmwareEvent){FIRMWARE_EVENT_TIMER, .opens_at = opens_at},
                                at - S, BOOT + at - NOW - S),
                        0);
                (void)step_at(&machine, (FirmwareEvent){FIRMWARE_EVENT_TIMER, .opens_at = opens_at}, at,
                        BOOT + at - NOW);
                is(&machine, FIRMWARE_UPDATING, FIRMWARE_RESULT_INITIAL);
        }
}

/* The clock was set while it waits: the window opens at another moment. */
static void test_clock_is_set_while_waiting(void **state)
{
        FirmwareMachine machine = in_phase(PHASE(WAITING));

        assert_int_equal(STEP(&machine, TIMER, .opens_at = NOW + 60 * S), STORE | TELL);
        assert_int_equal(machine.install_at, NOW + 60 * S);
}

/* Nor does it make Maximum Defer Period longer or shorter, or a restart meanwhile. */
static void test_clock_is_set_while_deferred(void **state)
{
        static const uint64_t clocks[] = {NOW - 86400 * 365 * S, NOW + 86400 * 365 * S};

        for (size_t i = 0; i < ELEMENTSOF(clocks); i++) {
                FirmwareEvent event = {FIRMWARE_EVENT_TIMER, .opens_at = clocks[i] + 7200 * S};
                FirmwareMachine machine = in_phase(PHASE(READY));

                machine.max_defer = 3600;
                (void)STEP(&machine, EXECUTE, .opens_at = NOW + 7200 * S);
                (void)step_at(&machine, event, clocks[i], BOOT + 60 * S);
                assert_int_equal(machine.phase, PHASE(WAITING));
                assert_int_equal(machine.install_at, clocks[i] + 3540 * S);
                machine.defer_by = 0; /* which the disk does not have */
                event.type = FIRMWARE_EVENT_START;
                (void)step_at(&machine, event, clocks[i] + S, 7 * S);
                event.type = FIRMWARE_EVENT_TIMER;
                (void)step_at(&machine, event, clocks[i] + 2000 * S, 7 * S + 3539 * S);
                assert_int_equal(machine.phase, PHASE(PREPARING));
        }
}

/* Its clock begins in 1970, until somebody sets it. */
static void test_start_without_a_clock_while_deferred(void **state)
{
        FirmwareEvent event = {FIRMWARE_EVENT_START, .opens_at = 7200 * S};
        FirmwareMachine machine = in_phase(PHASE(READY));

        machine.max_defer = 3600;
        (void)STEP(&machine, EXECUTE, .opens_at = NOW + 7200 * S);
        machine.defer_by = 0;
        (void)step_at(&machine, event, 9 * S, 9 * S);
        assert_int_equal(machine.install_at, 3609 * S);
        event = (FirmwareEvent){FIRMWARE_EVENT_TIMER, .opens_at = NOW + 86400 * S};
        (void)step_at(&machine, event, NOW, 69 * S);
        assert_int_equal(machine.install_at, NOW + 3540 * S);
}

/* /5/0/14: as if executed, the window included. */
static void test_automatic_upgrade(void **state)
{
        FirmwareMachine machine = in_phase(PHASE(VERIFYING));

        machine.automatic = true;
        (void)STEP(&machine, VERIFIED);
        assert_int_equal(machine.phase, PHASE(PREPARING));

        machine = in_phase(PHASE(VERIFYING));
        machine.automatic = true;
        (void)STEP(&machine, VERIFIED, .opens_at = NOW + S);
        assert_int_equal(machine.phase, PHASE(WAITING));
}

/* A reboot that does not come: an honest end, also for a daemon that was not there at the time. */
static void test_reboot_that_does_not_come(void **state)
{
        FirmwareMachine machine = in_phase(PHASE(REBOOTING));
        uint64_t realtime, boottime;

        firmware_machine_deadline(&machine, &realtime, &boottime);
        assert_int_equal(realtime, 0);
        assert_int_equal(boottime, BOOT + 3600 * S);
        assert_int_equal(step_at(&machine, (FirmwareEvent){FIRMWARE_EVENT_TIMER}, NOW, boottime - 1), 0);
        assert_int_equal(step_at(&machine, (FirmwareEvent){FIRMWARE_EVENT_TIMER}, NOW, boottime),
                END | FIRMWARE_ACTION_STRINGS);
        is(&machine, FIRMWARE_IDLE, FIRMWARE_RESULT_FAILED);

        machine = in_phase(PHASE(REBOOTING));
        assert_int_equal(step_at(&machine, (FirmwareEvent){FIRMWARE_EVENT_START}, NOW, boottime),
                END | FIRMWARE_ACTION_STRINGS);
        is(&machine, FIRMWARE_IDLE, FIRMWARE_RESULT_FAILED);
}

/* A start in any phase, again and again: what is under way is asked for once more. */
static void test_start_in_each_phase(void **state)
{
        static const struct {
                FirmwarePhase phase;
                unsigned actions;
        } cases[] = {
                {PHASE(IDLE), REMOVE},
                {PHASE(RECEIVING), END},
                {PHASE(FETCHING), FIRMWARE_ACTION_FETCH | TELL},
                {PHASE(VERIFYING), FIRMWARE_ACTION_VERIFY | TELL},
                {PHASE(READY), TELL},
                {PHASE(WAITING), TELL},
                {PHASE(PREPARING), FIRMWARE_ACTION_NEW_ID | FIRMWARE_ACTION_MARK | STORE |
                                           FIRMWARE_ACTION_MAY_REBOOT | TELL},
                {PHASE(INSTALLING), FIRMWARE_ACTION_MARK | FIRMWARE_ACTION_RESUME | TELL},
                {PHASE(REBOOTING), FIRMWARE_ACTION_REBOOT | TELL},
                {PHASE(CONFIRMING), FIRMWARE_ACTION_CONFIRM | TELL},
        };

        assert_int_equal(ELEMENTSOF(cases), _FIRMWARE_PHASE_MAX);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (int again = 0; again < 2; again++) {
                        FirmwareMachine machine = in_phase(cases[i].phase);
                        unsigned actions = 0;

                        for (int j = 0; j <= (cases[i].phase == PHASE(RECEIVING) ? 0 : again); j++)
                                actions = STEP(&machine, START, .opens_at = NOW + 3600 * S);
                        assert_int_equal(actions, cases[i].actions);
                }
}

/* What comes of others is cut to what there is room for, at a character. */
static void test_long_texts_are_cut(void **state)
{
        FirmwareMachine machine = in_phase(PHASE(VERIFYING));
        char name[1000];

        for (size_t i = 0; i + 2 < sizeof(name); i += 2)
                memcpy(name + i, "\xc3\xa4", 2);
        name[sizeof(name) - 2] = '\0';
        (void)STEP(&machine, VERIFIED, .name = name, .version = NULL);
        assert_int_equal(strlen(machine.name), 254);
        assert_string_equal(machine.version, "");
}

/* Random events for a while, then what would come of itself: it ends in State 0 or 2, never in 1 or 3. */
static void test_never_stuck(void **state)
{
        unsigned seed = 13;

        for (int walk = 0; walk < 20000; walk++) {
                FirmwareMachine machine = FIRMWARE_MACHINE_INIT;

                for (int i = 0; i < 20; i++) {
                        const FirmwareMachine before = machine;
                        FirmwareEvent event = table[rand_r(&seed) % ELEMENTSOF(table)].event;
                        unsigned actions = firmware_step(&machine, &event, NOW, BOOT);

                        check_actions(&before, &machine, actions);
                }
                (void)STEP(&machine, START, .rebooted = true);
                (void)STEP(&machine, TRANSFERRED);
                (void)STEP(&machine, VERIFIED);
                (void)STEP(&machine, TIMER);
                (void)STEP(&machine, MAY_REBOOT);
                (void)STEP(&machine, PREPARED);
                (void)STEP(&machine, INSTALLED, .reboot = true);
                (void)STEP(&machine, START, .rebooted = true);
                (void)STEP(&machine, BOOTED);
                assert_true(machine.phase == PHASE(IDLE) || machine.phase == PHASE(READY));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_event_in_every_phase),
                cmocka_unit_test(test_refusals_are_those_of_the_steps),
                cmocka_unit_test(test_the_whole_way),
                cmocka_unit_test(test_resets),
                cmocka_unit_test(test_update_without_a_package),
                cmocka_unit_test(test_results_of_failures),
                cmocka_unit_test(test_wrong_uri_is_a_result),
                cmocka_unit_test(test_cancel),
                cmocka_unit_test(test_install_window),
                cmocka_unit_test(test_clock_is_set_while_waiting),
                cmocka_unit_test(test_clock_is_set_while_deferred),
                cmocka_unit_test(test_start_without_a_clock_while_deferred),
                cmocka_unit_test(test_automatic_upgrade),
                cmocka_unit_test(test_reboot_that_does_not_come),
                cmocka_unit_test(test_start_in_each_phase),
                cmocka_unit_test(test_long_texts_are_cut),
                cmocka_unit_test(test_never_stuck),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
