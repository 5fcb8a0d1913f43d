/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2m-client-firmware-script: the service of root that installs what the LwM2M client has got, by a script
 * of the administrator's. Started by the bus for a call, gone when there is none. */
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "config.h"
#include "script/backend_object.h"
#include "util/log.h"
#include "util/message_ids.h"

#define PROGRAM                 "lwm2m-client-firmware-script"
#define DEFAULT_SCRIPT          SYSCONFDIR "/lwm2m-client/firmware"
#define DEFAULT_STATE_DIRECTORY LOCALSTATEDIR "/lib/" PROGRAM
#define DEFAULT_USER            "lwm2m-client"
#define BUS_NAME                "org.lwm2m.FirmwareScript1"

#define IDLE_USEC      (30 * USEC_PER_SEC) /* from the last call to the end */
#define RECONNECT_USEC (1 * USEC_PER_SEC)  /* after the bus has gone in the middle of an installation */
#define NOTIFY_USEC    (5 * USEC_PER_SEC)  /* until systemd knows that nobody is to rely on this process */

typedef struct Service {
        sd_event *event;
        sd_bus *bus; /* NULL: it is waited for */
        BackendSettings settings;
        const char *state_directory;
        Calls *calls;
        BackendObject *object;
        sd_event_source *timer; /* the end when idle, or the next connection */
        bool lost;              /* the bus has gone, the next one is waited for */
        bool leaving;           /* it ends with the call under way */
} Service;

static void finish(Service *service, int status)
{
        (void)sd_event_exit(service->event, status);
}

static void arm(Service *service, uint64_t usec)
{
        int r = sd_event_source_set_time_relative(service->timer, usec);

        if (r >= 0)
                r = sd_event_source_set_enabled(service->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                finish(service, EXIT_FAILURE);
}

static void drop_bus(Service *service)
{
        (void)backend_object_set_bus(service->object, NULL);
        service->bus = sd_bus_close_unref(service->bus);
}

/* The bus was restarted. An installation goes on, and the client asks for its result by its id. */
static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Service *service = userdata;

        service->lost = true;
        if (calls_busy(service->calls))
                arm(service, RECONNECT_USEC);
        else
                finish(service, EXIT_SUCCESS);
        return 0;
}

static int connect_bus(Service *service)
{
        int r;

        drop_bus(service);
        r = sd_bus_open_system(&service->bus);
        if (r >= 0)
                r = sd_bus_match_signal(service->bus, NULL, "org.freedesktop.DBus.Local",
                        "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
                        on_disconnected, service);
        if (r >= 0)
                r = backend_object_set_bus(service->object, service->bus);
        if (r >= 0)
                r = sd_bus_attach_event(service->bus, service->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_request_name(service->bus, BUS_NAME, 0);
        return r;
}

/* Whoever calls from now on starts the next process: first systemd knows that this one is at its end, then
 * the bus, and what has come until then is still ours to answer. */
static void leave(Service *service)
{
        service->leaving = true;
        (void)sd_notify(false, "STOPPING=1");
        (void)sd_notify_barrier(false, NOTIFY_USEC);
        (void)sd_bus_release_name(service->bus, BUS_NAME);
        while (sd_bus_process(service->bus, NULL) > 0)
                ;
        if (!calls_busy(service->calls))
                return finish(service, EXIT_SUCCESS);
        (void)sd_notifyf(false, "EXTEND_TIMEOUT_USEC=%llu", (unsigned long long)CALL_LIMIT_MAX_USEC);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Service *service = userdata;

        if (service->lost) {
                service->lost = connect_bus(service) < 0;
                if (service->lost)
                        arm(service, RECONNECT_USEC);
        } else if (!calls_busy(service->calls))
                leave(service);
        return 0;
}

static void on_call_ended(void *userdata, bool usable)
{
        Service *service = userdata;

        /* Where there is no bus, nobody has heard of it; the next process knows it from the disk. */
        if (service->leaving || !usable || service->lost)
                return finish(service, usable ? EXIT_SUCCESS : EXIT_FAILURE);
        arm(service, IDLE_USEC);
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
        Service *service = userdata;

        service->leaving = true;
        if (!calls_busy(service->calls)) {
                finish(service, EXIT_SUCCESS);
                return 0;
        }
        log_info("Told to stop: the end of the script is waited for.");
        calls_stop(service->calls);
        return 0;
}

static int prepare(Service *service)
{
        sigset_t set;
        int r;

        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGTERM);
        (void)sigaddset(&set, SIGINT);
        (void)sigaddset(&set, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        r = sd_event_new(&service->event);
        if (r >= 0)
                r = sd_event_add_signal(service->event, NULL, SIGTERM, on_stop, service);
        if (r >= 0)
                r = sd_event_add_signal(service->event, NULL, SIGINT, on_stop, service);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        service->event, &service->timer, CLOCK_BOOTTIME, IDLE_USEC, 0, on_timer, service);
        return r;
}

static int serve(Service *service)
{
        int r;

        r = prepare(service);
        if (r < 0) {
                log_event_errno(LOG_ERR, r, MESSAGE_ID_START_FAILED, "The event loop cannot be made: %m");
                return EXIT_FAILURE;
        }
        if (calls_new(service->event, service->settings.script, service->state_directory, on_call_ended,
                    service, &service->calls) < 0)
                return EXIT_FAILURE;
        r = backend_object_new(&service->settings, service->calls, &service->object);
        if (r >= 0)
                r = connect_bus(service);
        if (r < 0) {
                log_event_errno(LOG_ERR, r, MESSAGE_ID_START_FAILED,
                        "The name " BUS_NAME " on the system bus cannot be had: %m");
                return EXIT_FAILURE;
        }
        (void)sd_notify(false, "READY=1");
        r = sd_event_loop(service->event);
        /* What was answered last is on its way. */
        if (service->bus)
                (void)sd_bus_flush(service->bus);
        return r < 0 ? EXIT_FAILURE : r;
}

/* -- the command line -- */

static void print_help(void)
{
        printf("Usage: " PROGRAM " [OPTION...]\n"
               "Installs firmware of the LwM2M client by a script. Started by the system bus.\n"
               "See " PROGRAM "(8).\n\n"
               "  --script=FILE          the script, by default\n"
               "                         %s\n"
               "  --state-directory=DIR  where results are kept, by default $STATE_DIRECTORY,\n"
               "                         else %s\n"
               "  --user=USER            who may call, by default %s\n"
               "  --version              print the version and exit\n"
               "  -h, --help             print this text and exit\n",
                DEFAULT_SCRIPT, DEFAULT_STATE_DIRECTORY, DEFAULT_USER);
}

static int set_user(BackendSettings *settings, const char *name)
{
        const struct passwd *entry;

        errno = 0;
        entry = getpwnam(name);
        if (!entry) {
                (void)fprintf(stderr, PROGRAM ": there is no user %s%s%s\n", name, errno ? ": " : "",
                        errno ? strerror(errno) : "");
                return -ENOENT;
        }
        settings->user = entry->pw_uid;
        settings->group = entry->pw_gid;
        return 0;
}

/* 0: go on; 1: all is said; -EINVAL: told. */
static int parse(int argc, char *argv[], Service *service)
{
        static const struct option options[] = {
                {"script", required_argument, NULL, 's'},
                {"state-directory", required_argument, NULL, 'd'},
                {"user", required_argument, NULL, 'u'},
                {"version", no_argument, NULL, 'v'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        const char *user = DEFAULT_USER;
        int c;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0)
                switch (c) {
                case 's':
                        service->settings.script = optarg;
                        break;
                case 'd':
                        service->state_directory = optarg;
                        break;
                case 'u':
                        user = optarg;
                        break;
                case 'v':
                        (void)puts(PROGRAM " " PROJECT_VERSION);
                        return 1;
                case 'h':
                        print_help();
                        return 1;
                default:
                        return -EINVAL; /* getopt_long() has told */
                }
        if (optind < argc) {
                (void)fprintf(stderr, PROGRAM ": there is nothing to do with %s\n", argv[optind]);
                return -EINVAL;
        }
        return set_user(&service->settings, user);
}

int main(int argc, char *argv[])
{
        Service service = {
                .settings.script = DEFAULT_SCRIPT,
                .state_directory = getenv("STATE_DIRECTORY") ?: DEFAULT_STATE_DIRECTORY,
        };
        int r, status;

        r = parse(argc, argv, &service);
        if (r != 0)
                return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        log_open();
        status = serve(&service);
        if (service.object)
                drop_bus(&service);
        service.object = backend_object_free(service.object);
        service.calls = calls_free(service.calls);
        sd_event_source_disable_unref(service.timer);
        sd_event_unref(service.event);
        log_drain();
        return status;
}
