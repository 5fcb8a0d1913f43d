/* SPDX-License-Identifier: Apache-2.0 */
/* Publishers and a server that do anything, against a plain model of what has to come of it. */
#include "tests/unit/model/published_world.h"

#define OBJECTS   4 /* PLAIN and those behind it */
#define INSTANCES 5
#define OWNERS    4 /* 0: the configuration */
#define LABELS    3
#define STEPS     4000
#define SEEDS     6

/* -- The model -- */

typedef struct Thing {
        bool there, handler;
        unsigned owner;
        int value;           /* Resource 0 */
        int level;           /* Resource 2; -1: absent */
        bool has_labels;     /* Resource 3 */
        char labels[LABELS]; /* '\0': absent */
} Thing;

typedef struct Shelf {
        bool published, handler;
        unsigned publisher;
        Thing things[INSTANCES];
} Shelf;

typedef struct Model {
        Shelf shelves[OBJECTS];
} Model;

typedef struct Walk {
        Publishers *world;
        Model model;
        uint64_t state; /* of the random numbers */
        uint64_t call;
} Walk;

static unsigned random_below(Walk *walk, unsigned n)
{
        walk->state ^= walk->state << 13;
        walk->state ^= walk->state >> 7;
        walk->state ^= walk->state << 17;
        return (unsigned)((walk->state >> 20) % n);
}

/* Words "path=value", one for each value and empty container. */
typedef struct Words {
        char items[OBJECTS * INSTANCES * (3 + LABELS)][48];
        size_t n;
} Words;

static void add_word(Words *words, const char *format, ...) _printf_(2, 3);
static void add_word(Words *words, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(words->items[words->n++], sizeof(words->items[0]), format, arguments);
        va_end(arguments);
}

static void describe(const Thing *thing, unsigned object, unsigned instance, Words *words)
{
        bool some = false;

        add_word(words, "/%u/%u/0=%d", object, instance, thing->value);
        if (thing->level >= 0)
                add_word(words, "/%u/%u/2=%d", object, instance, thing->level);
        for (unsigned i = 0; i < LABELS; i++)
                some = some || thing->labels[i];
        if (thing->has_labels && !some)
                add_word(words, "/%u/%u/3", object, instance);
        for (unsigned i = 0; i < LABELS && thing->has_labels; i++)
                if (thing->labels[i])
                        add_word(words, "/%u/%u/3/%u=%c", object, instance, i, thing->labels[i]);
}

static bool has_word(const Words *words, const char *word)
{
        for (size_t i = 0; i < words->n; i++)
                if (strcmp(words->items[i], word) == 0)
                        return true;

        return false;
}

static void add_path(Words *words, const char *word)
{
        char path[48];

        (void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(word, "="), word);
        if (!has_word(words, path))
                add_word(words, "%s", path);
}

/* The paths of what one of the two has and the other has not. */
static void compare(const Model *before, const Model *after, Words *changed, bool *ret_objects)
{
        *changed = (Words){.n = 0};
        *ret_objects = false;
        for (unsigned o = 0; o < OBJECTS; o++) {
                *ret_objects |= before->shelves[o].published != after->shelves[o].published;
                for (unsigned i = 0; i < INSTANCES; i++) {
                        const Thing *a = &before->shelves[o].things[i], *b = &after->shelves[o].things[i];
                        Words old = {.n = 0}, new = {.n = 0};

                        if (a->there != b->there) {
                                add_word(changed, "/%u/%u", PLAIN + o, i);
                                *ret_objects = true;
                                continue;
                        }
                        if (!a->there)
                                continue;
                        describe(a, PLAIN + o, i, &old);
                        describe(b, PLAIN + o, i, &new);
                        for (size_t k = 0; k < old.n; k++)
                                if (!has_word(&new, old.items[k]))
                                        add_path(changed, old.items[k]);
                        for (size_t k = 0; k < new.n; k++)
                                if (!has_word(&old, new.items[k]))
                                        add_path(changed, new.items[k]);
                }
        }
}

/* -- Whether it is as the model says -- */

static void check_text(const Walk *walk)
{
        Words words = {.n = 0};
        char text[8192] = "";
        size_t n = 0;

        for (unsigned o = 0; o < OBJECTS; o++) {
                const Shelf *shelf = &walk->model.shelves[o];
                bool known = shelf->published;

                for (unsigned i = 0; i < INSTANCES; i++) {
                        known = known || shelf->things[i].there;
                        if (shelf->things[i].there)
                                describe(&shelf->things[i], PLAIN + o, i, &words);
                }
                assert_int_equal(
                        registry_find(store_registry(walk->world->store), (uint16_t)(PLAIN + o)) != NULL,
                        known);
        }
        for (size_t i = 0; i < words.n; i++)
                n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i > 0 ? " " : "", words.items[i]);
        assert_string_equal(publishers_text(walk->world, "/"), text);
}

static void check(Walk *walk, const Model *before, bool by_server)
{
        Words expected;
        size_t n = 0;
        bool objects;

        compare(before, &walk->model, &expected, &objects);
        for (char *rest = walk->world->changed, *word; (word = strsep(&rest, " "));)
                if (word[0] != '\0') {
                        n++;
                        if (!has_word(&expected, word))
                                fail_msg("%s was told and is as before", word);
                }
        assert_int_equal(n, expected.n);
        assert_int_equal(walk->world->objects_changed > 0, objects && !by_server);
        check_text(walk);
        publishers_forget(walk->world);
}

/* -- What publishers do -- */

static void append(char *text, const char *format, ...) _printf_(2, 3);
static void append(char *text, const char *format, ...)
{
        const size_t n = strlen(text);
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(text + n, 1024 - n, format, arguments);
        va_end(arguments);
}

/* One record into the text, and what it does to a thing; whether it can be. */
static bool add_record(Walk *walk, unsigned object, unsigned instance, char *text, Thing *thing)
{
        const unsigned number = random_below(walk, 104), label = random_below(walk, LABELS);

        switch (random_below(walk, 4)) {
        case 0:
                append(text, " /%u/%u/0=%u", object, instance, number);
                thing->value = (int)number;
                return true;
        case 1:
                append(text, " /%u/%u/2=%u", object, instance, number);
                if (number > 100)
                        return false;
                thing->level = (int)number;
                return true;
        case 2:
                append(text, " /%u/%u/3", object, instance);
                memset(thing->labels, 0, LABELS);
                thing->has_labels = true;
                return true;
        default:
                append(text, " /%u/%u/3/%u=%c", object, instance, label, 'a' + (char)(number % 3));
                thing->labels[label] = (char)('a' + number % 3);
                thing->has_labels = true;
                return true;
        }
}

static const PublishedOptions with_handler = {.handler = "/h"};

static void step_add(Walk *walk)
{
        const unsigned o = random_below(walk, OBJECTS), owner = random_below(walk, OWNERS);
        const bool any = random_below(walk, 2);
        unsigned i = random_below(walk, INSTANCES);
        Thing thing = {.there = true, .owner = owner, .level = -1, .value = -1};
        char text[1024] = "";
        bool right = true;
        uint16_t instance;
        int expected = 0, r;

        thing.handler = random_below(walk, 2);
        for (unsigned n = 1 + random_below(walk, 4); n > 0 && right; n--)
                right = add_record(walk, PLAIN + o, i, text, &thing);
        for (unsigned j = 0; any && j <= INSTANCES; j++)
                if (j == INSTANCES)
                        return; /* it would be one that the model does not have */
                else if (!walk->model.shelves[o].things[j].there) {
                        i = j;
                        break;
                }
        if (walk->model.shelves[o].things[i].there)
                expected = PUBLISHED_E_EXISTS;
        else if (!right || thing.value < 0)
                expected = PUBLISHED_E_INVALID_VALUE;
        else
                walk->model.shelves[o].things[i] = thing;
        r = publishers_add_with(walk->world, owner, (uint16_t)(PLAIN + o), any ? ID_INVALID : (uint16_t)i,
                text, thing.handler ? &with_handler : NULL, &instance);
        assert_int_equal(r, expected);
        assert_true(r != 0 || instance == i);
}

static void step_add_object(Walk *walk)
{
        const unsigned o = random_below(walk, OBJECTS), owner = random_below(walk, OWNERS);
        Shelf *shelf = &walk->model.shelves[o];
        const bool handler = random_below(walk, 2);
        const int expected = shelf->published ? PUBLISHED_E_EXISTS : 0;

        assert_int_equal(published_add_object(walk->world->published, owner, (uint16_t)(PLAIN + o),
                                 handler ? "/o" : NULL, walk->world->text),
                expected);
        if (expected == 0) {
                shelf->published = true;
                shelf->handler = handler;
                shelf->publisher = owner;
        }
}

/* Whether something of the owner's was there. */
static bool clear_shelf(Shelf *shelf, unsigned owner)
{
        bool found = shelf->published && shelf->publisher == owner;

        if (found)
                shelf->published = shelf->handler = false;
        for (unsigned i = 0; i < INSTANCES; i++)
                if (shelf->things[i].there && shelf->things[i].owner == owner) {
                        shelf->things[i].there = false;
                        found = true;
                }
        return found;
}

static void step_withdraw(Walk *walk)
{
        const unsigned o = random_below(walk, OBJECTS), owner = random_below(walk, OWNERS),
                       i = random_below(walk, INSTANCES);
        const bool all = random_below(walk, 4) == 0;
        Thing *thing = &walk->model.shelves[o].things[i];
        bool found = thing->there && thing->owner == owner;

        if (all)
                found = clear_shelf(&walk->model.shelves[o], owner);
        else if (found)
                thing->there = false;
        assert_int_equal(published_withdraw(walk->world->published, owner, (uint16_t)(PLAIN + o),
                                 all ? ID_INVALID : (uint16_t)i, walk->world->text),
                found ? 0 : PUBLISHED_E_NOT_PUBLISHER);
}

static void step_owner_gone(Walk *walk)
{
        const unsigned owner = 1 + random_below(walk, OWNERS - 1);

        for (unsigned o = 0; o < OBJECTS; o++)
                (void)clear_shelf(&walk->model.shelves[o], owner);
        published_owner_gone(walk->world->published, owner);
}

static void step_set(Walk *walk)
{
        const unsigned owner = random_below(walk, OWNERS);
        Model after = walk->model;
        char text[1024] = "";
        int expected = 0;

        for (unsigned n = 1 + random_below(walk, 4); n > 0 && expected == 0; n--) {
                const unsigned o = random_below(walk, OBJECTS), i = random_below(walk, INSTANCES);
                Thing *thing = &after.shelves[o].things[i];
                const bool right = add_record(walk, PLAIN + o, i, text, thing);

                if (!thing->there || (thing->owner != owner && thing->owner != 0))
                        expected = PUBLISHED_E_NOT_PUBLISHER;
                else if (!right)
                        expected = PUBLISHED_E_INVALID_VALUE;
        }
        assert_int_equal(publishers_set(walk->world, owner, text), expected);
        if (expected == 0)
                walk->model = after;
}

/* -- What a server does -- */

static void take_step(Walk *walk, void (*step)(Walk *walk))
{
        const Model before = walk->model;

        step(walk);
        check(walk, &before, false);
}

/* Between the question and what comes of it. Whether the publisher has accepted. */
static bool answer(Walk *walk, RecordList *values)
{
        const bool accepts = random_below(walk, 4) > 0;

        assert_int_equal(walk->world->asked.call, walk->call);
        if (random_below(walk, 3) == 0)
                take_step(walk, step_set);
        if (random_below(walk, 4) == 0)
                take_step(walk, step_owner_gone);
        if (random_below(walk, 4) == 0)
                take_step(walk, step_withdraw);
        published_reply(walk->world->published, walk->call, accepts ? 0 : CODE_BAD_REQUEST,
                accepts ? NULL : "no", values);
        if (random_below(walk, 4) == 0)
                take_step(walk, step_owner_gone);
        return accepts;
}

/* Level and one label, by a partial update. */
static void step_write(Walk *walk)
{
        const unsigned o = random_below(walk, OBJECTS), i = random_below(walk, INSTANCES),
                       level = random_below(walk, 101), label = random_below(walk, LABELS);
        Thing *thing = &walk->model.shelves[o].things[i];
        const Path path = PATH_INSTANCE((uint16_t)(PLAIN + o), (uint16_t)i);
        const SourceRef ref = store_source(walk->world->store, path.id[0]);
        _cleanup_(record_list_done) RecordList values = {.n = 0};
        const SourceWrite write = {.path = path, .values = &values};
        SourceCall call = {.id = ++walk->call, .requester = 101};
        const unsigned owner = thing->owner;
        const bool asks = thing->handler;
        char text[1024] = "";
        Model before;
        bool done;

        if (!thing->there)
                return;
        append(text, "/%u/%u/2=%u /%u/%u/3/%u=z", PLAIN + o, i, level, PLAIN + o, i, label);
        publishers_values(text, &values);
        assert_true(ref.source->supports(ref.userdata, OPERATION_WRITE, &path));
        assert_int_equal(ref.source->write(ref.userdata, &call, &write), asks ? SOURCE_LATER : 0);
        done = !asks;
        if (asks && answer(walk, NULL)) {
                before = walk->model;
                call.granted = true;
                /* The operation looks whether it is there; none of another owner's comes meanwhile. */
                done = thing->there && thing->owner == owner;
                if (thing->there)
                        assert_int_equal(ref.source->write(ref.userdata, &call, &write), 0);
        }
        if (asks)
                store_end_call(walk->world->store, call.id);
        before = walk->model;
        if (done) {
                thing->level = (int)level;
                thing->has_labels = true;
                thing->labels[label] = 'z';
        }
        check(walk, &before, true);
}

static void step_create(Walk *walk)
{
        const unsigned o = random_below(walk, OBJECTS), i = random_below(walk, INSTANCES),
                       level = random_below(walk, 101);
        Shelf *shelf = &walk->model.shelves[o];
        const Path path = PATH_INSTANCE((uint16_t)(PLAIN + o), (uint16_t)i);
        const SourceRef ref = store_source(walk->world->store, path.id[0]);
        _cleanup_(record_list_done) RecordList values = {.n = 0}, added = {.n = 0};
        SourceCall call = {.id = ++walk->call, .requester = 101};
        const unsigned owner = shelf->publisher;
        char text[1024] = "";
        Model before;
        bool done = false;

        if (!shelf->handler || shelf->things[i].there)
                return;
        append(text, "/%u/%u/2=%u", PLAIN + o, i, level);
        publishers_values(text, &values);
        append(text, " /%u/%u/0=%u", PLAIN + o, i, level + 1);
        publishers_values(text, &added);
        assert_int_equal(ref.source->create(ref.userdata, &call, &path, &values), SOURCE_LATER);
        assert_true(ref.source->is_reserved(ref.userdata, &path));
        if (answer(walk, &added) && shelf->handler) {
                assert_int_equal(shelf->publisher, owner);
                call.granted = true;
                done = true;
                assert_int_equal(ref.source->create(ref.userdata, &call, &path, &values), 0);
        }
        store_end_call(walk->world->store, call.id);
        assert_false(ref.source->is_reserved(ref.userdata, &path));
        before = walk->model;
        if (done)
                shelf->things[i] = (Thing){.there = true,
                        .handler = true,
                        .owner = owner,
                        .value = (int)level + 1,
                        .level = (int)level};
        check(walk, &before, true);
}

static void step_remove(Walk *walk)
{
        const unsigned o = random_below(walk, OBJECTS), i = random_below(walk, INSTANCES);
        Shelf *shelf = &walk->model.shelves[o];
        Thing *thing = &shelf->things[i];
        const Path path = PATH_INSTANCE((uint16_t)(PLAIN + o), (uint16_t)i);
        const SourceRef ref = store_source(walk->world->store, path.id[0]);
        SourceCall call = {.id = ++walk->call, .requester = 101};
        Model before;
        bool can, done = false;

        if (!thing->there)
                return;
        can = shelf->handler && shelf->publisher == thing->owner;
        assert_int_equal(ref.source->supports(ref.userdata, OPERATION_DELETE, &path), can);
        if (!can)
                return;
        assert_int_equal(ref.source->remove(ref.userdata, &call, &path), SOURCE_LATER);
        if (answer(walk, NULL) && thing->there && shelf->handler) {
                call.granted = true;
                done = true;
                assert_int_equal(ref.source->remove(ref.userdata, &call, &path), 0);
        }
        store_end_call(walk->world->store, call.id);
        before = walk->model;
        thing->there = thing->there && !done;
        check(walk, &before, true);
}

static void walk_once(uint64_t seed)
{
        static void (*const steps[])(Walk * walk) = {
                step_add, step_add, step_add_object, step_withdraw, step_set, step_set, step_set};
        Walk walk = {.world = publishers_new(), .state = seed * 0x9e3779b97f4a7c15ULL + 1};

        for (unsigned i = 0; i < STEPS; i++) {
                const unsigned which = random_below(&walk, 12);

                if (which < ELEMENTSOF(steps))
                        take_step(&walk, steps[which]);
                else if (which < 9)
                        step_write(&walk);
                else if (which < 10)
                        step_create(&walk);
                else if (which < 11)
                        step_remove(&walk);
                else if (random_below(&walk, 8) == 0)
                        take_step(&walk, step_owner_gone);
        }
        (void)publishers_free(walk.world);
}

static void test_walk(void **state)
{
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
                print_message("seed %u\n", (unsigned)seed);
                walk_once(seed);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_walk),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
