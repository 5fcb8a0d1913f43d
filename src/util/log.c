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
#define FIELDS_MAX  16   /* structured fields of one line */
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

static void write_stderr(const char *message)
{
        struct iovec line[] = {{(char *)message, strlen(message)}, {(char *)"\n", 1}};

        /* One call, so that lines of several processes do not mix; a lost line is not worth an error. */
        if (writev(STDERR_FILENO, line, ELEMENTSOF(line)) < 0)
                return;
}

static void write_journal(int level, int error, const LogField *fields, const char *message)
{
        char buffers[3 + FIELDS_MAX][FIELD_MAX], line[sizeof("MESSAGE=") + MESSAGE_MAX];
        struct iovec iov[3 + FIELDS_MAX];
        size_t n = 0;

        iov[n++] = (struct iovec){line, (size_t)snprintf(line, sizeof(line), "MESSAGE=%s", message)};
        iov[n] = (struct iovec){buffers[n], (size_t)snprintf(buffers[n], FIELD_MAX, "PRIORITY=%d", level)};
        n++;
        if (error != 0) {
                iov[n] = (struct iovec){
                        buffers[n], (size_t)snprintf(buffers[n], FIELD_MAX, "ERRNO=%d", error)};
                n++;
        }
        for (; fields && fields->name && n < ELEMENTSOF(iov); fields++, n++) {
                int length = snprintf(buffers[n], FIELD_MAX, "%s=%s", fields->name, fields->value);

                iov[n] = (struct iovec){buffers[n], MIN_OF((size_t)length, (size_t)FIELD_MAX - 1)};
        }

        if (sd_journal_sendv(iov, (int)n) < 0)
                write_stderr(message);
}

int log_full(int level, int error, const LogField *fields, const char *format, ...)
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
                        write_journal(level, error, fields, message);
                else
                        write_stderr(message);
        }

        errno = saved_errno;
        return -error;
}
