/* SPDX-License-Identifier: Apache-2.0 */
/* A bus of a test's own. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <unistd.h>

typedef struct PrivateBus {
        char folder[64], address[128];
        pid_t daemon; /* 0: it does not run */
} PrivateBus;

/* The place where it will be, which is that of the system bus for this process. */
static inline void private_bus_place(PrivateBus *bus)
{
        (void)snprintf(bus->folder, sizeof(bus->folder), "/tmp/test-bus-XXXXXX");
        assert_non_null(mkdtemp(bus->folder));
        (void)snprintf(bus->address, sizeof(bus->address), "unix:path=%s/socket", bus->folder);
        assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", bus->address, 1), 0);
}

/* dbus-daemon of Debian 13 has several descriptors for each connection, and 1024 are not enough for some
 * hundred of them. */
static inline void private_bus_raise_limit(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
}

/* own: whether a name may be owned, "allow" or "deny". Returns when it answers. */
static inline void private_bus_start(PrivateBus *bus, const char *own)
{
        char path[128], argument[160], line[256];
        int pipes[2];
        FILE *file;

        (void)snprintf(path, sizeof(path), "%s/bus.conf", bus->folder);
        file = fopen(path, "we");
        assert_non_null(file);
        (void)fprintf(file,
                "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\"\n"
                " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
                "<busconfig><listen>%s</listen><auth>EXTERNAL</auth>"
                "<limit name=\"max_connections_per_user\">1000</limit>"
                "<limit name=\"max_replies_per_connection\">1000</limit><policy context=\"default\">"
                "<allow send_destination=\"*\"/><allow receive_sender=\"*\"/><%s own=\"*\"/>"
                "</policy></busconfig>\n",
                bus->address, own);
        (void)fclose(file);
        (void)snprintf(argument, sizeof(argument), "--config-file=%s", path);

        assert_int_equal(pipe(pipes), 0);
        bus->daemon = fork();
        assert_true(bus->daemon >= 0);
        if (bus->daemon == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                private_bus_raise_limit();
                (void)dup2(pipes[1], STDOUT_FILENO);
                (void)close(pipes[0]);
                (void)close(pipes[1]);
                (void)execlp("dbus-daemon", "dbus-daemon", "--nofork", "--print-address", argument, NULL);
                _exit(127);
        }
        (void)close(pipes[1]);
        assert_true(read(pipes[0], line, sizeof(line)) > 0);
        (void)close(pipes[0]);
}

/* Kills it; no harm where it does not run. */
static inline void private_bus_stop(PrivateBus *bus)
{
        if (bus->daemon <= 0)
                return;
        (void)kill(bus->daemon, SIGKILL);
        assert_int_equal(waitpid(bus->daemon, NULL, 0), bus->daemon);
        bus->daemon = 0;
}

static inline void private_bus_remove(PrivateBus *bus)
{
        static const char *const files[] = {"bus.conf", "socket"};

        private_bus_stop(bus);
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                char path[128];

                (void)snprintf(path, sizeof(path), "%s/%s", bus->folder, files[i]);
                (void)unlink(path);
        }
        (void)rmdir(bus->folder);
}

/* A connection of somebody else, turned by the event loop. */
static inline sd_bus *private_bus_connect(const PrivateBus *bus, sd_event *event)
{
        sd_bus *connection = NULL;

        assert_true(sd_bus_new(&connection) >= 0);
        assert_true(sd_bus_set_address(connection, bus->address) >= 0);
        assert_true(sd_bus_set_bus_client(connection, true) >= 0);
        assert_true(sd_bus_start(connection) >= 0);
        assert_true(sd_bus_attach_event(connection, event, 0) >= 0);
        return connection;
}
