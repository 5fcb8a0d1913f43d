/* SPDX-License-Identifier: Apache-2.0 */
/* Packages by coap and coaps. */
#include "daemon/firmware_coap.h"

#include <stdarg.h>
#include <stdio.h>

#include "client/timer.h"
#include "coap/connection.h"
#include "daemon/repository_uri.h"
#include "util/encoding.h"
#include "util/utf8.h"

/* A resume begins with a block that is whole in each size. */
#define BLOCK_SIZE_MAX 1024

/* The opening request only shows who answers: of a package nothing is kept, of an error its text. */
#define OPENING_BODY_SIZE LIMIT_DIAGNOSTIC_SIZE

typedef struct Attempt {
        AttemptSettings settings;
        const AttemptHandler *handler;
        void *userdata;
        ConnectionMemory memory;
        Connection *connection;
        Request request;
        char uri[LIMIT_URI_SIZE + 1]; /* without what may be secret */
        AnswerRange range;
        uint64_t skip; /* bytes of its first block that are there already */
        sd_event_source *resume;
        bool is_inside; /* begin() or write(): the end comes with ended() */
        bool is_freed, is_over;
        char text[FAILURE_SENTENCE_SIZE];
} Attempt;

/* -- Its end -- */

static void destroy(Attempt *attempt)
{
        (void)connection_close(attempt->connection);
        attempt->resume = sd_event_source_disable_unref(attempt->resume);
        request_done(&attempt->request);
        free(attempt);
}

static void attempt_free(void *object)
{
        Attempt *attempt = object;

        attempt->is_over = attempt->is_freed = true;
        if (!attempt->is_inside)
                destroy(attempt);
}

static void end(Attempt *attempt, const AttemptEnd *how, const char *format, ...) _printf_(3, 4);

static void end(Attempt *attempt, const AttemptEnd *how, const char *format, ...)
{
        AttemptEnd told = *how;
        va_list arguments;

        va_start(arguments, format);
        (void)utf8_vprintf(attempt->text, sizeof(attempt->text), format, arguments);
        va_end(arguments);
        told.text = attempt->text;
        attempt->is_over = true;
        attempt->handler->ended(attempt->userdata, &told);
}

#define END(code)         (&(const AttemptEnd){.result = (code), .is_final = true})
#define END_FOR_NOW(usec) (&(const AttemptEnd){.result = FIRMWARE_RESULT_CONNECTION_LOST, .wait = (usec)})

/* Whether another attempt would end the same way; a clock may be set, a network come back. */
static bool is_final(const Failure *failure)
{
        return failure->is_final || failure->name == FAILURE_CERTIFICATE_NAME_MISMATCH ||
               failure->name == FAILURE_CERTIFICATE_UNTRUSTED ||
               failure->name == FAILURE_CERTIFICATE_MISMATCH ||
               failure->name == FAILURE_CREDENTIAL_UNUSABLE ||
               failure->name == FAILURE_INVALID_CONFIGURATION;
}

static void end_failed(Attempt *attempt, const Failure *failure)
{
        bool is_uri = failure->name == FAILURE_INVALID_CONFIGURATION;

        end(attempt,
                &(AttemptEnd){
                        .result = is_uri ? FIRMWARE_RESULT_INVALID_URI : FIRMWARE_RESULT_CONNECTION_LOST,
                        .is_final = is_final(failure),
                },
                "%s", failure->sentence);
}

/* An answer that is not the package: RFC 7252, 5.9; RFC 7959, 2.9; RFC 8516. */
static void end_answered(Attempt *attempt, const Response *response)
{
        char diagnostic[LIMIT_DIAGNOSTIC_SIZE + 1];
        const char *text = response_diagnostic(response, diagnostic);
        bool passes = CODE_CLASS(response->code) == 5 || response->code == CODE_INCOMPLETE ||
                      response->code == CODE_TOO_MANY_REQUESTS;

        end(attempt,
                passes ? END_FOR_NOW(response->max_age * USEC_PER_SEC) : END(FIRMWARE_RESULT_INVALID_URI),
                "The repository %s answers %u.%02u%s%s%s; check %s.", attempt->uri,
                CODE_ARGS(response->code), text[0] ? " (" : "", text, text[0] ? ")" : "",
                passes ? "its log" : "the Package URI");
}

/* -- The body -- */

static const char *validator_of(const EntityTag *etag, char buffer[static 2 * ETAG_SIZE_MAX + 1])
{
        buffer[0] = '\0';
        for (size_t i = 0; i < etag->size; i++)
                (void)snprintf(buffer + 2 * i, 3, "%02x", etag->bytes[i]);
        return buffer;
}

static int on_begin(void *userdata, const AnswerHead *head)
{
        char validator[2 * ETAG_SIZE_MAX + 1];
        Attempt *attempt = userdata;
        int r;

        if (head->offset == 0)
                attempt->skip = 0;
        attempt->is_inside = true;
        r = attempt->handler->begun(attempt->userdata, head->total, validator_of(&head->etag, validator),
                head->offset + attempt->skip);
        attempt->is_inside = false;
        attempt->is_over |= r < 0;
        return attempt->is_over ? -ECANCELED : 0;
}

static int on_write(void *userdata, const uint8_t *data, size_t size)
{
        Attempt *attempt = userdata;
        size_t skip = (size_t)MIN_OF(attempt->skip, size);
        int r = 0;

        attempt->skip -= skip;
        if (size == skip)
                return 0;
        attempt->is_inside = true;
        r = attempt->handler->write(attempt->userdata, data + skip, size - skip);
        attempt->is_inside = false;
        attempt->is_over |= r < 0;
        return attempt->is_over ? -ECANCELED : r;
}

static void on_body_ended(void *userdata, bool is_whole, const Response *response, const Failure *failure)
{
        Attempt *attempt = userdata;

        if (attempt->is_freed)
                destroy(attempt);
        else if (attempt->is_over)
                return;
        else if (is_whole)
                end(attempt, &(AttemptEnd){.result = FIRMWARE_RESULT_INITIAL},
                        "The repository %s has sent the package.", attempt->uri);
        else if (failure)
                end_failed(attempt, failure);
        else if (response && response->code == CODE_CONTENT)
                end(attempt, END_FOR_NOW(0),
                        "The repository %s has sent a block that was not asked for, or of another package.",
                        attempt->uri);
        else if (response)
                end_answered(attempt, response);
}

/* -- The connection -- */

/* The opening request is the same: whoever answers it with the package has it. */
static void on_answered(void *userdata, const Response *response)
{
        Attempt *attempt = userdata;
        const AnswerSink sink = {on_begin, on_write, on_body_ended, attempt};

        if (response->code == CODE_CONTENT)
                connection_request_to(attempt->connection, &attempt->request, &attempt->range, &sink);
        else
                end_answered(attempt, response);
}

static void on_failed(void *userdata, const Failure *failure)
{
        Attempt *attempt = userdata;

        if (!attempt->is_over)
                end_failed(attempt, failure);
}

static void on_stage(void *userdata, ConnectionStage stage)
{
}

/* A repository asks nothing here. */
static bool on_accepts(void *userdata)
{
        return false;
}

static const ConnectionHandler connection_handler = {
        .stage = on_stage,
        .answered = on_answered,
        .failed = on_failed,
        .accepts = on_accepts,
};

static int make_request(Attempt *attempt, const Uri *uri)
{
        int r;

        attempt->request = REQUEST_INIT;
        attempt->request.method = METHOD_GET;
        r = uri_add_path(uri, &attempt->request.path);
        return r < 0 ? r : uri_add_query(uri, &attempt->request.query);
}

/* Only from a multiple of the largest block on: what is there of it is skipped. */
static int set_range(Attempt *attempt)
{
        const char *validator = attempt->settings.validator;
        uint8_t *etag = NULL;
        size_t size;
        int r;

        if (attempt->settings.offset == 0)
                return 0;
        r = parse_hex(validator, strlen(validator), false, &etag, &size, NULL);
        if (r == -ENOMEM)
                return r;
        if (r == 0 && size > 0 && size <= ETAG_SIZE_MAX) {
                attempt->skip = attempt->settings.offset % BLOCK_SIZE_MAX;
                attempt->range.offset = attempt->settings.offset - attempt->skip;
                attempt->range.etag.size = size;
                memcpy(attempt->range.etag.bytes, etag, size);
        }
        free(etag);
        return 0;
}

static int open_connection(Attempt *attempt, UriScheme scheme)
{
        Credential none = CREDENTIAL(scheme == URI_COAP ? SECURITY_MODE_NOSEC : SECURITY_MODE_CERTIFICATE);
        ConnectionSettings settings = {
                .uri = attempt->uri,
                .credential = scheme == URI_COAPS && attempt->settings.credential
                                      ? attempt->settings.credential
                                      : &none,
                .coap = attempt->settings.coap,
                .trust_store = attempt->settings.trust_store,
                .peer_kind = "Repository",
        };

        none.usage = CERTIFICATE_USAGE_CA_CONSTRAINT;
        none.by_trust_store = true;
        settings.coap.max_body_size = OPENING_BODY_SIZE;
        return connection_open(attempt->settings.event, attempt->settings.clock, attempt->settings.resolver,
                &settings, &attempt->memory, &attempt->request, &connection_handler, attempt,
                &attempt->connection);
}

/* -- The transport -- */

static int on_resume(sd_event_source *source, void *userdata)
{
        Attempt *attempt = userdata;

        connection_resume(attempt->connection);
        return 0;
}

static int start(Attempt *attempt)
{
        Uri uri;
        int r;

        r = uri_parse(attempt->settings.uri, &uri, NULL);
        if (r == 0)
                r = make_request(attempt, &uri);
        if (r == 0)
                r = set_range(attempt);
        if (r == 0)
                r = task_new_in_turn(
                        attempt->settings.event, on_resume, attempt, "coap-resume", &attempt->resume);
        return r < 0 ? r : open_connection(attempt, uri.scheme);
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
        (void)repository_uri_show(settings->uri, attempt->uri);
        r = start(attempt);
        if (r < 0)
                destroy(attempt);
        else
                *ret = attempt;
        return r < 0 ? r : 0;
}

static void attempt_resume(void *object)
{
        task_set(((Attempt *)object)->resume, true);
}

const DownloadTransport firmware_coap = {
        .start = attempt_start,
        .resume = attempt_resume,
        .free = attempt_free,
};
