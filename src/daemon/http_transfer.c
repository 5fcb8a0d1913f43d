/* SPDX-License-Identifier: Apache-2.0 */
/* One GET of one URI, by libcurl on the loop. */
#include "daemon/http_transfer.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

#include "client/timer.h"
#include "coap/trust_store.h"
#include "config.h"
#include "util/parse.h"

#define SCHEMES    "http,https" /* nothing else is ever spoken: a peer names the URI */
#define NAMES_SIZE (HTTP_HOST_SIZE + sizeof(":65535:") + LIMIT_ADDRESSES * (INET6_ADDRSTRLEN + 1))

/* -- What has come of it -- */

static const char *field(const HttpTransfer *transfer, const char *name)
{
        struct curl_header *header;
        CURLHcode code;

        code = transfer->library->easy_header(transfer->easy, name, 0, CURLH_HEADER, -1, &header);
        return code == CURLHE_OK ? header->value : NULL;
}

static HttpAnswer answer_of(const HttpTransfer *transfer)
{
        curl_off_t length = -1;
        long status = 0;

        (void)transfer->library->easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        (void)transfer->library->easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        return (HttpAnswer){
                .status = (int)status,
                .content_length = length,
                .content_range = field(transfer, "Content-Range"),
                .etag = field(transfer, "ETag"),
                .last_modified = field(transfer, "Last-Modified"),
        };
}

/* One that is refused now is refused later as well, but for its dates: the clock may be wrong. */
static HttpFault fault_of_certificate(const HttpTransfer *transfer)
{
        long verdict = 0;

        (void)transfer->library->easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
        return trust_store_blames_date(verdict) ? HTTP_BROKEN : HTTP_NOT_TRUSTED;
}

static HttpFault fault_of(const HttpTransfer *transfer, CURLcode code)
{
        if (transfer->is_unwanted)
                return HTTP_WHOLE;
        switch ((int)code) {
        case CURLE_OK:
                return HTTP_WHOLE;
        case CURLE_URL_MALFORMAT:
                return HTTP_BAD_URI;
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_NOT_BUILT_IN:
                return HTTP_NOT_SUPPORTED;
        case CURLE_PEER_FAILED_VERIFICATION:
                return fault_of_certificate(transfer);
        case CURLE_ABORTED_BY_CALLBACK:
                return HTTP_NOT_TRUSTED;
        default:
                return HTTP_BROKEN;
        }
}

static const char *error_of(const HttpTransfer *transfer, CURLcode code)
{
        if (transfer->store_error == -ENODATA)
                return "the trust store holds no certificate; correct trust_store";
        if (transfer->store_error < 0)
                return "the trust store cannot be read; correct trust_store";
        return transfer->error[0] ? transfer->error : transfer->library->easy_strerror(code);
}

static void on_done(void *userdata, CURLcode code)
{
        HttpTransfer *transfer = userdata;
        HttpEnd end = {.answer = answer_of(transfer), .fault = fault_of(transfer, code)};
        curl_off_t wait = 0;
        char *location = NULL;

        transfer->code = code;
        transfer->is_done = true;
        if (transfer->is_held && !transfer->is_unwanted)
                return; /* until it is resumed */
        (void)transfer->library->easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &location);
        (void)transfer->library->easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &wait);
        end.location = location;
        end.wait = (uint64_t)MIN_OF(MAX_OF(wait, 0), INT32_MAX) * USEC_PER_SEC;
        if (end.fault != HTTP_WHOLE)
                end.error = error_of(transfer, code);
        transfer->handler->done(transfer->userdata, &end);
}

/* Before libcurl has had anything to do. */
static void give_up(HttpTransfer *transfer, HttpFault fault, const char *error)
{
        transfer->handler->done(transfer->userdata, &(HttpEnd){.fault = fault, .error = error});
}

/* -- Its body -- */

/* CURLOPT_WRITEFUNCTION: another number than that of the bytes ends the transfer. */
static size_t on_data(char *data, size_t one, size_t size, void *userdata)
{
        HttpTransfer *transfer = userdata;
        HttpAnswer answer;
        int r = 0;

        if (!transfer->has_head && !transfer->is_unwanted) {
                transfer->has_head = true;
                answer = answer_of(transfer);
                r = transfer->handler->head(transfer->userdata, &answer);
                transfer->is_held = r == BODY_WAIT;
                transfer->is_unwanted = r < 0;
        }
        if (transfer->is_unwanted)
                return 0;
        if (transfer->is_held)
                return CURL_WRITEFUNC_PAUSE;
        r = transfer->handler->data(transfer->userdata, (const uint8_t *)data, size);
        transfer->is_held = r == BODY_WAIT;
        transfer->is_unwanted = r < 0;
        return r < 0 ? 0 : size;
}

static int on_resume(sd_event_source *source, void *userdata)
{
        HttpTransfer *transfer = userdata;

        if (!transfer->is_held)
                return 0;
        transfer->is_held = false;
        if (!transfer->is_done) {
                http_loop_unpause(&transfer->loop, transfer->easy);
                return 0;
        }
        on_done(transfer, transfer->code);
        return 0;
}

/* -- Its request -- */

/* CURLOPT_SSL_CTX_FUNCTION */
static CURLcode on_tls(CURL *easy, void *context, void *userdata)
{
        HttpTransfer *transfer = userdata;

        transfer->store_error = trust_store_install(transfer->trust_store, context);
        return transfer->store_error < 0 ? CURLE_ABORTED_BY_CALLBACK : CURLE_OK;
}

#define SET(option, value) (transfer->library->easy_setopt(transfer->easy, (option), (value)) == CURLE_OK)

/* What neither a repository nor the environment decides. */
static bool set_policy(HttpTransfer *transfer)
{
        return SET(CURLOPT_PROTOCOLS_STR, SCHEMES) && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
               SET(CURLOPT_PROXY, "") && SET(CURLOPT_NOSIGNAL, 1L) &&
               SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) && /* 2 has MiB under way */
               SET(CURLOPT_USERAGENT, "lwm2m-client/" PROJECT_VERSION);
}

static bool set_trust(HttpTransfer *transfer)
{
        return SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) && SET(CURLOPT_CAINFO, NULL) &&
               SET(CURLOPT_CAPATH, NULL) && SET(CURLOPT_SSL_CTX_FUNCTION, on_tls) &&
               SET(CURLOPT_SSL_CTX_DATA, transfer);
}

static bool add_line(const HttpTransfer *transfer, struct curl_slist **list, const char *line)
{
        struct curl_slist *longer = transfer->library->slist_append(*list, line);

        if (longer)
                *list = longer;
        return longer != NULL;
}

/* From where it is wanted: RFC 9110, 13.1.5 and 14.2. */
static bool set_range(HttpTransfer *transfer)
{
        char line[sizeof("If-Range: ") + DOWNLOAD_VALIDATOR_SIZE];

        if (transfer->question.offset == 0)
                return true;
        (void)snprintf(line, sizeof(line), "%llu-", (unsigned long long)transfer->question.offset);
        if (!SET(CURLOPT_RANGE, line))
                return false;
        (void)snprintf(line, sizeof(line), "If-Range: %s", transfer->question.validator);
        return add_line(transfer, &transfer->fields, line) && SET(CURLOPT_HTTPHEADER, transfer->fields);
}

static void ask(HttpTransfer *transfer)
{
        transfer->easy = transfer->library->easy_init();
        if (transfer->easy && set_policy(transfer) && set_trust(transfer) &&
                SET(CURLOPT_URL, transfer->uri) && SET(CURLOPT_ERRORBUFFER, transfer->error) &&
                SET(CURLOPT_WRITEFUNCTION, on_data) && SET(CURLOPT_WRITEDATA, transfer) &&
                SET(CURLOPT_RESOLVE, transfer->names) && set_range(transfer) &&
                http_loop_add(&transfer->loop, transfer->easy) == 0)
                return;
        give_up(transfer, HTTP_NOT_SUPPORTED, "libcurl cannot do it; install one that uses OpenSSL");
}

/* -- Its host -- */

/* "host:port:address,..." of CURLOPT_RESOLVE, which takes no scope. */
static bool add_names(HttpTransfer *transfer, const ResolvedAddress *addresses, size_t n)
{
        char line[NAMES_SIZE], address[NI_MAXHOST];
        const char *comma = "";
        size_t size;

        size = (size_t)snprintf(line, sizeof(line), "%s:%u:", transfer->host, transfer->port);
        for (size_t i = 0; i < n; i++) {
                if (getnameinfo((const struct sockaddr *)&addresses[i].address, addresses[i].size, address,
                            sizeof(address), NULL, 0, NI_NUMERICHOST) != 0 ||
                        strlen(address) >= INET6_ADDRSTRLEN || strchr(address, '%'))
                        continue;
                size += (size_t)snprintf(line + size, sizeof(line) - size, "%s%s", comma, address);
                comma = ",";
        }
        return add_line(transfer, &transfer->names, line);
}

static void on_resolved(void *userdata, int error, const ResolvedAddress *addresses, size_t n)
{
        HttpTransfer *transfer = userdata;
        char text[NI_MAXHOST + 128];

        transfer->query = NULL;
        if (error == 0 && add_names(transfer, addresses, n)) {
                ask(transfer);
                return;
        }
        (void)snprintf(text, sizeof(text), "the host name %s could not be resolved: %s", transfer->host,
                error == 0 ? strerrordesc_np(ENOMEM) : gai_strerror(error));
        give_up(transfer, HTTP_BROKEN, text);
}

static bool get_part(const HttpLibrary *library, CURLU *url, CURLUPart part, char *buffer, size_t size)
{
        char *text = NULL;
        bool fits;

        fits = library->url_get(url, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK && strlen(text) < size;
        if (fits)
                memcpy(buffer, text, strlen(text) + 1);
        library->free(text);
        return fits;
}

/* As libcurl understands it: whom it connects to is who is looked up. */
static bool split_uri(HttpTransfer *transfer)
{
        const HttpLibrary *library = transfer->library;
        char port[sizeof("65535")];
        CURLU *url = library->url();
        uint64_t value = 0;
        bool good;

        good = url && library->url_set(url, CURLUPART_URL, transfer->uri, 0) == CURLUE_OK &&
               get_part(library, url, CURLUPART_HOST, transfer->host, sizeof(transfer->host)) &&
               get_part(library, url, CURLUPART_PORT, port, sizeof(port)) &&
               parse_u64(port, UINT16_MAX, &value) == 0;
        library->url_cleanup(url);
        transfer->port = (uint16_t)value;
        return good;
}

static void look_up_host(HttpTransfer *transfer)
{
        if (!split_uri(transfer))
                give_up(transfer, HTTP_BAD_URI, "the URI cannot be read");
        else if (transfer->host[0] == '[') /* an address */
                ask(transfer);
        else if (resolver_query(transfer->resolver, transfer->host, transfer->port, on_resolved, transfer,
                         &transfer->query) < 0)
                give_up(transfer, HTTP_BROKEN, strerrordesc_np(ENOMEM));
}

static void on_loaded(void *userdata, const HttpLibrary *library, const char *reason)
{
        HttpTransfer *transfer = userdata;

        transfer->loading = http_loading_free(transfer->loading);
        transfer->library = library;
        if (!library)
                give_up(transfer, HTTP_NOT_SUPPORTED, reason);
        else if (http_loop_init(&transfer->loop, library, transfer->event, transfer->clock,
                         transfer->lifetime, on_done, transfer) < 0)
                give_up(transfer, HTTP_BROKEN, strerrordesc_np(ENOMEM));
        else
                look_up_host(transfer);
}

int http_transfer_begin(HttpTransfer *transfer)
{
        int r;

        r = task_new_in_turn(transfer->event, on_resume, transfer, "http-resume", &transfer->resume);
        return r < 0 ? r : http_loading_new(transfer->event, on_loaded, transfer, &transfer->loading);
}

void http_transfer_resume(HttpTransfer *transfer)
{
        task_set(transfer->resume, true);
}

void http_transfer_done(HttpTransfer *transfer)
{
        transfer->loading = http_loading_free(transfer->loading);
        resolver_cancel(TAKE_PTR(transfer->query));
        transfer->resume = sd_event_source_disable_unref(transfer->resume);
        if (!transfer->library)
                return;
        if (transfer->easy) {
                http_loop_remove(&transfer->loop, transfer->easy);
                transfer->library->easy_cleanup(TAKE_PTR(transfer->easy));
        }
        http_loop_done(&transfer->loop);
        transfer->library->slist_free_all(TAKE_PTR(transfer->names));
        transfer->library->slist_free_all(TAKE_PTR(transfer->fields));
}
