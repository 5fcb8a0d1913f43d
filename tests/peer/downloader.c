/* SPDX-License-Identifier: Apache-2.0 */
/* A download of a package, and nothing else of the daemon: what firmware_download tells is printed, a line
 * each, and what it writes goes to a file.
 *
 * downloader URI FILE [offset=N] [validator=TEXT] [elapsed=SECONDS] [max=BYTES] [trust=PLACE]
 *            [psk=IDENTITY:KEY] [hold=N | hold=each] [stop=begun | stop=N | stop=ended]
 *
 * hold: BODY_WAIT once N bytes have come, or with each write, then resumed by itself. stop: freed inside
 * that call. Lines of standard input: resume, network, free, elapsed. The end of it is the end. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <syslog.h>

#include "coap/connection.h"
#include "daemon/firmware_download.h"
#include "util/log.h"

static struct {
        sd_event *event;
        sd_event_source *again; /* resumes by itself */
        FirmwareDownload *download;
        const char *hold, *stop;
        uint64_t received;
        bool has_held;
        int file;
} world;

static const char *option(char **arguments, const char *name, const char *otherwise)
{
        size_t size = strlen(name);

        for (; *arguments; arguments++)
                if (strncmp(*arguments, name, size) == 0 && (*arguments)[size] == '=')
                        return *arguments + size + 1;
        return otherwise;
}

static uint64_t count(const char *text)
{
        return strtoull(text, NULL, 10);
}

static int stop(void)
{
        world.download = firmware_download_free(world.download);
        (void)puts("freed");
        return -1;
}

static int on_begun(void *userdata, uint64_t total, const char *validator, uint64_t offset)
{
        (void)printf(
                "begun %llu %llu %s\n", (unsigned long long)total, (unsigned long long)offset, validator);
        world.received = offset;
        if (ftruncate(world.file, (off_t)offset) < 0)
                abort();
        return strcmp(world.stop, "begun") == 0 ? stop() : 0;
}

static int on_write(void *userdata, const uint8_t *data, size_t size)
{
        if (pwrite(world.file, data, size, (off_t)world.received) != (ssize_t)size)
                abort();
        world.received += size;
        if (count(world.stop) > 0 && world.received >= count(world.stop))
                return stop();
        if (strcmp(world.hold, "each") == 0) {
                (void)sd_event_source_set_enabled(world.again, SD_EVENT_ONESHOT);
                return BODY_WAIT;
        }
        if (world.has_held || count(world.hold) == 0 || world.received < count(world.hold))
                return 0;
        world.has_held = true;
        (void)printf("held %llu\n", (unsigned long long)world.received);
        return BODY_WAIT;
}

static void on_ended(void *userdata, FirmwareResult result, const char *text)
{
        (void)printf("ended %d %llu %s\n", (int)result, (unsigned long long)world.received, text);
        if (strcmp(world.stop, "ended") == 0)
                (void)stop();
}

static int on_again(sd_event_source *source, void *userdata)
{
        if (world.download)
                firmware_download_resume(world.download);
        return 0;
}

static int on_input(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        char line[64];

        if (!fgets(line, sizeof(line), stdin))
                return sd_event_exit(world.event, 0);
        if (strcmp(line, "resume\n") == 0)
                firmware_download_resume(world.download);
        else if (strcmp(line, "network\n") == 0)
                firmware_download_network_changed(world.download);
        else if (strcmp(line, "free\n") == 0)
                (void)stop();
        else
                (void)printf("elapsed %llu\n",
                        (unsigned long long)(firmware_download_elapsed(world.download) / USEC_PER_SEC));
        return 0;
}

static const DownloadHandler handler = {.begun = on_begun, .write = on_write, .ended = on_ended};

/* IDENTITY:KEY */
static void set_psk(Credential *credential, const char *text)
{
        const char *key = strchr(text, ':') + 1;

        *credential = CREDENTIAL(SECURITY_MODE_PSK);
        if (secret_set(&credential->identity, text, (size_t)(key - text) - 1) < 0 ||
                secret_set(&credential->key, key, strlen(key)) < 0)
                abort();
}

static int run(int argc, char **argv)
{
        const char *psk = option(argv + 3, "psk", NULL);
        _cleanup_(resolver_freep) Resolver *resolver = NULL;
        DownloadSettings settings = {
                .uri = argv[1],
                .offset = count(option(argv + 3, "offset", "0")),
                .elapsed = count(option(argv + 3, "elapsed", "0")) * USEC_PER_SEC,
                .max_size = count(option(argv + 3, "max", "1073741824")),
                .validator = option(argv + 3, "validator", NULL),
                .trust_store = option(argv + 3, "trust", NULL),
                .coap = {2 * USEC_PER_SEC, 1.5, 4, 1024, 64 * 1024},
        };
        Credential credential = {0};
        int r;

        if (psk) {
                set_psk(&credential, psk);
                settings.credential = &credential;
        }
        r = resolver_new(world.event, &resolver);
        settings.resolver = resolver;
        if (r >= 0)
                r = firmware_download_new(
                        world.event, &clock_system, &settings, &handler, NULL, &world.download);
        credential_done(&credential);
        (void)puts("started");
        if (r >= 0)
                r = sd_event_loop(world.event);
        world.download = firmware_download_free(world.download);
        return r;
}

int main(int argc, char **argv)
{
        int r;

        if (argc < 3)
                return 2;
        log_set_level(LOG_INFO);
        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        (void)setvbuf(stdin, NULL, _IONBF, 0);
        world.hold = option(argv + 3, "hold", "");
        world.stop = option(argv + 3, "stop", "");
        world.file = open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (world.file < 0 || sd_event_default(&world.event) < 0 ||
                sd_event_add_io(world.event, NULL, STDIN_FILENO, EPOLLIN, on_input, NULL) < 0 ||
                sd_event_add_defer(world.event, &world.again, on_again, NULL) < 0)
                return 1;
        (void)sd_event_source_set_enabled(world.again, SD_EVENT_OFF);
        connection_global_init();
        r = run(argc, argv);
        sd_event_source_unref(world.again);
        sd_event_unref(world.event);
        connection_global_done();
        return r < 0 ? 1 : 0;
}
