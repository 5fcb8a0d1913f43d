/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of the daemon on the bus, many of them: `read RATE SECONDS CONNECTIONS` reads a property so often
 * a second; `listen CONNECTIONS` listens to all signals, and `deaf CONNECTIONS CALLS` sends so many calls
 * over each connection and reads no reply, both until standard input ends. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/macro.h"

#define NAME           "org.lwm2m.Client1"
#define PATH           "/org/lwm2m/Client1"
#define MANAGER        NAME ".Manager"
#define DRIVER         "org.freedesktop.DBus"
#define TICK_USEC      USEC_PER_MSEC
#define CLIENTS_MAX    1024
#define UNANSWERED_MAX 64 /* calls of one reader; dbus-daemon bears with 128 on a system bus */

typedef struct Load {
        sd_event *event;
        sd_bus *readers[CLIENTS_MAX];
        size_t n_readers;
        bool of_bus;
        uint64_t rate, begin, end; /* CLOCK_BOOTTIME usec */
        uint64_t asked, answered, errors, slowest;
} Load;

typedef struct Question {
        Load *load;
        uint64_t asked_at;
} Question;

static void check(int r, const char *what)
{
        if (r >= 0)
                return;
        (void)fprintf(stderr, "%s: %s\n", what, strerror(-r));
        exit(EXIT_FAILURE);
}

static sd_bus *connect_to_bus(void)
{
        sd_bus *bus;

        check(sd_bus_open_system(&bus), "connection");
        return bus;
}

static int on_answer(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Question *question = userdata;
        Load *load = question->load;
        uint64_t took = clock_boottime(&clock_system) - question->asked_at;

        load->answered++;
        load->errors += sd_bus_message_is_method_error(message, NULL) > 0;
        load->slowest = MAX_OF(load->slowest, took);
        free(question);
        return 0;
}

/* The daemon for a property, or the bus for who has its name. */
static void ask(Load *load)
{
        sd_bus *reader = load->readers[load->asked++ % load->n_readers];
        Question *question = malloc(sizeof(*question));

        if (!question)
                exit(EXIT_FAILURE);
        *question = (Question){load, clock_boottime(&clock_system)};
        if (load->of_bus)
                check(sd_bus_call_method_async(reader, NULL, DRIVER, "/org/freedesktop/DBus", DRIVER,
                              "GetNameOwner", on_answer, question, "s", NAME),
                        "call");
        else
                check(sd_bus_call_method_async(reader, NULL, NAME, PATH, "org.freedesktop.DBus.Properties",
                              "Get", on_answer, question, "ss", MANAGER, "Status"),
                        "call");
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
        Load *load = userdata;
        uint64_t now = clock_boottime(&clock_system), until = MIN_OF(now, load->end) - load->begin;

        while (load->asked < until * load->rate / USEC_PER_SEC &&
                load->asked - load->answered < load->n_readers * UNANSWERED_MAX)
                ask(load);
        if (now >= load->end && load->answered == load->asked)
                return sd_event_exit(load->event, 0);
        check(sd_event_source_set_time(source, now + TICK_USEC), "timer");
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int run_readers(char *words[])
{
        Load load = {
                .rate = strtoull(words[0], NULL, 10),
                .n_readers = strtoul(words[2], NULL, 10),
                .of_bus = strcmp(words[3], "bus") == 0,
        };

        check(sd_event_new(&load.event), "loop");
        for (size_t i = 0; i < load.n_readers; i++) {
                load.readers[i] = connect_to_bus();
                check(sd_bus_attach_event(load.readers[i], load.event, 0), "attach");
        }
        (void)printf("ready\n");
        (void)fflush(stdout);
        load.begin = clock_boottime(&clock_system);
        load.end = load.begin + strtoull(words[1], NULL, 10) * USEC_PER_SEC;
        check(sd_event_add_time(load.event, NULL, CLOCK_BOOTTIME, load.begin, 1, on_tick, &load), "timer");
        check(sd_event_loop(load.event), "loop");
        (void)printf("%llu %llu %llu %llu\n", (unsigned long long)load.answered,
                (unsigned long long)load.errors, (unsigned long long)load.slowest,
                (unsigned long long)(clock_boottime(&clock_system) - load.begin));
        return EXIT_SUCCESS;
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        size_t *n = userdata;

        ++*n;
        return 0;
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        return sd_event_exit(userdata, 0);
}

static int run_listeners(char *words[])
{
        size_t n = strtoul(words[0], NULL, 10), signals = 0;
        sd_event *event;

        check(sd_event_new(&event), "loop");
        check(sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_input, event), "input");
        for (size_t i = 0; i < n; i++) {
                sd_bus *bus = connect_to_bus();

                check(sd_bus_attach_event(bus, event, 0), "attach");
                check(sd_bus_match_signal(bus, NULL, NAME, NULL, NULL, NULL, on_message, &signals), "match");
        }
        (void)printf("ready\n");
        (void)fflush(stdout);
        check(sd_event_loop(event), "loop");
        (void)printf("%zu\n", signals);
        return EXIT_SUCCESS;
}

/* Only writes: sd_bus_flush() reads nothing. */
static int run_deaf(char *words[])
{
        size_t n = strtoul(words[0], NULL, 10), calls = strtoul(words[1], NULL, 10);
        sd_bus *clients[CLIENTS_MAX];

        for (size_t i = 0; i < n; i++)
                clients[i] = connect_to_bus();
        (void)printf("ready\n");
        (void)fflush(stdout);
        for (size_t call = 0; call < calls; call++)
                for (size_t i = 0; i < n; i++) {
                        check(sd_bus_call_method_async(clients[i], NULL, NAME, PATH,
                                      "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", on_message,
                                      NULL, NULL),
                                "call");
                        (void)sd_bus_flush(clients[i]);
                }
        (void)printf("sent\n");
        (void)fflush(stdout);
        while (getchar() != EOF)
                continue;
        return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
        if (argc == 6 && strcmp(argv[1], "read") == 0)
                return run_readers(argv + 2);
        if (argc == 3 && strcmp(argv[1], "listen") == 0)
                return run_listeners(argv + 2);
        if (argc == 4 && strcmp(argv[1], "deaf") == 0)
                return run_deaf(argv + 2);
        (void)fprintf(stderr,
                "usage: bus_clients read RATE SECONDS CONNECTIONS daemon|bus | listen CONNECTIONS | deaf "
                "CONNECTIONS CALLS\n");
        return 2;
}
