/* SPDX-License-Identifier: Apache-2.0 */
/* Packages by http and https: one attempt over as many URIs as the repository redirects to. */
#include "daemon/firmware_http.h"

#include <stdarg.h>
#include <stdio.h>

#include "daemon/http_transfer.h"
#include "daemon/repository_uri.h"
#include "util/utf8.h"

#define REDIRECTS_MAX 5 /* design.md 14.3 */

typedef struct Attempt {
        AttemptSettings settings;
        const AttemptHandler *handler;
        void *userdata;
        Lifetime lifetime;
        Remains remains;
        HttpTransfer transfer;
        HttpQuestion question;
        char *uri; /* the one under way, behind so many redirects; owned */
        unsigned redirects;
        uint64_t at, total; /* bytes of the package; total 0: not said */
        bool has_begun, has_more, is_over;
        char text[FAILURE_SENTENCE_SIZE];
} Attempt;

/* -- Its end -- */

static void end(Attempt *attempt, const AttemptEnd *how, const char *format, ...) _printf_(3, 4);

static void end(Attempt *attempt, const AttemptEnd *how, const char *format, ...)
{
        AttemptEnd told = *how;
        va_list arguments;
        size_t size;

        va_start(arguments, format);
        (void)snprintf(attempt->text, sizeof(attempt->text), "The repository %s ",
                REPOSITORY_URI_SHOW(attempt->uri));
        size = strlen(attempt->text);
        utf8_make_printable(attempt->text, size); /* a redirect may have anything */
        (void)utf8_vprintf(attempt->text + size, sizeof(attempt->text) - size, format, arguments);
        va_end(arguments);
        told.text = attempt->text;
        attempt->is_over = true;
        attempt->handler->ended(attempt->userdata, &told);
}

#define END(code)         (&(const AttemptEnd){.result = (code), .is_final = true})
#define END_FOR_NOW(usec) (&(const AttemptEnd){.result = FIRMWARE_RESULT_CONNECTION_LOST, .wait = (usec)})

static void end_fault(Attempt *attempt, const HttpEnd *what)
{
        switch (what->fault) {
        case HTTP_BAD_URI:
                end(attempt, END(FIRMWARE_RESULT_INVALID_URI), "cannot be asked: %s.", what->error);
                break;
        case HTTP_NOT_SUPPORTED:
                end(attempt, END(FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL), "cannot be asked: %s.", what->error);
                break;
        case HTTP_NOT_TRUSTED:
                end(attempt, END(FIRMWARE_RESULT_CONNECTION_LOST),
                        "is not trusted: %s; check its certificate, and trust_store.", what->error);
                break;
        case HTTP_BROKEN:
        case HTTP_WHOLE:
                end(attempt, END_FOR_NOW(0), "has not sent the whole package: %s.", what->error);
                break;
        }
}

static void end_refused(Attempt *attempt, int status)
{
        const char *meaning = "";

        if (status == 404 || status == 410)
                meaning = " (not found)";
        else if (status == 401 || status == 403)
                meaning = " (not allowed)";
        end(attempt, END(FIRMWARE_RESULT_INVALID_URI), "answers %d%s; check the Package URI.", status,
                meaning);
}

/* -- The body -- */

/* What the owner of the download says of it. */
static int obey(Attempt *attempt, int r)
{
        attempt->is_over |= r < 0;
        return r;
}

static int begin(Attempt *attempt, const HttpPackage *package)
{
        attempt->has_begun = true;
        attempt->at = package->offset;
        attempt->total = package->total;
        return obey(attempt, attempt->handler->begun(attempt->userdata, package->total, package->validator,
                                     package->offset));
}

static int on_head(void *userdata, const HttpAnswer *answer)
{
        Attempt *attempt = userdata;
        HttpPackage package;

        /* What else the answer means comes with its end. */
        if (attempt->is_over || http_answer_judge(answer, &attempt->question, &package) != HTTP_PACKAGE)
                return -ECANCELED;
        return begin(attempt, &package);
}

static int on_data(void *userdata, const uint8_t *data, size_t size)
{
        Attempt *attempt = userdata;

        attempt->has_more = attempt->total > 0 && size > attempt->total - attempt->at;
        if (attempt->is_over || attempt->has_more)
                return -ECANCELED;
        attempt->at += size;
        return obey(attempt, attempt->handler->write(attempt->userdata, data, size));
}

/* -- From one URI to the next -- */

static const HttpHandler http_handler;

static int ask(Attempt *attempt)
{
        http_transfer_done(&attempt->transfer);
        attempt->transfer = (HttpTransfer){
                .event = attempt->settings.event,
                .clock = attempt->settings.clock,
                .resolver = attempt->settings.resolver,
                .lifetime = &attempt->lifetime,
                .handler = &http_handler,
                .userdata = attempt,
                .uri = attempt->uri,
                .trust_store = attempt->settings.trust_store,
                .question = attempt->question,
        };
        return http_transfer_begin(&attempt->transfer);
}

static void ask_again(Attempt *attempt)
{
        if (ask(attempt) < 0)
                end(attempt, END_FOR_NOW(0), "cannot be asked: there is no memory.");
}

static bool is_secure(const char *uri)
{
        return strncasecmp(uri, "https:", strlen("https:")) == 0;
}

static void follow(Attempt *attempt, const char *to)
{
        char *uri;

        if (!to)
                end(attempt, END(FIRMWARE_RESULT_INVALID_URI), "redirects, and does not say where to.");
        else if (++attempt->redirects > REDIRECTS_MAX)
                end(attempt, END(FIRMWARE_RESULT_INVALID_URI),
                        "redirects after five redirects; check them.");
        else if (is_secure(attempt->uri) && !is_secure(to))
                end(attempt, END(FIRMWARE_RESULT_INVALID_URI),
                        "redirects to %s, which has not the protection of https; check it.",
                        REPOSITORY_URI_SHOW(to));
        else if (!(uri = strdup(to)))
                end(attempt, END_FOR_NOW(0), "redirects, and there is no memory to follow.");
        else {
                free(attempt->uri);
                attempt->uri = uri;
                ask_again(attempt);
        }
}

static void finish(Attempt *attempt, const HttpEnd *what, const HttpPackage *package)
{
        /* An empty package has no bytes to begin with. */
        if (what->fault == HTTP_WHOLE && !attempt->has_begun && begin(attempt, package) < 0)
                return;
        if (what->fault != HTTP_WHOLE)
                end_fault(attempt, what);
        else if (attempt->has_more)
                end(attempt, END_FOR_NOW(0), "has sent more than the %llu bytes that it has announced.",
                        (unsigned long long)attempt->total);
        else if (attempt->at < attempt->total) /* of a part it may send a part: RFC 9110, 15.3.7 */
                end(attempt, END_FOR_NOW(0), "has sent a part: %llu of %llu bytes are there.",
                        (unsigned long long)attempt->at, (unsigned long long)attempt->total);
        else
                end(attempt, &(AttemptEnd){.result = FIRMWARE_RESULT_INITIAL}, "has sent the package.");
}

static void on_done(void *userdata, const HttpEnd *what)
{
        Attempt *attempt = userdata;
        HttpPackage package;

        if (attempt->is_over)
                return;
        /* None has come, but for interim ones (RFC 9110, 15.2). */
        if (what->answer.status < 200 && what->fault != HTTP_WHOLE) {
                end_fault(attempt, what);
                return;
        }
        switch (http_answer_judge(&what->answer, &attempt->question, &package)) {
        case HTTP_PACKAGE:
                finish(attempt, what, &package);
                break;
        case HTTP_REDIRECT:
                follow(attempt, what->location);
                break;
        case HTTP_ANEW:
                attempt->question = (HttpQuestion){.validator = ""};
                ask_again(attempt);
                break;
        case HTTP_LATER:
                end(attempt, END_FOR_NOW(what->wait), "answers %d; look at its log.", what->answer.status);
                break;
        case HTTP_REFUSED:
                end_refused(attempt, what->answer.status);
                break;
        }
}

static const HttpHandler http_handler = {.head = on_head, .data = on_data, .done = on_done};

/* -- The transport -- */

static void destroy(void *object)
{
        Attempt *attempt = object;

        http_transfer_done(&attempt->transfer);
        free(attempt->uri);
        free(attempt);
}

static void attempt_free(void *object)
{
        Attempt *attempt = object;

        attempt->is_over = true;
        lifetime_end(&attempt->lifetime, &attempt->remains, destroy, attempt);
}

static int attempt_start(
        const AttemptSettings *settings, const AttemptHandler *handler, void *userdata, void **ret)
{
        Attempt *attempt = calloc(1, sizeof(*attempt));
        int r;

        if (!attempt)
                return -ENOMEM;
        attempt->settings = *settings;
        attempt->handler = handler;
        attempt->userdata = userdata;
        attempt->question = (HttpQuestion){settings->offset, settings->validator};
        attempt->uri = strdup(settings->uri);
        lifetime_init(&attempt->lifetime);
        r = attempt->uri ? ask(attempt) : -ENOMEM;
        if (r < 0)
                destroy(attempt);
        else
                *ret = attempt;
        return r < 0 ? r : 0;
}

static void attempt_resume(void *object)
{
        http_transfer_resume(&((Attempt *)object)->transfer);
}

const DownloadTransport firmware_http = {
        .start = attempt_start,
        .resume = attempt_resume,
        .free = attempt_free,
};
