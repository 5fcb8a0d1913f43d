/* SPDX-License-Identifier: Apache-2.0 */
/* A back end with org.lwm2m.FirmwareBackend1: what it is asked, and what becomes of its answers. */
#include <fcntl.h>
#include <sys/stat.h>

#include "backend_world.h"
#include "documented.h"

#define NAME "org.example.Backend1"

static int set_up_alone(void **state)
{
        *state = make_world(NAME, NAME);
        return 0;
}

static int set_up(void **state)
{
        (void)set_up_alone(state);
        come(*state);
        return 0;
}

/* Which is as documented. */
static sd_bus_message *wait_documented(World *world, const char *member)
{
        sd_bus_message *asked = wait_asked(world, member);
        char documented[32];

        read_documented(BUS_BACKEND_INTERFACE, "method", member, "in", documented, sizeof(documented));
        assert_string_equal(sd_bus_message_get_signature(asked, true), documented);
        assert_string_equal(sd_bus_message_get_interface(asked), BUS_BACKEND_INTERFACE);
        assert_string_equal(sd_bus_message_get_path(asked), BUS_BACKEND_PATH);
        return asked;
}

static void answer_documented(World *world, const char *types)
{
        char documented[32];

        read_documented(BUS_BACKEND_INTERFACE, "method", sd_bus_message_get_member(world->asked), "out",
                documented, sizeof(documented));
        assert_string_equal(types, documented);
}

static void answer_verify(World *world, uint8_t result, const char *text)
{
        answer_documented(world, "ysss");
        answer(world, "ysss", result, "router", "2.0", text);
}

static void answer_install(World *world, uint8_t result, bool reboot, const char *text)
{
        answer_documented(world, "ybs");
        answer(world, "ybs", result, reboot, text);
}

static void answer_booted(World *world, uint8_t result, const char *text)
{
        answer_documented(world, "ys");
        answer(world, "ys", result, text);
}

/* The back end may move the offset; nobody else sees it. */
static void assert_package(sd_bus_message *asked)
{
        char content[16] = "";
        int fd;

        assert_true(sd_bus_message_read(asked, "h", &fd) > 0);
        assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
        assert_int_equal(read(fd, content, sizeof(content) - 1), 8);
        assert_string_equal(content, "firmware");
}

static void assert_id(sd_bus_message *asked, const char *expected)
{
        const char *id;

        assert_true(sd_bus_message_read(asked, "s", &id) > 0);
        assert_string_equal(id, expected);
}

static void verify(World *world)
{
        assert_int_equal(firmware_backend_verify(world->backend, world->package), 0);
}

static void install(World *world)
{
        assert_int_equal(firmware_backend_install(world->backend, world->package, "id-1"), 0);
}

static void verify_is_asked(void **state)
{
        World *world = *state;

        verify(world);
        assert_package(wait_documented(world, "Verify"));
        answer_verify(world, 0, "signed by us");
        assert_told(world, "verified 0 [router 2.0] signed by us\n");
        /* And a second time, with a descriptor of its own. */
        verify(world);
        assert_package(wait_documented(world, "Verify"));
        answer_verify(world, 5, "no signature");
        assert_told(world, "verified 5 [router 2.0] no signature\n");
}

static void nothing_is_prepared(void **state)
{
        World *world = *state;

        assert_int_equal(firmware_backend_prepare(world->backend), 0);
        assert_told(world, "prepared 0\n");
        assert_int_equal(world->n_asked, 0);
}

static void install_is_asked(void **state)
{
        World *world = *state;
        sd_bus_message *asked;

        install(world);
        asked = wait_documented(world, "Install");
        assert_package(asked);
        assert_id(asked, "id-1");
        answer_install(world, 0, true, "");
        assert_told(world, "installed 0 reboot\n");
        install(world);
        (void)wait_asked(world, "Install");
        answer_install(world, 0, false, "done");
        assert_told(world, "installed 0 done\n");
        /* What has failed needs no reboot. */
        install(world);
        (void)wait_asked(world, "Install");
        answer_install(world, 8, true, "cannot write");
        assert_told(world, "installed 8 cannot write\n");
}

static void resume_asks_for_the_same_id(void **state)
{
        World *world = *state;
        sd_bus_message *asked;

        assert_int_equal(firmware_backend_resume(world->backend, world->package, "id-9", ""), 0);
        asked = wait_documented(world, "Install");
        assert_package(asked);
        assert_id(asked, "id-9");
        answer_install(world, 0, true, "");
        assert_told(world, "installed 0 reboot\n");
}

static void booted_is_asked(void **state)
{
        World *world = *state;

        assert_int_equal(firmware_backend_booted(world->backend, "id-1", ""), 0);
        assert_id(wait_documented(world, "Booted"), "id-1");
        answer_booted(world, 0, "");
        assert_told(world, "booted 0\n");
        assert_int_equal(firmware_backend_booted(world->backend, "id-1", ""), 0);
        (void)wait_asked(world, "Booted");
        answer_booted(world, 8, "came up in slot A");
        assert_told(world, "booted 8 came up in slot A\n");
}

/* interface.md section 7: 10, anything over 11 and 1 from Verify count as 8. */
static int expected_result(unsigned result, bool is_verify)
{
        if (result == 1)
                return is_verify ? 8 : 0;
        return result == 10 || result > 11 ? 8 : (int)result;
}

static void every_result(void **state)
{
        World *world = *state;
        char expected[64];

        for (unsigned result = 0; result <= UINT8_MAX; result++) {
                verify(world);
                (void)wait_asked(world, "Verify");
                answer_verify(world, (uint8_t)result, "why");
                (void)snprintf(expected, sizeof(expected), "verified %d [router 2.0] why\n",
                        expected_result(result, true));
                assert_told(world, expected);

                install(world);
                (void)wait_asked(world, "Install");
                answer_install(world, (uint8_t)result, false, "why");
                (void)snprintf(
                        expected, sizeof(expected), "installed %d why\n", expected_result(result, false));
                assert_told(world, expected);

                assert_int_equal(firmware_backend_booted(world->backend, "id-1", ""), 0);
                (void)wait_asked(world, "Booted");
                answer_booted(world, (uint8_t)result, "why");
                (void)snprintf(
                        expected, sizeof(expected), "booted %d why\n", expected_result(result, false));
                assert_told(world, expected);
        }
}

/* An operator reads a sentence in any case. */
static void without_a_reason(void **state)
{
        World *world = *state;

        verify(world);
        (void)wait_asked(world, "Verify");
        answer_verify(world, 6, "");
        assert_told(world, "verified 6 " NAME " refuses the package, without a reason (6).\n");
        install(world);
        (void)wait_asked(world, "Install");
        answer_install(world, 200, false, "");
        assert_told(world, "installed 8 " NAME " has not installed the package, without a reason (200).\n");
        assert_int_equal(firmware_backend_booted(world->backend, "id-1", ""), 0);
        (void)wait_asked(world, "Booted");
        answer_booted(world, 8, "");
        assert_told(
                world, "booted 8 " NAME " says that the new firmware does not run, without a reason (8).\n");
}

static void texts_are_cut_and_printable(void **state)
{
        char text[1001] = "a\nb\xc2\x9b";
        World *world = *state;

        memset(text + 5, 'x', sizeof(text) - 6);
        verify(world);
        (void)wait_asked(world, "Verify");
        answer(world, "ysss", 5, text, "1\t2", text);
        run_until(world, is_told);
        assert_int_equal(strlen(world->log), strlen("verified 5 [ ] \n") + (FIRMWARE_BACKEND_NAME_SIZE - 1) +
                                                     strlen("1 2") + (FIRMWARE_BACKEND_TEXT_SIZE - 1));
        assert_non_null(strstr(world->log, "[a b  xxx"));
        assert_non_null(strstr(world->log, "x 1 2] a b  xxx"));
}

static void errors_are_sentences(void **state)
{
        World *world = *state;

        verify(world);
        (void)wait_asked(world, "Verify");
        assert_true(sd_bus_reply_method_errorf(
                            world->asked, "org.example.Error.Broken", "my disk is broken") >= 0);
        assert_told(world, "verified 8 " NAME " refuses: my disk is broken\n");

        install(world);
        world->asked = sd_bus_message_unref(world->asked);
        (void)wait_asked(world, "Install");
        assert_true(sd_bus_reply_method_errorf(world->asked, SD_BUS_ERROR_UNKNOWN_METHOD, "Install?") >= 0);
        assert_told(world, "installed 8 " NAME " does not know what it is asked: Install?\n");

        verify(world);
        world->asked = sd_bus_message_unref(world->asked);
        (void)wait_asked(world, "Verify");
        answer(world, "yss", 0, "router", "2.0");
        assert_told(world, "verified 8 " NAME " has answered \"yss\" instead of \"ysss\".\n");

        install(world);
        (void)wait_asked(world, "Install");
        answer(world, "y", 0);
        assert_told(world, "installed 8 " NAME " has answered \"y\" instead of \"ybs\".\n");

        assert_int_equal(firmware_backend_booted(world->backend, "id-1", ""), 0);
        (void)wait_asked(world, "Booted");
        answer(world, "u", 0);
        assert_told(world, "booted 8 " NAME " has answered \"u\" instead of \"ys\".\n");
}

static void package_that_is_gone(void **state)
{
        World *world = *state;

        assert_int_equal(unlink(world->package), 0);
        verify(world);
        assert_told(world, "verified 8 The package cannot be opened: No such file or directory.\n");
        assert_int_equal(symlink("/etc/hostname", world->package), 0);
        verify(world);
        assert_told(world, "verified 8 The package cannot be opened: Too many levels of symbolic links.\n");
        assert_int_equal(world->n_asked, 0);
}

#define MISSING                     \
        "Nobody has the name " NAME \
        " on the system bus, and nothing starts it: is it installed, and does it run?"

static void nobody_is_there(void **state)
{
        World *world = *state;

        verify(world);
        assert_told(world, "verified 8 " MISSING "\n");
        install(world);
        assert_told(world, "installed 8 " MISSING "\n");
}

/* Both start with the machine. */
static void booted_waits_for_the_back_end(void **state)
{
        World *world = *state;

        assert_int_equal(firmware_backend_booted(world->backend, "id-1", ""), 0);
        assert_untold(world);
        pass(MINUTE);
        assert_untold(world);
        come(world);
        pass(30 * USEC_PER_SEC);
        (void)wait_asked(world, "Booted");
        answer_booted(world, 0, "");
        assert_told(world, "booted 0\n");

        leave(world);
        assert_int_equal(firmware_backend_booted(world->backend, "id-1", ""), 0);
        assert_untold(world);
        pass(2 * MINUTE);
        assert_told(world, "booted 8 " MISSING "\n");
}

static void deadlines(void **state)
{
        World *world = *state;

        verify(world);
        (void)wait_asked(world, "Verify");
        pass(10 * MINUTE - USEC_PER_SEC);
        assert_untold(world);
        pass(USEC_PER_SEC);
        assert_told(world, "verified 8 " NAME " has not ended the verification within 10 minutes.\n");
        /* Too late. */
        answer_verify(world, 0, "");
        assert_untold(world);

        install(world);
        (void)wait_asked(world, "Install");
        pass(60 * MINUTE - USEC_PER_SEC);
        assert_untold(world);
        pass(USEC_PER_SEC);
        assert_told(world, "installed 8 " NAME " has not ended the installation within 60 minutes.\n");

        world->asked = sd_bus_message_unref(world->asked);
        assert_int_equal(firmware_backend_booted(world->backend, "id-1", ""), 0);
        (void)wait_asked(world, "Booted");
        pass(10 * MINUTE - USEC_PER_SEC);
        assert_untold(world);
        pass(USEC_PER_SEC);
        assert_told(
                world, "booted 8 " NAME " has not ended the check after the reboot within 10 minutes.\n");
}

static bool is_asked_twice(const World *world)
{
        return world->n_asked == 2;
}

/* A back end that an installation, or an upgrade, restarts. */
static void leaves_in_the_middle(void **state)
{
        World *world = *state;
        sd_bus_message *asked;

        install(world);
        (void)wait_asked(world, "Install");
        leave(world);
        settle(world);
        come(world);
        assert_untold(world);
        pass(USEC_PER_SEC);
        run_until(world, is_asked_twice);
        asked = wait_documented(world, "Install");
        assert_package(asked);
        assert_id(asked, "id-1");
        answer_install(world, 0, false, "");
        assert_told(world, "installed 0\n");
}

static void leaves_for_good(void **state)
{
        World *world = *state;

        install(world);
        (void)wait_asked(world, "Install");
        leave(world);
        assert_untold(world);
        pass(MINUTE);
        assert_untold(world);
        pass(MINUTE);
        assert_told(world, "installed 8 " MISSING "\n");
}

static void leaves_each_time(void **state)
{
        World *world = *state;

        verify(world);
        for (unsigned i = 0; i < 3; i++) {
                (void)wait_asked(world, "Verify");
                assert_string_equal(world->log, "");
                leave(world);
                settle(world);
                come(world);
                pass(30 * USEC_PER_SEC);
        }
        assert_told(
                world, "verified 8 " NAME " has left the bus in the middle of the verification, 3 times.\n");
        assert_int_equal(world->n_asked, 3);
}

static bool is_lost(const World *world)
{
        return !bus_heard(world->bus);
}

static bool is_heard(const World *world)
{
        return bus_heard(world->bus);
}

static void bus_that_restarts(void **state)
{
        World *world = *state;

        install(world);
        (void)wait_asked(world, "Install");
        private_bus_stop(&world->place);
        run_until(world, is_lost);
        leave(world);
        private_bus_start(&world->place, "allow");
        come(world);
        run_until(world, is_asked_twice);
        assert_string_equal(world->log, "");
        assert_package(world->asked);
        assert_id(world->asked, "id-1");
}

static void no_bus(void **state)
{
        World *world = *state;

        private_bus_stop(&world->place);
        run_until(world, is_lost);
        verify(world);
        assert_untold(world);
        pass(10 * MINUTE);
        assert_told(world, "verified 8 " NAME
                           " has not ended the verification within 10 minutes. There is no system bus.\n");
        verify(world);
        assert_untold(world);
        private_bus_start(&world->place, "allow");
        run_until(world, is_heard);
        assert_told(world, "verified 8 " MISSING "\n");
}

/* -- Progress -- */

static void signal_progress(sd_bus *from, const char *to, uint8_t percent, const char *text)
{
        sd_bus_message *message = NULL;
        char documented[32];

        read_documented(BUS_BACKEND_INTERFACE, "signal", "Progress", NULL, documented, sizeof(documented));
        assert_string_equal(documented, "ys");
        assert_true(sd_bus_message_new_signal(
                            from, &message, BUS_BACKEND_PATH, BUS_BACKEND_INTERFACE, "Progress") >= 0);
        assert_true(sd_bus_message_append(message, "ys", percent, text) >= 0);
        if (to)
                assert_true(sd_bus_message_set_destination(message, to) >= 0);
        assert_true(sd_bus_send(from, message, NULL) >= 0);
        sd_bus_message_unref(message);
}

static void progress_of_an_installation(void **state)
{
        World *world = *state;

        verify(world);
        (void)wait_asked(world, "Verify");
        signal_progress(world->service, NULL, 1, "too early");
        answer_verify(world, 0, "");
        assert_told(world, "verified 0 [router 2.0]\n");

        install(world);
        (void)wait_asked(world, "Install");
        signal_progress(world->service, NULL, 0, "");
        signal_progress(world->service, NULL, 40, "writing\nslot B");
        signal_progress(world->service, NULL, 255, "more than all");
        answer_install(world, 0, false, "");
        settle(world);
        assert_told(world, "0% \n40% writing slot B\n100% more than all\ninstalled 0\n");
        signal_progress(world->service, NULL, 1, "too late");
        assert_untold(world);
}

/* The bus lets everybody send us a signal, if we are named as the one whom it is for. */
static void progress_of_somebody_else(void **state)
{
        World *world = *state;
        sd_bus *other = private_bus_connect(&world->place, world->event), *service = world->service;

        install(world);
        (void)wait_asked(world, "Install");
        signal_progress(other, BUS_NAME, 99, "forged");
        world->service = other; /* its messages have come when settle() is done */
        settle(world);
        world->service = service;
        assert_untold(world);
        signal_progress(service, BUS_NAME, 40, "writing");
        assert_told(world, "40% writing\n");
        sd_bus_flush_close_unref(other);
}

/* Whoever has the name, since the back end comes anew with another connection. */
static void progress_of_the_next_one(void **state)
{
        World *world = *state;

        leave(world);
        settle(world);
        come(world);
        install(world);
        (void)wait_asked(world, "Install");
        signal_progress(world->service, NULL, 40, "writing");
        assert_told(world, "40% writing\n");
}

/* -- One question at a time -- */

static void busy(void **state)
{
        World *world = *state;

        verify(world);
        assert_int_equal(firmware_backend_verify(world->backend, world->package), -EBUSY);
        assert_int_equal(firmware_backend_booted(world->backend, "id-1", ""), -EBUSY);
        (void)wait_asked(world, "Verify");
        answer_verify(world, 0, "");
        assert_told(world, "verified 0 [router 2.0]\n");
}

static void cancelled(void **state)
{
        World *world = *state;

        verify(world);
        (void)wait_asked(world, "Verify");
        firmware_backend_cancel(world->backend);
        answer_verify(world, 0, "");
        pass(10 * MINUTE);
        assert_untold(world);
        firmware_backend_cancel(world->backend);
        install(world);
        (void)wait_asked(world, "Install");
        answer_install(world, 0, false, "");
        assert_told(world, "installed 0\n");
}

static void install_at_end(World *world)
{
        world->at_end = NULL;
        install(world);
}

static void next_question_in_the_handler(void **state)
{
        World *world = *state;

        world->at_end = install_at_end;
        verify(world);
        (void)wait_asked(world, "Verify");
        answer_verify(world, 0, "");
        assert_told(world, "verified 0 [router 2.0]\n");
        (void)wait_asked(world, "Install");
        answer_install(world, 0, false, "");
        assert_told(world, "installed 0\n");
}

static void freed_in_the_middle(void **state)
{
        World *world = *state;

        install(world);
        (void)wait_asked(world, "Install");
        world->backend = firmware_backend_free(world->backend);
        n_timers = 0;
        answer_install(world, 0, false, "");
        assert_untold(world);
}

static void names(void **state)
{
        FirmwareBackend *backend = NULL;
        World *world = *state;

        assert_true(firmware_backend_is_name("rauc"));
        assert_true(firmware_backend_is_name("org.lwm2m.FirmwareScript1"));
        assert_false(firmware_backend_is_name("RAUC"));
        assert_false(firmware_backend_is_name(""));
        assert_false(firmware_backend_is_name(":1.7"));
        assert_false(firmware_backend_is_name("org..example"));
        assert_int_equal(firmware_backend_new(world->event, &fake_clock, world->bus, "swupdate",
                                 &backend_handler, world, &backend),
                -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(verify_is_asked, set_up, tear_down),
                cmocka_unit_test_setup_teardown(nothing_is_prepared, set_up, tear_down),
                cmocka_unit_test_setup_teardown(install_is_asked, set_up, tear_down),
                cmocka_unit_test_setup_teardown(resume_asks_for_the_same_id, set_up, tear_down),
                cmocka_unit_test_setup_teardown(booted_is_asked, set_up, tear_down),
                cmocka_unit_test_setup_teardown(every_result, set_up, tear_down),
                cmocka_unit_test_setup_teardown(without_a_reason, set_up, tear_down),
                cmocka_unit_test_setup_teardown(texts_are_cut_and_printable, set_up, tear_down),
                cmocka_unit_test_setup_teardown(errors_are_sentences, set_up, tear_down),
                cmocka_unit_test_setup_teardown(package_that_is_gone, set_up, tear_down),
                cmocka_unit_test_setup_teardown(nobody_is_there, set_up_alone, tear_down),
                cmocka_unit_test_setup_teardown(booted_waits_for_the_back_end, set_up_alone, tear_down),
                cmocka_unit_test_setup_teardown(deadlines, set_up, tear_down),
                cmocka_unit_test_setup_teardown(leaves_in_the_middle, set_up, tear_down),
                cmocka_unit_test_setup_teardown(leaves_for_good, set_up, tear_down),
                cmocka_unit_test_setup_teardown(leaves_each_time, set_up, tear_down),
                cmocka_unit_test_setup_teardown(bus_that_restarts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(no_bus, set_up_alone, tear_down),
                cmocka_unit_test_setup_teardown(progress_of_an_installation, set_up, tear_down),
                cmocka_unit_test_setup_teardown(progress_of_somebody_else, set_up, tear_down),
                cmocka_unit_test_setup_teardown(progress_of_the_next_one, set_up, tear_down),
                cmocka_unit_test_setup_teardown(busy, set_up, tear_down),
                cmocka_unit_test_setup_teardown(cancelled, set_up, tear_down),
                cmocka_unit_test_setup_teardown(next_question_in_the_handler, set_up, tear_down),
                cmocka_unit_test_setup_teardown(freed_in_the_middle, set_up, tear_down),
                cmocka_unit_test_setup_teardown(names, set_up_alone, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
