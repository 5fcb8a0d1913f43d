/* SPDX-License-Identifier: Apache-2.0 */
/* When an observation notifies. */
#include "client/observation.h"

/* epmax may ask for more than a value that moves by itself costs to look at. */
#define LOOK_INTERVAL_MIN (10 * USEC_PER_SEC) /* design.md 10.4 */

/* What was lost is not sent again, nor what could not be seen looked at, earlier: RFC 7252, 4.8,
 * ACK_TIMEOUT. */
#define AGAIN_USEC (2 * USEC_PER_SEC)

static uint64_t after(uint64_t moment, uint64_t duration)
{
        return duration > USEC_INFINITY - moment ? USEC_INFINITY : moment + duration;
}

static uint64_t end_of_pmin(const Observation *observation, const ObservedItem *item)
{
        return after(observation->notified_at, attribute_usec(&item->attributes, ATTRIBUTE_PMIN));
}

/* Where it moves by itself: evaluated at epmax at the latest. */
static uint64_t interval_of(const ObservedItem *item)
{
        uint64_t epmin = attribute_usec(&item->attributes, ATTRIBUTE_EPMIN);
        uint64_t epmax = attribute_usec(&item->attributes, ATTRIBUTE_EPMAX);
        uint64_t interval = item->interval;

        if (epmax > 0 && epmax < interval)
                interval = MAX_OF(epmax, MIN_OF(interval, LOOK_INTERVAL_MIN));
        return MAX_OF(interval, epmin);
}

/* When the item is to be looked at for its condition; USEC_INFINITY: never. */
static uint64_t time_to_look(const Observation *observation, const ObservedItem *item)
{
        uint64_t at = USEC_INFINITY;

        if (item->due)
                return at;
        if (item->changed)
                at = after(item->looked_at, attribute_usec(&item->attributes, ATTRIBUTE_EPMIN));
        if (item->interval > 0 && item->interval < USEC_INFINITY) {
                uint64_t next = after(item->looked_at, interval_of(item));

                at = MIN_OF(at, MAX_OF(next, end_of_pmin(observation, item)));
        }
        return at;
}

/* When the item asks for a notification; USEC_INFINITY: never. */
static uint64_t time_to_notify(const Observation *observation, const ObservedItem *item)
{
        uint64_t pmin = attribute_usec(&item->attributes, ATTRIBUTE_PMIN);
        uint64_t pmax = attribute_usec(&item->attributes, ATTRIBUTE_PMAX);
        uint64_t at = USEC_INFINITY;

        if (item->due)
                at = end_of_pmin(observation, item);
        if (pmax > 0 && pmax >= pmin)
                at = MIN_OF(at, after(observation->notified_at, pmax));
        return at;
}

static void take_value(ObservedItem *item, ObservedValue *value, uint64_t now)
{
        if (!item->due)
                item->due = observed_value_meets(&item->attributes, &item->notified,
                        item->is_seen ? &item->seen : &item->notified, value);
        observed_value_done(&item->seen);
        item->seen = *value;
        item->is_seen = true;
        *value = (ObservedValue){.n = 0};
        item->looked_at = now;
        item->changed = false;
}

static void note_notification(Observation *observation, uint64_t now)
{
        for (size_t i = 0; i < observation->n; i++) {
                ObservedItem *item = &observation->items[i];

                if (item->is_seen) {
                        observed_value_done(&item->notified);
                        item->notified = item->seen;
                        item->seen = (ObservedValue){.n = 0};
                }
                item->is_seen = item->due = false;
        }
        observation->notified_at = now;
        observation->lost = false;
}

static unsigned look_at_items(Observation *observation, bool all, uint64_t now)
{
        unsigned actions = 0;

        for (size_t i = 0; i < observation->n; i++) {
                ObservedItem *item = &observation->items[i];
                bool is_fresh = item->looked_at == now && !item->changed;

                item->look = !is_fresh && (all || time_to_look(observation, item) <= now);
                if (item->look)
                        actions = OBSERVATION_ACTION_LOOK;
        }
        return actions;
}

static uint64_t next_notification(const Observation *observation)
{
        uint64_t at = observation->lost ? after(observation->notified_at, AGAIN_USEC) : USEC_INFINITY;

        if (observation->held)
                return USEC_INFINITY;
        for (size_t i = 0; i < observation->n; i++)
                at = MIN_OF(at, time_to_notify(observation, &observation->items[i]));
        return at;
}

static void set_deadline(Observation *observation)
{
        uint64_t next = next_notification(observation);

        for (size_t i = 0; i < observation->n; i++)
                next = MIN_OF(next, time_to_look(observation, &observation->items[i]));
        observation->deadline = next == USEC_INFINITY ? 0 : next;
        observation->missed = observation->held;
}

static unsigned decide(Observation *observation, uint64_t now)
{
        bool notifies = next_notification(observation) <= now;
        unsigned actions = look_at_items(observation, notifies, now);

        if (actions == 0 && notifies) {
                note_notification(observation, now);
                actions = OBSERVATION_ACTION_NOTIFY;
        }
        set_deadline(observation);
        return actions;
}

void observation_begin(Observation *observation, ObservedItem *items, size_t n, uint64_t now)
{
        *observation = (Observation){.items = items, .n = n};
        for (size_t i = 0; i < n; i++)
                items[i].looked_at = now;
        note_notification(observation, now);
        set_deadline(observation);
}

unsigned observation_step(Observation *observation, const ObservationEvent *event, uint64_t now)
{
        switch (event->type) {
        case OBSERVATION_EVENT_CHANGED:
                observation->items[event->item].changed = true;
                break;
        case OBSERVATION_EVENT_LOOKED:
                take_value(&observation->items[event->item], event->value, now);
                break;
        case OBSERVATION_EVENT_TIMER:
                break;
        case OBSERVATION_EVENT_UNSEEN:
                observation->deadline = after(now, AGAIN_USEC);
                return 0;
        case OBSERVATION_EVENT_LOST:
                observation->lost = true;
                break;
        }
        return decide(observation, now);
}

void observation_done(Observation *observation)
{
        for (size_t i = 0; i < observation->n; i++) {
                observed_value_done(&observation->items[i].notified);
                observed_value_done(&observation->items[i].seen);
        }
        free(observation->items);
        *observation = (Observation){.n = 0};
}
