/* SPDX-License-Identifier: Apache-2.0 */
/* What arrives over a session. */
#include "coap/inbox.h"
#include "coap/pdu.h"

/* libcoap sends an empty message. */
static void note_empty(const Inbox *inbox, const char *type)
{
        counters_sent(inbox->counters, 0, &(Packet){0});
        trace_empty(inbox->trace, "->", type);
}

void inbox_request(const Inbox *inbox, const coap_pdu_t *pdu, coap_pdu_t *response)
{
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        coap_pdu_type_t type = coap_pdu_get_type(pdu);
        coap_bin_const_t token = coap_pdu_get_token(pdu);
        MessageKey message = {.message_id = (uint16_t)coap_pdu_get_mid(pdu)};
        Packet packet, answer;
        uint64_t received;

        /* 4.3.1 dispatches a request code inside an ACK, too. */
        if ((type != COAP_MESSAGE_CON && type != COAP_MESSAGE_NON) || token.length > sizeof(message.token))
                return;
        message.token_size = (uint8_t)token.length;
        if (token.length > 0)
                memcpy(message.token, token.s, token.length);
        packet = pdu_view(pdu, &options);
        if (options.error < 0) {
                coap_pdu_set_code(response, COAP_RESPONSE_CODE_INTERNAL_ERROR);
                return;
        }
        counters_received(inbox->counters, token.length, &packet);
        received = trace_received(inbox->trace, trace_type(type), &packet);
        if (!inbox->request(inbox->userdata, &message, type == COAP_MESSAGE_CON, &packet, &answer)) {
                if (type == COAP_MESSAGE_CON)
                        note_empty(inbox, "ACK");
                return;
        }
        counters_sent(inbox->counters, token.length, &answer);
        trace_answered(inbox->trace, type == COAP_MESSAGE_CON ? "ACK" : "NON", &packet, &answer, received);
        coap_pdu_set_code(response, (coap_pdu_code_t)answer.code);
        if (!pdu_fill(response, &answer))
                coap_pdu_set_code(response, COAP_RESPONSE_CODE_INTERNAL_ERROR);
}

coap_response_t inbox_response(const Inbox *inbox, const coap_pdu_t *pdu)
{
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        coap_pdu_type_t type = coap_pdu_get_type(pdu);
        coap_bin_const_t token = coap_pdu_get_token(pdu);
        Packet packet;
        bool known;

        packet = pdu_view(pdu, &options);
        if (options.error < 0)
                return COAP_RESPONSE_OK;
        trace_answer(inbox->trace, trace_type(type), token.s, token.length, &packet);
        counters_received(inbox->counters, token.length, &packet);
        known = inbox->response(inbox->userdata, token.s, token.length, &packet);
        if (type == COAP_MESSAGE_CON)
                note_empty(inbox, known ? "ACK" : "RST");
        if (known)
                return COAP_RESPONSE_OK;
        /* A Reset for an ACK (RFC 7252, 4.2) would be one for whatever the peer has sent under the same
         * Message ID. */
        return type == COAP_MESSAGE_ACK ? COAP_RESPONSE_OK : COAP_RESPONSE_FAIL;
}
