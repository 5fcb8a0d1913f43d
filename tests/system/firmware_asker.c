/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a back end of Firmware Update as the daemon does, under its name and as its user, and prints what it
 * is told, a line each:
 *
 *     firmware_asker BACKEND verify|prepare|install|resume|booted [PATH|-] [ID] [MARK]
 *
 * Ends with status 0 when the question has ended, whatever the verdict. */
#include "bus/firmware_backend.h"
#include "fake_client.h"
#include "fake_published.h"

typedef struct Asker {
        sd_event *event;
        Bus *bus;
        FirmwareBackend *backend;
        const char **words;
} Asker;

static void on_ended(void *userdata, const FirmwareVerdict *verdict)
{
        const Asker *asker = userdata;

        (void)printf("%u%s name=%s version=%s mark=%s text=%s\n", verdict->result,
                verdict->reboot ? " reboot" : "", verdict->name, verdict->version, verdict->mark,
                verdict->text);
        (void)sd_event_exit(asker->event, 0);
}

static void on_progress(void *userdata, unsigned percent, const char *text)
{
        (void)printf("%u%% %s\n", percent, text);
}

static const FirmwareBackendHandler handler = {
        .verified = on_ended,
        .prepared = on_ended,
        .installed = on_ended,
        .booted = on_ended,
        .progress = on_progress,
};

static int ask(const Asker *asker)
{
        const char *what = asker->words[0], *path = asker->words[1], *id = asker->words[2];
        const char *mark = asker->words[3];

        if (strcmp(what, "verify") == 0)
                return firmware_backend_verify(asker->backend, path);
        if (strcmp(what, "prepare") == 0)
                return firmware_backend_prepare(asker->backend);
        if (strcmp(what, "install") == 0)
                return firmware_backend_install(asker->backend, path, id);
        if (strcmp(what, "resume") == 0)
                return firmware_backend_resume(asker->backend, path, id, mark);
        return firmware_backend_booted(asker->backend, id, mark);
}

static void on_ready(void *userdata)
{
}

static void on_refused(void *userdata, const char *reason)
{
        (void)fprintf(stderr, "%s\n", reason);
        (void)sd_event_exit(((const Asker *)userdata)->event, 1);
}

static void on_name_taken(void *userdata, unsigned pid)
{
        on_refused(userdata, "The name is taken: the daemon runs.");
}

static int on_reload(void *userdata, char **ret_message)
{
        return 0;
}

int main(int argc, char **argv)
{
        static const BusHandler bus_handler = {
                .ready = on_ready, .refused = on_refused, .name_taken = on_name_taken, .reload = on_reload};
        static Published published;
        static Client client;
        const char *words[4] = {"", "", "", ""};
        Asker asker = {.words = words};
        int r;

        for (int i = 2; i < argc && i < 6; i++)
                words[i - 2] = argv[i];
        (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
        client.state.endpoint = "asker";
        r = argc < 3 ? -EINVAL : sd_event_new(&asker.event);
        if (r >= 0)
                r = bus_new(asker.event, &client, &published, "/dev/null", &bus_handler, &asker, NULL,
                        &asker.bus);
        if (r >= 0)
                r = firmware_backend_new(
                        asker.event, &clock_system, asker.bus, argv[1], &handler, &asker, &asker.backend);
        if (r >= 0)
                r = ask(&asker);
        if (r >= 0)
                r = sd_event_loop(asker.event);
        else
                (void)fprintf(stderr, "%s\n", strerror(-r));
        firmware_backend_free(asker.backend);
        bus_free(asker.bus);
        sd_event_unref(asker.event);
        return r < 0 ? 1 : r;
}
