/* SPDX-License-Identifier: Apache-2.0 */
/* Who publishes. */
#include "bus/publishers.h"

#include <stdio.h>

#include "bus/errors.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/message_ids.h"

#define MATCH_SIZE 384 /* a unique name has at most 255 bytes (D-Bus specification, Valid Names) */

typedef struct Waiting {
        sd_bus_message *message; /* owned */
        PublisherCall call;
} Waiting;

typedef struct Publisher {
        Publishers *publishers;
        char *name; /* owned */
        uint64_t owner;
        bool is_known; /* the bus has answered, and tells when the name goes */
        bool has_user;
        bool is_blamed;
        uint32_t user;
        sd_bus_slot *match, *question; /* owned */
        Waiting *waiting;              /* owned; PUBLISHER_CALLS_MAX, until it is known */
        size_t n_waiting;
} Publisher;

struct Publishers {
        bool (*gone)(void *userdata, uint64_t owner);
        void *userdata;
        uint64_t last_owner;
        LogQuiet quiet;
        Publisher *items[PUBLISHERS_MAX]; /* ascending by name */
        size_t n;
};

static Publisher *publisher_free(Publisher *publisher)
{
        sd_bus_slot_unref(publisher->match);
        sd_bus_slot_unref(publisher->question);
        for (size_t i = 0; i < publisher->n_waiting; i++)
                sd_bus_message_unref(publisher->waiting[i].message);
        free(publisher->waiting);
        free(publisher->name);
        free(publisher);
        return NULL;
}
DEFINE_CLEANUP(Publisher *, publisher_free)

/* The index of the name, or where it belongs. */
static size_t find_index(const Publishers *publishers, const char *name, bool *ret_found)
{
        size_t low = 0, high = publishers->n;

        while (low < high) {
                size_t middle = (low + high) / 2;
                int order = strcmp(publishers->items[middle]->name, name);

                if (order == 0) {
                        *ret_found = true;
                        return middle;
                }
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        *ret_found = false;
        return low;
}

static Publisher *find_owner(const Publishers *publishers, uint64_t owner)
{
        for (size_t i = 0; i < publishers->n; i++)
                if (publishers->items[i]->owner == owner)
                        return publishers->items[i];
        return NULL;
}

static void drop(Publisher *publisher)
{
        Publishers *publishers = publisher->publishers;
        uint64_t owner = publisher->owner;
        char who[PUBLISHER_TEXT_SIZE];
        bool found;
        size_t i;

        (void)publishers_describe(publishers, owner, who);
        i = find_index(publishers, publisher->name, &found);
        assert(found);
        publishers->n--;
        memmove(publishers->items + i, publishers->items + i + 1,
                (publishers->n - i) * sizeof(*publishers->items));
        publisher_free(publisher);
        if (publishers->gone(publishers->userdata, owner))
                log_event(log_quiet(&publishers->quiet, clock_boottime(&clock_system), LOG_INFO),
                        MESSAGE_ID_PUBLISHER_GONE,
                        "%s is gone from the bus, and what it has published with it.", who);
        else
                log_debug("%s is gone from the bus.", who);
}

static void carry_out(Publisher *publisher, const Waiting *waiting)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = waiting->call(waiting->message, publisher->owner, publisher->publishers->userdata, &error);
        if (r < 0 || sd_bus_error_is_set(&error))
                (void)sd_bus_reply_method_errno(waiting->message, r, &error);
}

static void carry_out_all(Publisher *publisher)
{
        for (size_t i = 0; i < publisher->n_waiting; i++) {
                carry_out(publisher, &publisher->waiting[i]);
                sd_bus_message_unref(publisher->waiting[i].message);
        }
        publisher->n_waiting = 0;
        free(TAKE_PTR(publisher->waiting));
}

/* The match is in force by now: the bus takes what we say in order. */
static int on_user(sd_bus_message *answer, void *userdata, sd_bus_error *reterr)
{
        Publisher *publisher = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(answer);

        if (sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER)) {
                drop(publisher);
                return 0;
        }
        publisher->is_known = true;
        publisher->has_user = !error && sd_bus_message_read(answer, "u", &publisher->user) > 0;
        carry_out_all(publisher);
        return 0;
}

static int on_match(sd_bus_message *answer, void *userdata, sd_bus_error *reterr)
{
        Publisher *publisher = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(answer);

        if (!error)
                return 0;
        for (size_t i = 0; i < publisher->n_waiting; i++)
                (void)sd_bus_reply_method_errorf(publisher->waiting[i].message,
                        BUS_ERROR_PREFIX "LimitExceeded", "The bus does not tell when %s is gone: %s",
                        publisher->name, error->message ?: error->name);
        drop(publisher);
        return 0;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const char *name, *before, *after;

        /* To us alone everybody may send such a signal, and then no match is asked. */
        if (sd_bus_message_get_destination(message))
                return 0;
        if (sd_bus_message_read(message, "sss", &name, &before, &after) >= 0 && !after[0])
                drop(userdata);
        return 0;
}

static int ask_the_bus(Publisher *publisher, sd_bus *connection)
{
        char match[MATCH_SIZE];
        int r;

        (void)snprintf(match, sizeof(match),
                "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'",
                publisher->name);
        r = sd_bus_add_match_async(
                connection, &publisher->match, match, on_owner_changed, on_match, publisher);
        if (r < 0)
                return r;
        return sd_bus_call_method_async(connection, &publisher->question, BUS_DRIVER,
                "GetConnectionUnixUser", on_user, publisher, "s", publisher->name);
}

static int add_publisher(Publishers *publishers, sd_bus_message *message, size_t i, sd_bus_error *reterr)
{
        _cleanup_(publisher_freep) Publisher *publisher = NULL;
        int r;

        if (publishers->n == PUBLISHERS_MAX)
                return bus_error_set_published(
                        reterr, PUBLISHED_E_LIMIT, "too many connections publish already");
        publisher = calloc(1, sizeof(*publisher));
        if (!publisher)
                return -ENOMEM;
        publisher->publishers = publishers;
        publisher->owner = ++publishers->last_owner;
        publisher->name = strdup(sd_bus_message_get_sender(message));
        publisher->waiting = calloc(PUBLISHER_CALLS_MAX, sizeof(*publisher->waiting));
        if (!publisher->name || !publisher->waiting)
                return -ENOMEM;
        r = ask_the_bus(publisher, sd_bus_message_get_bus(message));
        if (r < 0)
                return r;

        memmove(publishers->items + i + 1, publishers->items + i,
                (publishers->n - i) * sizeof(*publishers->items));
        publishers->items[i] = TAKE_PTR(publisher);
        publishers->n++;
        return 0;
}

int publishers_carry_out(
        Publishers *publishers, sd_bus_message *message, PublisherCall call, sd_bus_error *reterr)
{
        Publisher *publisher;
        bool found;
        size_t i;
        int r;

        i = find_index(publishers, sd_bus_message_get_sender(message), &found);
        if (!found) {
                r = add_publisher(publishers, message, i, reterr);
                if (r < 0)
                        return r;
        }
        publisher = publishers->items[i];
        if (publisher->is_known) {
                r = call(message, publisher->owner, publishers->userdata, reterr);
                return r < 0 ? r : 1;
        }
        if (publisher->n_waiting == PUBLISHER_CALLS_MAX)
                return bus_error_set_published(
                        reterr, PUBLISHED_E_LIMIT, "too many calls wait for an answer already");
        publisher->waiting[publisher->n_waiting++] = (Waiting){sd_bus_message_ref(message), call};
        return 1;
}

int publishers_new(bool (*gone)(void *userdata, uint64_t owner), void *userdata, Publishers **ret)
{
        Publishers *publishers = calloc(1, sizeof(*publishers));

        assert(gone && ret);

        if (!publishers)
                return -ENOMEM;
        publishers->gone = gone;
        publishers->userdata = userdata;
        *ret = publishers;
        return 0;
}

Publishers *publishers_free(Publishers *publishers)
{
        if (!publishers)
                return NULL;
        for (size_t i = 0; i < publishers->n; i++)
                publisher_free(publishers->items[i]);
        free(publishers);
        return NULL;
}

void publishers_lost(Publishers *publishers)
{
        while (publishers->n > 0)
                drop(publishers->items[publishers->n - 1]);
}

const char *publishers_name(const Publishers *publishers, uint64_t owner)
{
        const Publisher *publisher = find_owner(publishers, owner);

        return publisher ? publisher->name : NULL;
}

const char *publishers_describe(
        const Publishers *publishers, uint64_t owner, char buffer[PUBLISHER_TEXT_SIZE])
{
        const Publisher *publisher = find_owner(publishers, owner);

        if (!publisher)
                (void)snprintf(buffer, PUBLISHER_TEXT_SIZE, "Somebody");
        else if (publisher->has_user)
                (void)snprintf(buffer, PUBLISHER_TEXT_SIZE, "%.40s (user %u)", publisher->name,
                        (unsigned)publisher->user);
        else
                (void)snprintf(buffer, PUBLISHER_TEXT_SIZE, "%.40s", publisher->name);
        return buffer;
}

bool publishers_blame(Publishers *publishers, uint64_t owner)
{
        Publisher *publisher = find_owner(publishers, owner);
        const bool first = publisher && !publisher->is_blamed;

        if (first)
                publisher->is_blamed = true;
        return first;
}
