/* SPDX-License-Identifier: Apache-2.0 */
/* When the metrics are written, and that they are. Whoever serves the folder may hang: a thread writes. */
#include "daemon/metrics_file.h"

#include <poll.h>
#include <sys/epoll.h>

#include "client/timer.h"
#include "config.h"
#include "daemon/metrics_text.h"
#include "util/file.h"
#include "util/log.h"
#include "util/message_ids.h"
#include "util/workers.h"

#define THREAD_STACK_SIZE (128 * 1024) /* bytes; a file takes some KiB, a sanitizer several times that */
#define THREADS_MAX       2            /* one may hang with a file that was left */
#define PATIENCE_USEC     (10 * USEC_PER_SEC) /* until a write that has not ended is told */

/* At the end of the daemon, for a write under way: what it has written is to be removed. Milliseconds. */
#define END_PATIENCE_MSEC 1000

/* A file to be written, or removed. */
typedef struct Writing {
        Job job;
        char *path, *text; /* owned; text NULL: remove */
        size_t size;
        int error;
} Writing;

struct MetricsFile {
        const Clock *clock;
        Client *client;
        const FirmwareFace *firmware; /* NULL: nobody says what updates there are */
        void *firmware_userdata;
        char *path; /* owned; NULL: none */
        Workers *workers;
        sd_event_source *done;
        sd_event_source
                *post; /* behind whatever else the loop has done; off while something is to be written */
        sd_event_source *timer;  /* of the next write, or of patience with the one under way */
        bool changed;            /* what is shown, since the last write began */
        ClientCounters counters; /* of then */
        Writing *writing;        /* under way, for .path */
        uint64_t began_at;       /* CLOCK_BOOTTIME usec: of the last write; 0: none */
        char *text;              /* what the file holds; owned; NULL: that is not known */
        int error;               /* of the last write, as it was told */
        bool is_there;           /* the file is ours */
};

/* -- In the thread -- */

static void run(Job *job)
{
        Writing *writing = (Writing *)job;
        char *slash = strrchr(writing->path, '/');
        const char *directory = slash == writing->path ? "/" : writing->path;

        *slash = 0;
        writing->error = writing->text ? file_publish(directory, slash + 1, writing->text, writing->size)
                                       : file_remove(directory, slash + 1);
        *slash = '/';
}

static void done(Job *job)
{
        const Writing *writing = (Writing *)job;

        free(writing->path);
        free(writing->text);
}

/* -- On the loop -- */

static void set_post(const MetricsFile *metrics, bool on)
{
        (void)sd_event_source_set_enabled(metrics->post, on ? SD_EVENT_ON : SD_EVENT_OFF);
}

/* text: taken over; NULL: the file is to be removed. 0 with the job under way, or negative errno. */
static int begin(const MetricsFile *metrics, const char *path, char *text, size_t size, Writing **ret)
{
        Writing *writing = calloc(1, sizeof(*writing));
        int r = -ENOMEM;

        if (writing) {
                *writing = (Writing){
                        .job = {.run = run, .done = done},
                        .path = strdup(path),
                        .text = text,
                        .size = size,
                };
                r = writing->path ? workers_add(metrics->workers, &writing->job) : -ENOMEM;
        }
        if (r >= 0) {
                *ret = writing;
                return 0;
        }
        if (writing)
                free(writing->path);
        free(writing);
        free(text);
        return r;
}

static void begin_removal(const MetricsFile *metrics, const char *path)
{
        Writing *removal;

        (void)begin(metrics, path, NULL, 0, &removal);
}

static const char *describe_error(int error)
{
        return error == -ETIMEDOUT ? "the write hangs" : strerrordesc_np(-error);
}

/* What an operator is to do. */
static const char *advice(int error)
{
        switch (error) {
        case -ETIMEDOUT:
                return "Look at what serves its folder";
        case -EROFS:
                return "The service may write only where a drop-in says ReadWritePaths=";
        case -EACCES:
        case -EPERM:
                return "Let the service's user write in its folder";
        case -ENOENT:
        case -ENOTDIR:
                return "Make its folder";
        default:
                return "Look at its folder and the free space there";
        }
}

static void tell(MetricsFile *metrics, int error)
{
        if (error < 0 && error != metrics->error)
                log_event(LOG_WARNING, MESSAGE_ID_METRICS_FAILED,
                        "The metrics cannot be written to %s: %s. %s, see lwm2m-client-metrics(7)%s.",
                        metrics->path, describe_error(error), advice(error),
                        error == -ETIMEDOUT ? "" : "; it is tried again every minute");
        else if (error < 0)
                log_debug("The metrics cannot be written to %s yet: %s.", metrics->path,
                        describe_error(error));
        else if (metrics->error < 0)
                log_event(LOG_NOTICE, MESSAGE_ID_STORAGE_WORKS, "The metrics are written to %s again.",
                        metrics->path);
        metrics->error = error;
}

static void ended(MetricsFile *metrics, int error, char *text)
{
        free(metrics->text);
        metrics->text = error < 0 ? NULL : text;
        if (error < 0)
                free(text);
        metrics->writing = NULL;
        metrics->is_there = metrics->is_there || error >= 0;
        tell(metrics, error);
        timer_set(metrics->timer, error < 0 ? clock_boottime(metrics->clock) + METRICS_FILE_RETRY_USEC : 0);
        set_post(metrics, true);
}

static bool is_path(const MetricsFile *metrics, const char *path)
{
        return metrics->path && strcmp(metrics->path, path) == 0;
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        MetricsFile *metrics = userdata;
        Writing *writing;

        while ((writing = (Writing *)workers_take(metrics->workers))) {
                if (writing == metrics->writing)
                        ended(metrics, writing->error, TAKE_PTR(writing->text));
                else if (writing->text && !is_path(metrics, writing->path))
                        begin_removal(metrics, writing->path); /* left while it was written */
                done(&writing->job);
                free(writing);
        }
        return 0;
}

static void describe(MetricsFile *metrics, Metrics *ret)
{
        uint16_t ids[LIMIT_SERVER_ACCOUNTS];
        size_t n = client_servers(metrics->client, ids);

        ret->version = PROJECT_VERSION;
        ret->state = client_state(metrics->client);
        client_counters(metrics->client, &ret->counters);
        if (metrics->firmware) {
                ret->firmware = metrics->firmware->shown(metrics->firmware_userdata);
                ret->updates = metrics->firmware->history(metrics->firmware_userdata);
        }
        for (size_t i = 0; i < n; i++) {
                MetricsServer *server = &ret->servers[ret->n_servers];

                if (client_server(metrics->client, ids[i], &server->shown) == 0 &&
                        client_server_counters(metrics->client, ids[i], &server->counters) == 0)
                        ret->n_servers++;
        }
        metrics->changed = false;
        metrics->counters = ret->counters;
}

static int write_now(MetricsFile *metrics)
{
        _cleanup_(freep) Metrics *described = calloc(1, sizeof(*described));
        char *text;
        size_t size;
        int r;

        if (!described)
                return -ENOMEM;
        describe(metrics, described);
        r = metrics_text(described, &text, &size);
        if (r < 0)
                return r;
        if (metrics->text && strcmp(metrics->text, text) == 0) {
                free(text);
                set_post(metrics, true);
                return 0;
        }
        metrics->began_at = clock_boottime(metrics->clock);
        timer_set(metrics->timer, metrics->began_at + PATIENCE_USEC);
        return begin(metrics, metrics->path, text, size, &metrics->writing);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        MetricsFile *metrics = userdata;
        int r;

        if (metrics->writing) {
                tell(metrics, -ETIMEDOUT);
                return 0;
        }
        r = write_now(metrics);
        if (r < 0)
                ended(metrics, r, NULL);
        return 0;
}

static int on_post(sd_event_source *source, void *userdata)
{
        MetricsFile *metrics = userdata;
        uint64_t now;
        ClientCounters counters;

        client_counters(metrics->client, &counters);
        if (!metrics->changed && memcmp(&counters, &metrics->counters, sizeof(counters)) == 0)
                return 0;
        now = clock_boottime(metrics->clock);
        timer_set(metrics->timer, metrics->began_at == 0
                                          ? now + METRICS_FILE_SETTLE_USEC
                                          : MAX_OF(now + METRICS_FILE_SETTLE_USEC,
                                                    metrics->began_at + METRICS_FILE_INTERVAL_USEC));
        set_post(metrics, false);
        return 0;
}

static void on_state_changed(void *userdata)
{
        MetricsFile *metrics = userdata;

        metrics->changed = true;
}

static void on_server_changed(void *userdata, uint16_t short_server_id)
{
        on_state_changed(userdata);
}

void metrics_file_set_firmware(MetricsFile *metrics, const FirmwareFace *face, void *userdata)
{
        assert(!metrics->firmware && face);

        metrics->firmware = face;
        metrics->firmware_userdata = userdata;
        on_state_changed(metrics);
}

void metrics_file_firmware_changed(MetricsFile *metrics)
{
        on_state_changed(metrics);
}

static const ClientListener listener = {
        .state_changed = on_state_changed,
        .server_added = on_server_changed,
        .server_changed = on_server_changed,
        .server_removed = on_server_changed,
};

int metrics_file_new(sd_event *event, const Clock *clock, Client *client, MetricsFile **ret)
{
        _cleanup_(metrics_file_freep) MetricsFile *metrics = calloc(1, sizeof(*metrics));
        int r;

        if (!metrics)
                return -ENOMEM;
        metrics->clock = clock;
        metrics->client = client;
        r = workers_new(THREADS_MAX, THREAD_STACK_SIZE, &metrics->workers);
        if (r >= 0)
                r = sd_event_add_io(
                        event, &metrics->done, workers_fd(metrics->workers), EPOLLIN, on_done, metrics);
        if (r >= 0)
                r = sd_event_add_post(event, &metrics->post, on_post, metrics);
        if (r >= 0)
                r = timer_new(event, on_timer, metrics, "metrics", &metrics->timer);
        if (r >= 0)
                r = client_add_listener(client, &listener, metrics);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(metrics->done, "metrics-written");
        (void)sd_event_source_set_description(metrics->post, "metrics-changed");
        set_post(metrics, false);
        *ret = TAKE_PTR(metrics);
        return 0;
}

static void forget(MetricsFile *metrics)
{
        free(metrics->path);
        free(metrics->text);
        metrics->path = metrics->text = NULL;
        metrics->writing = NULL;
        metrics->is_there = false;
        metrics->error = 0;
        metrics->began_at = 0;
        set_post(metrics, false);
        timer_set(metrics->timer, 0);
}

int metrics_file_set(MetricsFile *metrics, const char *path)
{
        if (path && is_path(metrics, path))
                return 0;
        if (metrics->is_there && !metrics->writing)
                begin_removal(metrics, metrics->path);
        forget(metrics);
        if (!path)
                return 0;
        metrics->path = strdup(path);
        if (!metrics->path)
                return -ENOMEM;
        metrics->changed = true;
        timer_set(metrics->timer, clock_boottime(metrics->clock) + METRICS_FILE_SETTLE_USEC);
        return 0;
}

static void wait_for_writing(MetricsFile *metrics)
{
        struct pollfd done = {.events = POLLIN};

        if (!metrics->writing)
                return;
        done.fd = workers_fd(metrics->workers);
        if (poll(&done, 1, END_PATIENCE_MSEC) > 0)
                (void)on_done(NULL, -1, 0, metrics);
}

MetricsFile *metrics_file_free(MetricsFile *metrics)
{
        if (!metrics)
                return NULL;
        wait_for_writing(metrics);
        sd_event_source_disable_unref(metrics->done);
        sd_event_source_disable_unref(metrics->post);
        sd_event_source_disable_unref(metrics->timer);
        /* Where a thread hangs there, so would we. */
        if (metrics->is_there && !metrics->writing)
                (void)unlink(metrics->path);
        (void)workers_free(metrics->workers);
        free(metrics->path);
        free(metrics->text);
        free(metrics);
        return NULL;
}
