/* SPDX-License-Identifier: Apache-2.0 */
/* The log: journal with fields, or one line on stderr. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <linux/sockios.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <systemd/sd-journal.h>
#include <time.h>

#include "util/log.h"
#include "util/parse.h"
#include "util/utf8.h"

#define MESSAGE_MAX 2048 /* bytes of a line: systemd's LINE_MAX */
#define FIELDS_MAX  15   /* structured fields of one line: those of LogAbout, MESSAGE, PRIORITY, ERRNO */
#define FIELD_MAX   512  /* bytes of one structured field, name and value */

#define JOURNAL_SOCKET "/run/systemd/journal/socket" /* systemd's native journal protocol */
#define DRAIN_MAX_MSEC 2000                          /* log_drain */

static int log_level = LOG_INFO;
static bool log_to_journal;

static const char *const level_table[] = {
        [LOG_EMERG] = "emerg",
        [LOG_ALERT] = "alert",
        [LOG_CRIT] = "crit",
        [LOG_ERR] = "err",
        [LOG_WARNING] = "warning",
        [LOG_NOTICE] = "notice",
        [LOG_INFO] = "info",
        [LOG_DEBUG] = "debug",
};

void log_open(void)
{
        const char *stream = getenv("JOURNAL_STREAM");
        char own[64];
        struct stat st;

        log_to_journal = false;
        if (!stream || fstat(STDERR_FILENO, &st) < 0)
                return;

        /* systemd.exec(5): the variable is inherited, so it alone proves nothing. */
        (void)snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
        log_to_journal = strcmp(own, stream) == 0;
}

/* The journal takes datagrams in their order and ignores an empty one: when that has gone, all have. */
void log_drain(void)
{
        static const struct sockaddr_un journal = {.sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET};
        static const struct timespec msec = {.tv_nsec = 1000000};
        _cleanup_(closep) int fd = -1;
        int waiting = 0;

        if (!log_to_journal)
                return;
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || sendto(fd, NULL, 0, 0, (const struct sockaddr *)&journal, sizeof(journal)) < 0)
                return;
        for (unsigned i = 0; i < DRAIN_MAX_MSEC; i++) {
                if (ioctl(fd, SIOCOUTQ, &waiting) < 0 || waiting == 0)
                        return;
                (void)nanosleep(&msec, NULL);
        }
}

const char *log_target(void)
{
        return log_to_journal ? "journal" : "console";
}

void log_set_level(int level)
{
        assert(level >= LOG_EMERG && level <= LOG_DEBUG);
        log_level = level;
}

int log_get_level(void)
{
        return log_level;
}

int log_level_from_string(const char *text)
{
        uint64_t number;

        for (size_t i = 0; i < ELEMENTSOF(level_table); i++)
                if (strcmp(text, level_table[i]) == 0)
                        return (int)i;
        if (parse_u64(text, LOG_DEBUG, &number) < 0 || text[1] != '\0')
                return -EINVAL;
        return (int)number;
}

const char *log_level_to_string(int level)
{
        return level >= 0 && (size_t)level < ELEMENTSOF(level_table) ? level_table[level] : NULL;
}

int log_quiet(LogQuiet *quiet, uint64_t now, int level)
{
        if (quiet->told_at > 0 && now < quiet->told_at + LOG_QUIET_USEC)
                return LOG_DEBUG;
        quiet->told_at = now;
        return level;
}

static void write_stderr(const char *message)
{
        struct iovec line[] = {{(char *)message, strlen(message)}, {(char *)"\n", 1}};

        /* One call, so that lines of several processes do not mix; a lost line is not worth an error. */
        if (writev(STDERR_FILENO, line, ELEMENTSOF(line)) < 0)
                return;
}

/* The fields of one line. A value that is too long is cut. */
typedef struct Fields {
        char buffers[FIELDS_MAX][FIELD_MAX];
        struct iovec iov[FIELDS_MAX];
        size_t n;
} Fields;

static void add_text(Fields *fields, const char *name, const char *value)
{
        char *buffer = fields->buffers[fields->n];
        int length;

        if (!value || !value[0])
                return;
        assert(fields->n < FIELDS_MAX);
        length = snprintf(buffer, FIELD_MAX, "%s=%s", name, value);
        fields->iov[fields->n++] = (struct iovec){buffer, MIN_OF((size_t)length, (size_t)FIELD_MAX - 1)};
}

static void add_number(Fields *fields, const char *name, unsigned value)
{
        char text[sizeof("4294967295")];

        (void)snprintf(text, sizeof(text), "%u", value);
        add_text(fields, name, value > 0 ? text : NULL);
}

static void add_about(Fields *fields, const LogAbout *about)
{
        add_text(fields, "MESSAGE_ID", about->message_id);
        add_text(fields, "LWM2M_STATUS", about->status);
        add_text(fields, "LWM2M_SUBSTATUS", about->sub_status);
        add_text(fields, "LWM2M_OLD_STATUS", about->old_status);
        add_text(fields, "LWM2M_ERROR", about->error);
        add_number(fields, "LWM2M_SHORT_SERVER_ID", about->short_server_id);
        add_text(fields, "LWM2M_SERVER_URI", about->server_uri);
        add_text(fields, "LWM2M_PATH", about->path);
        add_number(fields, "LWM2M_ATTEMPT", about->attempt);
        add_text(fields, "CONFIG_FILE", about->config_file);
        add_number(fields, "CONFIG_LINE", about->config_line);
        add_number(fields, "CONFIG_COLUMN", about->config_column);
}

static void write_journal(int level, int error, const LogAbout *about, const char *message)
{
        char line[sizeof("MESSAGE=") + MESSAGE_MAX], priority[] = {(char)('0' + level), '\0'};
        Fields fields;

        fields.n = 0;
        fields.iov[fields.n++] =
                (struct iovec){line, (size_t)snprintf(line, sizeof(line), "MESSAGE=%s", message)};
        add_text(&fields, "PRIORITY", priority);
        add_number(&fields, "ERRNO", (unsigned)error);
        if (about)
                add_about(&fields, about);
        if (sd_journal_sendv(fields.iov, (int)fields.n) < 0)
                write_stderr(message);
}

int log_full(int level, int error, const LogAbout *about, const char *format, ...)
{
        char message[MESSAGE_MAX];
        int saved_errno = errno;
        va_list ap;

        error = abs(error);
        if (level <= log_level) {
                errno = error;
                va_start(ap, format);
                (void)utf8_vprintf(message, sizeof(message), format, ap);
                va_end(ap);
                if (log_to_journal)
                        write_journal(level, error, about, message);
                else
                        write_stderr(message);
        }

        errno = saved_errno;
        return -error;
}
