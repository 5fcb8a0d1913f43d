/* SPDX-License-Identifier: Apache-2.0 */
/* RAUC as the back end: what it is asked, and what its answers, its properties and its slots mean. */
#include "backend_world.h"
#include "bus/firmware_rauc.h"

#define INSTALLER "de.pengutronix.rauc.Installer"

/* What RAUC would say now. Where a text is NULL, RAUC refuses. */
typedef struct Rauc {
        const char *operation, *last_error, *boot_slot, *doing;
        const char *compatible, *version; /* of the bundle */
        bool is_old;                      /* it has no InspectBundle */
        bool is_flat;                     /* its dictionaries are as one would expect */
        bool is_silent;                   /* to InstallBundle */
        bool is_quick;                    /* it has completed before it answers to it */
        const char *booted, *primary;     /* names of slots */
        char asked[1024];                 /* members, one a blank */
} Rauc;

static void append_property(sd_bus_message *reply, const char *name, const char *value)
{
        assert_true(sd_bus_message_append(reply, "{sv}", name, "s", value) >= 0);
}

static void append_properties(sd_bus_message *reply, const Rauc *rauc)
{
        assert_true(sd_bus_message_open_container(reply, 'a', "{sv}") >= 0);
        append_property(reply, "Operation", rauc->operation);
        append_property(reply, "LastError", rauc->last_error);
        assert_true(sd_bus_message_append(reply, "{sv}", "Progress", "(isi)", 7, rauc->doing, 1) >= 0);
        append_property(reply, "Compatible", "router");
        append_property(reply, "Variant", "");
        append_property(reply, "BootSlot", rauc->boot_slot);
        assert_true(sd_bus_message_close_container(reply) >= 0);
}

static void append_update(sd_bus_message *reply, const Rauc *rauc)
{
        assert_true(sd_bus_message_append(reply, "a{sv}", 3, "build", "s", "20261128", "compatible", "s",
                            rauc->compatible, "version", "s", rauc->version) >= 0);
}

/* As RAUC 1.9 and later make it: a variant in the variant, whatever one may think of it. */
static void append_manifest(sd_bus_message *reply, const Rauc *rauc)
{
        const char *variant = rauc->is_flat ? "a{sv}" : "v";

        assert_true(sd_bus_message_open_container(reply, 'a', "{sv}") >= 0);
        append_property(reply, "manifest-hash", "24c1");
        assert_true(sd_bus_message_open_container(reply, 'e', "sv") >= 0);
        assert_true(sd_bus_message_append(reply, "s", "update") >= 0);
        assert_true(sd_bus_message_open_container(reply, 'v', variant) >= 0);
        if (!rauc->is_flat)
                assert_true(sd_bus_message_open_container(reply, 'v', "a{sv}") >= 0);
        append_update(reply, rauc);
        if (!rauc->is_flat)
                assert_true(sd_bus_message_close_container(reply) >= 0);
        assert_true(sd_bus_message_close_container(reply) >= 0);
        assert_true(sd_bus_message_close_container(reply) >= 0);
        append_property(reply, "compatible", "not this one");
        assert_true(sd_bus_message_close_container(reply) >= 0);
}

static void append_slots(sd_bus_message *reply, const Rauc *rauc)
{
        static const char *const names[] = {"rootfs.0", "rootfs.1", "data.0"};

        assert_true(sd_bus_message_open_container(reply, 'a', "(sa{sv})") >= 0);
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                assert_true(sd_bus_message_append(reply, "(sa{sv})", names[i], 3, "class", "s", "rootfs",
                                    "size", "t", UINT64_C(7), "state", "s",
                                    strcmp(names[i], rauc->booted) == 0 ? "booted" : "inactive") >= 0);
        assert_true(sd_bus_message_close_container(reply) >= 0);
}

static void append_answer(sd_bus_message *reply, const Rauc *rauc, const char *member)
{
        if (strcmp(member, "GetAll") == 0)
                append_properties(reply, rauc);
        else if (strcmp(member, "InspectBundle") == 0)
                append_manifest(reply, rauc);
        else if (strcmp(member, "Info") == 0)
                assert_true(sd_bus_message_append(reply, "ss", rauc->compatible, rauc->version) >= 0);
        else if (strcmp(member, "GetSlotStatus") == 0)
                append_slots(reply, rauc);
        else if (strcmp(member, "GetPrimary") == 0)
                assert_true(sd_bus_message_append(reply, "s", rauc->primary) >= 0);
        else
                assert_string_equal(member, "InstallBundle");
}

static bool is_refused(const Rauc *rauc, const char *member)
{
        if (strcmp(member, "InspectBundle") == 0 || strcmp(member, "Info") == 0)
                return !rauc->compatible;
        if (strcmp(member, "GetSlotStatus") == 0)
                return !rauc->booted;
        return strcmp(member, "GetPrimary") == 0 && !rauc->primary;
}

/* At its object, its interface, with its signatures, and for our bundle. */
static void check(World *world, sd_bus_message *asked, const char *member)
{
        const char *text;

        assert_string_equal(sd_bus_message_get_path(asked), "/");
        if (strcmp(member, "GetAll") == 0) {
                assert_true(sd_bus_message_read(asked, "s", &text) > 0);
                assert_string_equal(text, INSTALLER);
                return;
        }
        assert_string_equal(sd_bus_message_get_interface(asked), INSTALLER);
        if (strcmp(member, "InspectBundle") == 0 || strcmp(member, "InstallBundle") == 0)
                assert_string_equal(sd_bus_message_get_signature(asked, true), "sa{sv}");
        else if (strcmp(member, "Info") == 0)
                assert_string_equal(sd_bus_message_get_signature(asked, true), "s");
        else {
                assert_string_equal(sd_bus_message_get_signature(asked, true), "");
                return;
        }
        assert_true(sd_bus_message_read(asked, "s", &text) > 0);
        assert_string_equal(text, world->package);
}

static void answer_as_rauc(World *world, sd_bus_message *asked)
{
        const char *member = sd_bus_message_get_member(asked);
        Rauc *rauc = world->answers;
        sd_bus_message *reply;

        check(world, asked, member);
        strcat(strcat(rauc->asked, rauc->asked[0] ? " " : ""), member);
        if (strcmp(member, "InstallBundle") == 0 && rauc->is_silent)
                return;
        if (strcmp(member, "InspectBundle") == 0 && rauc->is_old) {
                assert_true(sd_bus_reply_method_errorf(asked, SD_BUS_ERROR_UNKNOWN_METHOD, "What?") >= 0);
                return;
        }
        if (is_refused(rauc, member)) {
                assert_true(sd_bus_reply_method_errorf(asked, "org.gtk.GDBus.UnmappedGError",
                                    "signature verification failed") >= 0);
                return;
        }
        assert_true(sd_bus_message_new_method_return(asked, &reply) >= 0);
        append_answer(reply, rauc, member);
        assert_true(sd_bus_send(world->service, reply, NULL) >= 0);
        sd_bus_message_unref(reply);
        if (strcmp(member, "InstallBundle") == 0 && !rauc->is_quick)
                rauc->operation = "installing";
}

static void assert_asked(World *world, const char *expected)
{
        Rauc *rauc = world->answers;

        while (strlen(rauc->asked) < strlen(expected))
                assert_true(sd_event_run(world->event, TIMEOUT) > 0);
        assert_string_equal(rauc->asked, expected);
        rauc->asked[0] = '\0';
}

static void signal_completed(sd_bus *from, const char *to, int result)
{
        sd_bus_message *message = NULL;

        assert_true(sd_bus_message_new_signal(from, &message, "/", INSTALLER, "Completed") >= 0);
        assert_true(sd_bus_message_append(message, "i", result) >= 0);
        if (to)
                assert_true(sd_bus_message_set_destination(message, to) >= 0);
        assert_true(sd_bus_send(from, message, NULL) >= 0);
        sd_bus_message_unref(message);
}

/* What RAUC says at the end of an installation. */
static void complete(World *world, int result)
{
        Rauc *rauc = world->answers;

        rauc->operation = "idle";
        signal_completed(world->service, NULL, result);
}

static int set_up_alone(void **state)
{
        static Rauc rauc;
        World *world = make_world("rauc", FIRMWARE_RAUC_NAME);

        rauc = (Rauc){
                .operation = "idle",
                .last_error = "",
                .boot_slot = "A",
                .doing = "Checking",
                .compatible = "router",
                .version = "2.0",
                .booted = "rootfs.0",
                .primary = "rootfs.0",
        };
        world->answer = answer_as_rauc;
        world->answers = &rauc;
        *state = world;
        return 0;
}

static int set_up(void **state)
{
        (void)set_up_alone(state);
        come(*state);
        return 0;
}

static void verify(World *world)
{
        assert_int_equal(firmware_backend_verify(world->backend, world->package), 0);
}

/* Up to where RAUC has begun. */
static void install(World *world)
{
        const Rauc *rauc = world->answers;

        assert_int_equal(firmware_backend_install(world->backend, world->package, "id-1"), 0);
        assert_asked(world, rauc->is_silent ? "GetAll InstallBundle" : "GetAll InstallBundle GetAll");
        if (rauc->is_silent)
                assert_untold(world);
        else
                assert_told(world, "7% Checking\n");
}

/* -- The bundle -- */

static void bundle_is_inspected(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        verify(world);
        assert_told(world, "verified 0 [router 2.0]\n");
        assert_asked(world, "GetAll InspectBundle");
        rauc->is_flat = true;
        verify(world);
        assert_told(world, "verified 0 [router 2.0]\n");
}

static void old_rauc_has_info(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        rauc->is_old = true;
        rauc->version = "";
        rauc->asked[0] = '\0';
        verify(world);
        assert_told(world, "verified 0 [router ]\n");
        assert_asked(world, "GetAll InspectBundle Info");
        rauc->compatible = NULL;
        verify(world);
        assert_told(world, "verified 5 RAUC refuses: signature verification failed\n");
}

static void bundle_that_is_refused(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        rauc->compatible = NULL;
        verify(world);
        assert_told(world, "verified 5 RAUC refuses: signature verification failed\n");
}

static void bundle_for_another_machine(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        rauc->compatible = "toaster";
        verify(world);
        assert_told(world, "verified 6 The bundle is for \"toaster\", and this machine is \"router\".\n");
}

static void busy_rauc_is_waited_for(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        rauc->operation = "installing";
        verify(world);
        assert_asked(world, "GetAll");
        assert_untold(world);
        pass(USEC_PER_SEC);
        assert_asked(world, "GetAll");
        assert_untold(world);
        rauc->operation = "idle";
        pass(2 * USEC_PER_SEC);
        assert_told(world, "verified 0 [router 2.0]\n");
        assert_asked(world, "GetAll InspectBundle");

        rauc->operation = "installing";
        verify(world);
        assert_asked(world, "GetAll");
        assert_untold(world);
        pass(10 * MINUTE);
        assert_told(world,
                "verified 8 RAUC has not ended the verification within 10 minutes. RAUC is busy: it is "
                "installing.\n");
}

static void nobody_is_there(void **state)
{
        World *world = *state;

        verify(world);
        assert_told(world,
                "verified 8 Nobody has the name de.pengutronix.rauc on the system bus, and nothing starts "
                "it: is it installed, and does it run?\n");
}

/* -- The installation -- */

static void boot_slot_is_the_mark(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        assert_int_equal(firmware_backend_prepare(world->backend), 0);
        assert_told(world, "prepared 0 mark A\n");
        rauc->boot_slot = "";
        assert_int_equal(firmware_backend_prepare(world->backend), 0);
        assert_told(world, "prepared 8 RAUC does not know which slot is booted: see \"rauc status\".\n");
}

static void completed_installation(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        install(world);
        rauc->primary = "rootfs.1";
        complete(world, 0);
        assert_told(world, "installed 0 reboot\n");
        assert_asked(world, "GetAll GetSlotStatus GetPrimary");
}

/* It may have ended before the answer comes. */
static void installation_that_ends_at_once(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        rauc->is_quick = true;
        rauc->primary = "rootfs.1";
        assert_int_equal(firmware_backend_install(world->backend, world->package, "id-1"), 0);
        assert_told(world, "installed 0 reboot\n");
        assert_asked(world, "GetAll InstallBundle GetAll GetSlotStatus GetPrimary");
}

/* As of an artifact, or with activate-installed=false. */
static void installation_that_needs_no_reboot(void **state)
{
        World *world = *state;

        install(world);
        complete(world, 0);
        assert_told(world, "installed 0 RAUC has installed the bundle, and boots the same slot.\n");
}

/* Which slot boots is seen after the reboot. */
static void boot_loader_that_cannot_tell(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        rauc->primary = NULL;
        install(world);
        complete(world, 0);
        assert_told(world, "installed 0 reboot\n");
        rauc->booted = NULL;
        rauc->asked[0] = '\0';
        install(world);
        complete(world, 0);
        assert_told(world, "installed 0 reboot\n");
}

static void failed_installation(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        install(world);
        rauc->last_error = "Failed to write\nto slot rootfs.1";
        complete(world, 1);
        assert_told(
                world, "installed 8 RAUC has not installed the bundle: Failed to write to slot rootfs.1\n");
}

/* The bus lets everybody send us a signal, if we are named as the one whom it is for. */
static void completed_of_somebody_else(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;
        sd_bus *other = private_bus_connect(&world->place, world->event), *service = world->service;

        install(world);
        signal_completed(other, BUS_NAME, 0);
        world->service = other; /* its messages have come when settle() is done */
        settle(world);
        world->service = service;
        assert_untold(world);
        assert_asked(world, "");
        rauc->last_error = "no space";
        complete(world, 1);
        assert_told(world, "installed 8 RAUC has not installed the bundle: no space\n");
        sd_bus_flush_close_unref(other);
}

static void completed_before_ours_has_begun(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        rauc->operation = "installing";
        assert_int_equal(firmware_backend_install(world->backend, world->package, "id-1"), 0);
        assert_untold(world);
        complete(world, 0);
        assert_untold(world);
        pass(USEC_PER_SEC);
        assert_asked(world, "GetAll GetAll InstallBundle GetAll");
        assert_told(world, "7% Checking\n");
        rauc->primary = "rootfs.1";
        complete(world, 0);
        assert_told(world, "installed 0 reboot\n");
}

static void installation_has_an_end(void **state)
{
        World *world = *state;

        install(world);
        pass(60 * MINUTE);
        assert_told(world, "installed 8 RAUC has not ended the installation within 60 minutes.\n");
        complete(world, 0);
        assert_untold(world);
}

/* -- Restarts in the middle -- */

static void rauc_that_dies(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        install(world);
        leave(world);
        settle(world);
        come(world);
        rauc->operation = "idle";
        pass(USEC_PER_SEC);
        assert_told(world,
                "installed 8 RAUC was interrupted before it had installed the bundle: the machine boots as "
                "before.\n");
        assert_asked(world, "GetAll GetSlotStatus GetPrimary");

        /* And without an answer to InstallBundle it is not called again, either. */
        rauc->is_silent = true;
        install(world);
        leave(world);
        settle(world);
        come(world);
        rauc->primary = "rootfs.1";
        pass(USEC_PER_SEC);
        assert_told(world, "installed 0 reboot\n");
        assert_asked(world, "GetAll GetSlotStatus GetPrimary");
}

static void resume(World *world)
{
        assert_int_equal(firmware_backend_resume(world->backend, world->package, "id-1", "A"), 0);
}

static void resumed_while_it_installs(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        rauc->operation = "installing";
        resume(world);
        assert_told(world, "7% Checking\n");
        assert_asked(world, "GetAll");
        rauc->primary = "rootfs.1";
        complete(world, 0);
        assert_told(world, "installed 0 reboot\n");
}

static void resumed_after_its_end(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        rauc->primary = "rootfs.1";
        resume(world);
        assert_told(world, "installed 0 reboot\n");
        assert_asked(world, "GetAll GetSlotStatus GetPrimary");
        rauc->primary = "rootfs.0";
        resume(world);
        assert_told(world,
                "installed 8 RAUC was interrupted before it had installed the bundle: the machine boots as "
                "before.\n");
        rauc->last_error = "no space";
        resume(world);
        assert_told(world, "installed 8 RAUC has not installed the bundle: no space\n");
        /* What nobody can tell is not said to be installed. */
        rauc->primary = NULL;
        rauc->last_error = "";
        resume(world);
        assert_told(world,
                "installed 8 RAUC was interrupted before it had installed the bundle: the machine boots as "
                "before.\n");
}

static void booted_slot(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        assert_int_equal(firmware_backend_booted(world->backend, "id-1", "A"), 0);
        assert_told(
                world, "booted 8 The machine has booted slot A again: what was installed does not boot.\n");
        rauc->boot_slot = "B";
        assert_int_equal(firmware_backend_booted(world->backend, "id-1", "A"), 0);
        assert_told(world, "booted 0\n");
}

/* -- Progress -- */

static void signal_progress(World *world, int percent, const char *text)
{
        sd_bus_message *message = NULL;

        assert_true(sd_bus_message_new_signal(world->service, &message, "/", BUS_PROPERTIES_INTERFACE,
                            "PropertiesChanged") >= 0);
        assert_true(sd_bus_message_append(message, "sa{sv}as", INSTALLER, 3, "LastError", "s", "none",
                            "Progress", "(isi)", percent, text, 2, "Operation", "s", "installing", 0) >= 0);
        assert_true(sd_bus_send(world->service, message, NULL) >= 0);
        sd_bus_message_unref(message);
}

static bool is_installed(const World *world)
{
        return strstr(world->log, "installed");
}

static void progress(void **state)
{
        World *world = *state;
        Rauc *rauc = world->answers;

        signal_progress(world, 1, "before");
        assert_untold(world);
        install(world);
        signal_progress(world, 0, "Installing");
        signal_progress(world, 40, "Copying image to rootfs.1");
        signal_progress(world, -3, "less");
        signal_progress(world, 1000, "more");
        rauc->primary = "rootfs.1";
        complete(world, 0);
        run_until(world, is_installed);
        assert_told(world,
                "0% Installing\n40% Copying image to rootfs.1\n0% less\n100% more\ninstalled 0 reboot\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(bundle_is_inspected, set_up, tear_down),
                cmocka_unit_test_setup_teardown(old_rauc_has_info, set_up, tear_down),
                cmocka_unit_test_setup_teardown(bundle_that_is_refused, set_up, tear_down),
                cmocka_unit_test_setup_teardown(bundle_for_another_machine, set_up, tear_down),
                cmocka_unit_test_setup_teardown(busy_rauc_is_waited_for, set_up, tear_down),
                cmocka_unit_test_setup_teardown(nobody_is_there, set_up_alone, tear_down),
                cmocka_unit_test_setup_teardown(boot_slot_is_the_mark, set_up, tear_down),
                cmocka_unit_test_setup_teardown(completed_installation, set_up, tear_down),
                cmocka_unit_test_setup_teardown(installation_that_ends_at_once, set_up, tear_down),
                cmocka_unit_test_setup_teardown(installation_that_needs_no_reboot, set_up, tear_down),
                cmocka_unit_test_setup_teardown(boot_loader_that_cannot_tell, set_up, tear_down),
                cmocka_unit_test_setup_teardown(failed_installation, set_up, tear_down),
                cmocka_unit_test_setup_teardown(completed_of_somebody_else, set_up, tear_down),
                cmocka_unit_test_setup_teardown(completed_before_ours_has_begun, set_up, tear_down),
                cmocka_unit_test_setup_teardown(installation_has_an_end, set_up, tear_down),
                cmocka_unit_test_setup_teardown(rauc_that_dies, set_up, tear_down),
                cmocka_unit_test_setup_teardown(resumed_while_it_installs, set_up, tear_down),
                cmocka_unit_test_setup_teardown(resumed_after_its_end, set_up, tear_down),
                cmocka_unit_test_setup_teardown(booted_slot, set_up, tear_down),
                cmocka_unit_test_setup_teardown(progress, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
