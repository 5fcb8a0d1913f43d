/* SPDX-License-Identifier: Apache-2.0 */
/* One run of the script. */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "script/lines.h"
#include "script/run.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/parse.h"
#include "util/utf8.h"

#define READ_SIZE  4096 /* bytes of one read(): the loop comes round after each */
#define READS_LEFT 16   /* what a pipe holds at the end, 64 KiB: pipe(7); it may be written to for ever */

/* Exit statuses that are no Update Result: interface.md 7. */
#define EXIT_REBOOT 10

typedef struct Output {
        int fd;
        sd_event_source *source;
        Lines lines;
        LinesHandler handler;
} Output;

struct Run {
        const char *script;
        Verb verb;
        const ControlGroup *group;
        const RunHandler *handler;
        void *userdata;
        pid_t child;
        int percent;           /* told last; -1: none */
        uint64_t limit;        /* usec */
        bool late;             /* it was killed at its limit */
        const char *cancelled; /* why it was killed before, or NULL */
        Output out, err;
        sd_event_source *child_source, *limit_source;
        RunEnd end;
};

static void set_text(char ret[RESULT_TEXT_MAX + 1], const char *text)
{
        size_t size = utf8_cut(text, strnlen(text, RESULT_TEXT_MAX));

        memcpy(ret, text, size);
        ret[size] = '\0';
}

static _printf_(2, 3) void say(Run *run, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        (void)utf8_vprintf(run->end.text, sizeof(run->end.text), format, ap);
        va_end(ap);
}

/* "NN" or "NN TEXT"; what stands still or goes back is not told, so that there are 101 of them at most. */
static void take_progress(Run *run, const char *value)
{
        size_t digits = strcspn(value, " ");
        char number[sizeof("100")];
        uint64_t percent;

        if (digits >= sizeof(number))
                return;
        memcpy(number, value, digits);
        number[digits] = '\0';
        if (parse_u64(number, 100, &percent) < 0 || (int)percent <= run->percent)
                return;
        run->percent = (int)percent;
        run->handler->progress(run->userdata, (unsigned)percent, value + digits + (value[digits] == ' '));
}

/* What follows a prefix, or NULL. */
static const char *after(const char *line, const char *prefix)
{
        size_t size = strlen(prefix);

        return strncmp(line, prefix, size) == 0 ? line + size : NULL;
}

static void on_out_line(void *userdata, const char *line)
{
        const char *value;
        Run *run = userdata;

        if ((value = after(line, "name=")))
                set_text(run->end.name, value);
        else if ((value = after(line, "version=")))
                set_text(run->end.version, value);
        else if ((value = after(line, "progress=")))
                take_progress(run, value);
        else
                log_debug("%s %s: %s", run->script, verb_to_string(run->verb), line);
}

static void on_err_line(void *userdata, const char *line)
{
        Run *run = userdata;

        set_text(run->end.text, line);
        log_info("%s %s: %s", run->script, verb_to_string(run->verb), line);
}

/* The size of what was read, 0: there is nothing more at the moment, or at all. */
static size_t read_some(Run *run, Output *output)
{
        char buffer[READ_SIZE];
        ssize_t n = read(output->fd, buffer, sizeof(buffer));

        if (n > 0)
                lines_feed(&output->lines, buffer, (size_t)n, output->handler, run);
        else if (n == 0)
                (void)sd_event_source_set_enabled(output->source, SD_EVENT_OFF);
        return n > 0 ? (size_t)n : 0;
}

static void finish_reading(Run *run, Output *output)
{
        for (unsigned i = 0; i < READS_LEFT && read_some(run, output) > 0; i++)
                ;
        lines_end(&output->lines, output->handler, run);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Run *run = userdata;

        (void)read_some(run, fd == run->out.fd ? &run->out : &run->err);
        return 0;
}

/* How the script has ended -> Update Result and, where the script has said nothing, a sentence. */
static void judge(Run *run, const siginfo_t *si)
{
        RunEnd *end = &run->end;
        int status = si->si_status;

        if (run->cancelled || run->late) {
                end->result = UPDATE_RESULT_FAILED;
                if (run->cancelled)
                        say(run, "%s", run->cancelled);
                else
                        say(run, "%s %s has taken longer than %u min, and was killed.", run->script,
                                verb_to_string(run->verb), (unsigned)(run->limit / (60 * USEC_PER_SEC) + 1));
        } else if (si->si_code != CLD_EXITED) {
                end->result = UPDATE_RESULT_FAILED;
                say(run, "%s %s was killed by signal %d (%s).", run->script, verb_to_string(run->verb),
                        status, strsignal(status));
        } else if (status == EXIT_SUCCESS || (status == EXIT_REBOOT && run->verb == VERB_INSTALL)) {
                end->reboot = status == EXIT_REBOOT;
        } else {
                end->result = (status >= 2 && status <= 9) || status == 11 ? (uint8_t)status
                                                                           : UPDATE_RESULT_FAILED;
                if (end->text[0] == '\0')
                        say(run, "%s %s has ended with status %d, and said nothing on standard error.",
                                run->script, verb_to_string(run->verb), status);
        }
}

static int on_exit_of_child(sd_event_source *source, const siginfo_t *si, void *userdata)
{
        Run *run = userdata;

        /* Whatever it has left in the background could write to the pipes for ever. */
        control_group_kill(run->group, run->child);
        run->child = 0;
        (void)sd_event_source_set_enabled(run->limit_source, SD_EVENT_OFF);
        finish_reading(run, &run->out);
        finish_reading(run, &run->err);
        judge(run, si);
        run->handler->ended(run->userdata, &run->end);
        return 0;
}

void run_cancel(Run *run, const char *why)
{
        run->cancelled = why;
        control_group_kill(run->group, run->child);
}

static int on_limit(sd_event_source *source, uint64_t usec, void *userdata)
{
        Run *run = userdata;

        run->late = true;
        control_group_kill(run->group, run->child);
        return 0;
}

/* -- the child */

/* The file itself is there, as backend_object.c has seen: what the kernel says of it means something else.
 */
static const char *why_not_executed(int error)
{
        if (error == ENOENT)
                return "the interpreter that its first line names is not there";
        if (error == ENOEXEC)
                return "it neither begins with #! nor is a program";
        return strerror(error);
}

_Noreturn static void execute(
        const char *script, Verb verb, const char *file, const ControlGroup *group, int in, int out, int err)
{
        static char *const environment[] = {
                (char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                (char *)"LANG=C.UTF-8", (char *)"HOME=/root", NULL};
        char *words[] = {(char *)script, (char *)verb_to_string(verb), (char *)file, NULL};
        const char *why = NULL;
        sigset_t none;
        int r = 0;

        /* systemd has us ignore SIGPIPE, which would be inherited. */
        for (int signal_number = 1; signal_number < NSIG; signal_number++)
                (void)signal(signal_number, SIG_DFL);
        (void)sigemptyset(&none);
        if (sigprocmask(SIG_SETMASK, &none, NULL) < 0 || setsid() < 0 || dup2(in, STDIN_FILENO) < 0 ||
                dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0 ||
                close_range(STDERR_FILENO + 1, ~0U, 0) < 0 || chdir("/") < 0)
                r = -errno;
        if (r >= 0)
                r = control_group_enter(group);
        if (r >= 0) {
                (void)umask(022);
                (void)execve(script, words, environment);
                why = why_not_executed(errno);
        }
        (void)dprintf(STDERR_FILENO, "%s cannot be run: %s.\n", script, why ?: strerror(-r));
        _exit(UPDATE_RESULT_FAILED);
}

static int spawn(Run *run, int package, int out, int err)
{
        _cleanup_(closep) int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
        char file[sizeof("/proc/2147483647/fd/2147483647")] = "/dev/null";

        if (in < 0)
                return -errno;
        /* Not /proc/self: whoever the script starts has the same file there, at its beginning. */
        if (package >= 0)
                (void)snprintf(file, sizeof(file), "/proc/%d/fd/%d", (int)getpid(), package);
        run->child = fork();
        if (run->child < 0)
                return -errno;
        if (run->child == 0)
                execute(run->script, run->verb, file, run->group, in, out, err);
        return 0;
}

/* -- the beginning and the end */

/* A pipe whose reading end belongs to the output; the other one is the caller's. */
static int open_output(Run *run, sd_event *event, Output *output, LinesHandler handler, int *ret_write)
{
        int fds[2], r;

        output->handler = handler;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        output->fd = fds[0];
        *ret_write = fds[1];
        if (fcntl(output->fd, F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        r = sd_event_add_io(event, &output->source, output->fd, EPOLLIN, on_readable, run);
        return r;
}

static int begin(Run *run, sd_event *event, int package)
{
        _cleanup_(closep) int out = -1, err = -1;
        int r;

        r = open_output(run, event, &run->out, on_out_line, &out);
        if (r >= 0)
                r = open_output(run, event, &run->err, on_err_line, &err);
        if (r >= 0)
                r = sd_event_add_time(event, &run->limit_source, CLOCK_BOOTTIME,
                        clock_boottime(&clock_system) + run->limit, 0, on_limit, run);
        if (r >= 0)
                r = spawn(run, package, out, err);
        if (r < 0)
                return r;
        r = sd_event_add_child(event, &run->child_source, run->child, WEXITED, on_exit_of_child, run);
        if (r < 0) {
                /* Nobody would hear of its end. */
                control_group_kill(run->group, run->child);
                (void)waitpid(run->child, NULL, 0);
        }
        return r;
}

int run_start(sd_event *event, const char *script, Verb verb, int package, uint64_t limit,
        const ControlGroup *group, const RunHandler *handler, void *userdata, Run **ret)
{
        Run *run = malloc(sizeof(*run));
        int r;

        if (!run)
                return -ENOMEM;
        *run = (Run){.script = script,
                .verb = verb,
                .group = group,
                .handler = handler,
                .userdata = userdata,
                .percent = -1,
                .limit = limit,
                .out.fd = -1,
                .err.fd = -1};
        r = begin(run, event, package);
        if (r < 0) {
                (void)run_free(run);
                return r;
        }
        *ret = run;
        return 0;
}

Run *run_free(Run *run)
{
        if (!run)
                return NULL;
        sd_event_source_disable_unref(run->out.source);
        sd_event_source_disable_unref(run->err.source);
        sd_event_source_disable_unref(run->child_source);
        sd_event_source_disable_unref(run->limit_source);
        closep(&run->out.fd);
        closep(&run->err.fd);
        free(run);
        return NULL;
}
