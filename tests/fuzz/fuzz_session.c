/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: what a peer sends over one session, without the session: repetitions, bodies and answers in
 * blocks, in memory and into a sink, Observe, answers that come later, notifications; with what always
 * holds. An input is a sequence of steps, each a byte that says which, then what it needs (next_step). */
#include "coap/incoming.h"
#include "fuzz.h"
#include "util/bytes.h"

#define BLOCK_SIZE    64
#define BODY_SIZE_MAX 1024
#define OBSERVATIONS  4

/* Of a step's first byte */
#define STEP(byte)    ((byte)&3)
#define STEP_MESSAGE  0
#define STEP_ANSWER   1 /* one that comes later */
#define STEP_NOTIFY   2
#define STEP_TIME     3
#define FLAG_NON      0x04
#define FLAG_LATER    0x08
#define FLAG_LARGE    0x10 /* the answer, in blocks */
#define FLAG_IN_SPITE 0x20 /* an answer at once, beside one that comes later */
#define FLAG_SINK     0x08 /* where a body begins: it goes into the sink */
#define FLAG_WAIT     0x10 /* what the sink says of this message */
#define FLAG_REFUSE   0x20 /* likewise; where a body begins; and behind a wait */
#define FLAG_RESUME   0x04 /* of an answer: the sink has waited */

typedef struct Pending {
        uint64_t handle; /* 0: unused */
        MessageKey message;
        ByteWriter options;
        uint8_t code;
        uint8_t *payload;
        size_t payload_size;
} Pending;

typedef struct Session {
        Incoming incoming;
        uint64_t now;
        Pending pending[LIMIT_LATE_ANSWERS];
        uint64_t last_handle;
        Request observations[OBSERVATIONS];
        size_t n_observations;
        uint64_t notified; /* the last one in blocks */
        struct {
                bool is_open, waits;
                unsigned waited; /* how often */
                Pending held;    /* the block that waits */
                uint8_t flags;   /* of the step */
        } sink;
} Session;

static void fill(Response *response, bool large)
{
        size_t size = large ? 5 * BLOCK_SIZE + 1 : 3;

        response->code = CODE_CONTENT;
        response->content_format = FORMAT_TEXT;
        response->payload = malloc(size);
        require(response->payload);
        memset(response->payload, 'x', size);
        response->payload_size = size;
}

/* Whatever leaves: options in order, a block of the size that it says, within the limit. */
static void check_answer(const Packet *answer)
{
        PacketOption option;
        size_t position = 0;
        uint16_t last = 0;
        Block block;

        require(CODE_CLASS(answer->code) == 2 || CODE_CLASS(answer->code) == 4 ||
                CODE_CLASS(answer->code) == 5);
        require(answer->payload_size <= MAX_OF(BLOCK_SIZE, LIMIT_DIAGNOSTIC_SIZE));
        while (packet_next_option(answer, &position, &option)) {
                require(option.number >= last);
                last = option.number;
                if (option.number != OPTION_BLOCK2)
                        continue;
                require(block_parse(&option, &block) == 0);
                require(answer->payload_size <= block_size(block.szx));
                require(!block.more || answer->payload_size == block_size(block.szx));
        }
        require(position == answer->options_size);
}

static size_t n_pending(const Session *session)
{
        size_t n = 0;

        for (size_t i = 0; i < LIMIT_LATE_ANSWERS; i++)
                n += session->pending[i].handle != 0;
        return n;
}

static void pending_fill(Pending *place, uint64_t handle, const MessageKey *message, const Packet *packet)
{
        *place = (Pending){
                .handle = handle,
                .message = *message,
                .options = BYTE_WRITER(PACKET_OPTIONS_SIZE),
                .code = packet->code,
                .payload = malloc(packet->payload_size + 1),
                .payload_size = packet->payload_size,
        };
        require(place->payload);
        byte_writer_add(&place->options, packet->options, packet->options_size);
        if (packet->payload_size > 0)
                memcpy(place->payload, packet->payload, packet->payload_size);
}

static void keep_pending(Session *session, uint64_t handle, const MessageKey *message, const Packet *packet)
{
        Pending *place = session->pending;

        require(handle > session->last_handle);
        session->last_handle = handle;
        while (place->handle != 0)
                place++;
        pending_fill(place, handle, message, packet);
}

static void pending_done(Pending *pending)
{
        byte_writer_done(&pending->options);
        free(pending->payload);
        *pending = (Pending){0};
}

static Packet pending_packet(const Pending *pending)
{
        return (Packet){
                .code = pending->code,
                .options = pending->options.data,
                .options_size = pending->options.size,
                .payload = pending->payload,
                .payload_size = pending->payload_size,
        };
}

static bool is_the_same(const Pending *pending, const MessageKey *message, const Packet *packet)
{
        Packet other = pending_packet(pending);

        return pending->handle != 0 && pending->message.message_id == message->message_id &&
               pending->message.token_size == message->token_size &&
               memcmp(pending->message.token, message->token, message->token_size) == 0 &&
               packet_hash(&other) == packet_hash(packet);
}

static void check_request(const IncomingRequest *in, const MessageKey *message)
{
        const Request *request = &in->request;

        require(request->method >= METHOD_GET && request->method <= METHOD_IPATCH);
        require(request->payload_size <= BODY_SIZE_MAX);
        require(request->observe == OBSERVE_NONE || request->method == METHOD_GET ||
                request->method == METHOD_FETCH);
        require(request->token_size == message->token_size &&
                memcmp(request->token, message->token, message->token_size) == 0);
}

static void remember_observation(Session *session, const Request *request)
{
        size_t i = session->n_observations++ % OBSERVATIONS;

        request_done(&session->observations[i]);
        require(request_copy(request, &session->observations[i]) == 0);
}

/* handler.request */
static uint64_t serve(Session *session, IncomingRequest *in, uint8_t flags)
{
        uint64_t handle = 0;

        if (in->request.observe == OBSERVE_REGISTER) {
                remember_observation(session, &in->request);
                in->response.observe = 0;
        }
        if (flags & FLAG_LATER) {
                const bool can = incoming_can_answer_later(in);

                handle = incoming_answer_later(in);
                require(can == (handle != 0));
                require((handle == 0) == (n_pending(session) == LIMIT_LATE_ANSWERS));
        }
        if (handle != 0 && !(flags & FLAG_IN_SPITE))
                return handle;
        fill(&in->response, flags & FLAG_LARGE);
        return 0;
}

static int sink_says(Session *session)
{
        if (session->sink.flags & FLAG_REFUSE) {
                session->sink.is_open = false;
                return CODE_TOO_LARGE;
        }
        session->sink.waits = session->sink.flags & FLAG_WAIT;
        session->sink.waited += session->sink.waits;
        return session->sink.waits ? BODY_WAIT : 0;
}

static int sink_write(void *userdata, const uint8_t *data, size_t size)
{
        Session *session = userdata;

        require(session->sink.is_open && !session->sink.waits);
        require(size > 0 && size <= block_size(BLOCK_SZX_MAX));
        return sink_says(session);
}

static int sink_done(void *userdata)
{
        Session *session = userdata;
        int r;

        require(session->sink.is_open && !session->sink.waits);
        r = sink_says(session);
        session->sink.is_open = r == BODY_WAIT;
        return r;
}

static void sink_abort(void *userdata, BodyEnd why)
{
        Session *session = userdata;

        require(session->sink.is_open);
        session->sink.is_open = session->sink.waits = false;
        pending_done(&session->sink.held);
}

/* handler.body */
static void open_body(Session *session, IncomingRequest *in, uint8_t flags)
{
        const BodySink sink = {sink_write, sink_done, sink_abort, session};

        if (!(flags & FLAG_SINK))
                incoming_open_body(in, NULL);
        else if (flags & FLAG_REFUSE)
                response_set_error(&in->response, CODE_METHOD_NOT_ALLOWED, "no");
        else {
                incoming_end_stream(&session->incoming, BODY_BEGUN_ANEW);
                session->sink.is_open = true;
                incoming_open_body(in, &sink);
        }
}

static void step_resume(Session *session, uint8_t flags)
{
        const bool waited = session->sink.waits;
        LateRequest *late;
        Packet answer;
        int result = 0;

        if (!waited)
                return;
        session->sink.flags = flags;
        session->sink.waits = false;
        if (flags & FLAG_REFUSE) {
                session->sink.is_open = false;
                result = CODE_TOO_LARGE;
        }
        late = incoming_resume(&session->incoming, session->now, result);
        require((late != NULL) == !session->sink.waits);
        if (!late)
                return;
        require(incoming_end(&late->in, &answer));
        check_answer(&answer);
        if (answer.code == CODE_CHANGED) /* the end had waited */
                session->sink.is_open = false;
        (void)late_request_free(late);
        pending_done(&session->sink.held);
}

static void step_message(Session *session, const MessageKey *message, const Packet *packet, uint8_t flags)
{
        bool is_pending = is_the_same(&session->sink.held, message, packet), answered, held;
        const unsigned waited = session->sink.waited;
        IncomingRequest in;
        uint64_t handle = 0;
        Packet answer;

        for (size_t i = 0; i < LIMIT_LATE_ANSWERS; i++)
                is_pending = is_pending || is_the_same(&session->pending[i], message, packet);
        if (incoming_repeats(&session->incoming, session->now, message, packet, &answer)) {
                require(is_pending == (answer.code == CODE_NONE));
                if (answer.code != CODE_NONE)
                        check_answer(&answer);
                return;
        }
        require(!is_pending);
        session->sink.flags = flags;
        if (incoming_begin(&in, &session->incoming, session->now, message, !(flags & FLAG_NON), packet)) {
                check_request(&in, message);
                handle = serve(session, &in, flags);
        }
        if (in.opens_body)
                open_body(session, &in, flags);
        held = session->sink.waits && session->sink.waited != waited;
        answered = incoming_end(&in, &answer);
        require(in.notification == 0 || in.notification == session->notified);
        require(answered == (handle == 0 && !held));
        if (answered)
                check_answer(&answer);
        else if (held)
                pending_fill(&session->sink.held, 1, message, packet);
        else
                keep_pending(session, handle, message, packet);
        require(incoming_repeats(&session->incoming, session->now, message, packet, &answer));
        require((answer.code == CODE_NONE) == !answered);
}

static void step_answer(Session *session, uint8_t which, uint8_t flags)
{
        Pending *pending = &session->pending[which % LIMIT_LATE_ANSWERS];
        LateRequest *late = incoming_take(&session->incoming, pending->handle);
        Packet answer, packet = pending_packet(pending);

        require((late != NULL) == (pending->handle != 0));
        if (!late)
                return;
        require(!incoming_take(&session->incoming, pending->handle));
        fill(&late->in.response, flags & FLAG_LARGE);
        late->in.now = session->now;
        require(incoming_end(&late->in, &answer));
        check_answer(&answer);
        require(incoming_repeats(&session->incoming, session->now, &pending->message, &packet, &answer));
        require(answer.code == CODE_CONTENT || answer.code == CODE_BAD_REQUEST); /* a block behind the end */
        (void)late_request_free(late);
        pending_done(pending);
}

static void step_notify(Session *session, uint8_t which, uint8_t flags)
{
        _cleanup_(byte_writer_done) ByteWriter request_options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        _cleanup_(response_done) Response response = RESPONSE_INIT;
        const Request *request = &session->observations[which % OBSERVATIONS];
        Packet packet, answer;
        bool divided;

        if (request->method == 0)
                return;
        translate_request_options(request, "", NULL, NULL, &request_options);
        require(request_options.error == 0);
        packet = (Packet){
                .code = (uint8_t)request->method,
                .options = request_options.data,
                .options_size = request_options.size,
                .payload = request->payload,
                .payload_size = request->payload_size,
        };
        fill(&response, flags & FLAG_LARGE);
        response.observe = which;
        require(incoming_notification(&session->incoming, session->now, &packet, request->block_size,
                        !(flags & FLAG_NON), &response, &options, &answer, &divided) == 0);
        require(!divided || !(flags & FLAG_NON));
        if (divided)
                incoming_notified(&session->incoming, ++session->notified);
        check_answer(&answer);
}

/* Options as number's difference, size, value: numbers of up to 4 times 255, so that No-Response and
 * Request-Tag are among them. False at the end of the input. */
static bool read_options(ByteReader *reader, ByteWriter *options)
{
        const uint8_t *value;
        uint16_t number = 0;
        uint8_t n, difference, size;

        if (!byte_reader_u8(reader, &n))
                return false;
        for (unsigned i = 0; i < n % 9; i++) {
                if (!byte_reader_u8(reader, &difference) || !byte_reader_u8(reader, &size) ||
                        !byte_reader_take(reader, size % 5, &value))
                        return false;
                number = (uint16_t)(number + difference);
                packet_add_option(options, number, value, size % 5);
        }
        return true;
}

static bool read_message(Session *session, ByteReader *reader, uint8_t flags)
{
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        MessageKey message = {0};
        Packet packet = {0};
        uint8_t method, id, size;

        if (!byte_reader_u8(reader, &method) || !byte_reader_u8(reader, &id) ||
                !read_options(reader, &options) || !byte_reader_u8(reader, &size) ||
                !byte_reader_take(reader, size % 130, &packet.payload))
                return false;
        message.message_id = id & 63;
        message.token_size = id >> 6;
        packet.payload_size = size % 130;
        packet.code = (uint8_t)(method % METHOD_IPATCH + 1);
        packet.options = options.data;
        packet.options_size = options.size;
        step_message(session, &message, &packet, flags);
        return true;
}

/* False at the end of the input. */
static bool next_step(Session *session, ByteReader *reader)
{
        uint8_t step, which;

        if (!byte_reader_u8(reader, &step))
                return false;
        if (STEP(step) == STEP_MESSAGE)
                return read_message(session, reader, step);
        if (!byte_reader_u8(reader, &which))
                return false;
        if (STEP(step) == STEP_ANSWER && step & FLAG_RESUME)
                step_resume(session, step);
        else if (STEP(step) == STEP_ANSWER)
                step_answer(session, which, step);
        else if (STEP(step) == STEP_NOTIFY)
                step_notify(session, which, step);
        else {
                uint64_t deadline;

                session->now += which * USEC_PER_SEC;
                deadline = block_stream_deadline(&session->incoming.stream);
                if (deadline != 0 && deadline <= session->now)
                        incoming_end_stream(&session->incoming, BODY_SILENT);
        }
        return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        ByteReader reader = BYTE_READER(data, size);
        Session session = {.now = 1};

        incoming_init(&session.incoming, BLOCK_SIZE, BODY_SIZE_MAX);
        while (next_step(&session, &reader))
                ;
        for (size_t i = 0; i < LIMIT_LATE_ANSWERS; i++)
                pending_done(&session.pending[i]);
        for (size_t i = 0; i < OBSERVATIONS; i++)
                request_done(&session.observations[i]);
        incoming_done(&session.incoming);
        require(!session.sink.is_open);
        return 0;
}
