/* SPDX-License-Identifier: Apache-2.0 */
/* The yardstick of the benchmark: a libcoap client that does nothing but answer 2.04 to whatever a server
 * asks, driven by the same event loop. Usage: bare_client PORT */
#include <coap3/coap.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <systemd/sd-event.h>

#include "util/macro.h"
#include "util/parse.h"

#define METHODS 7

static void on_request(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
        const coap_string_t *query, coap_pdu_t *response)
{
        coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        (void)coap_io_process(userdata, COAP_IO_NO_WAIT);
        return 0;
}

static int on_prepare(sd_event_source *source, void *userdata)
{
        coap_tick_t now;

        coap_ticks(&now);
        (void)coap_io_prepare_epoll(userdata, now);
        return 0;
}

static coap_session_t *connect_to(coap_context_t *context, uint16_t port)
{
        coap_address_t address;

        coap_address_init(&address);
        address.addr.sin.sin_family = AF_INET;
        address.addr.sin.sin_port = htons(port);
        address.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.size = sizeof(address.addr.sin);
        return coap_new_client_session(context, NULL, &address, COAP_PROTO_UDP);
}

static bool send_bootstrap_request(coap_session_t *session)
{
        coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, session);

        if (!pdu || !coap_add_token(pdu, 4, (const uint8_t *)"bare") ||
                !coap_add_option(pdu, COAP_OPTION_URI_PATH, 2, (const uint8_t *)"bs") ||
                !coap_add_option(pdu, COAP_OPTION_URI_QUERY, 7, (const uint8_t *)"ep=bare"))
                return false;
        return coap_send(session, pdu) != COAP_INVALID_MID;
}

int main(int argc, char *argv[])
{
        sd_event *event = NULL;
        sd_event_source *source = NULL;
        coap_context_t *context;
        coap_resource_t *resource;
        coap_session_t *session;
        uint64_t port;

        if (argc != 2 || parse_u64(argv[1], UINT16_MAX, &port) < 0) {
                (void)fprintf(stderr, "usage: bare_client PORT\n");
                return 2;
        }
        coap_startup();
        context = coap_new_context(NULL);
        resource = coap_resource_unknown_init2(on_request, 0);
        if (!context || !resource)
                return EXIT_FAILURE;
        for (coap_request_t method = 1; method <= METHODS; method++)
                coap_register_request_handler(resource, method, on_request);
        coap_add_resource(context, resource);
        session = connect_to(context, (uint16_t)port);
        if (!session || sd_event_new(&event) < 0 ||
                sd_event_add_io(event, &source, coap_context_get_coap_fd(context), EPOLLIN, on_io, context) <
                        0 ||
                sd_event_source_set_prepare(source, on_prepare) < 0 || !send_bootstrap_request(session))
                return EXIT_FAILURE;
        return sd_event_loop(event) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
