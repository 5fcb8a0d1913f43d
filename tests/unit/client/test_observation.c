/* SPDX-License-Identifier: Apache-2.0 */
/* client/observation: which notifications, when, with which value, on a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "client/observation.h"
#include "util/parse.h"

#define START     (1000 * USEC_PER_SEC) /* any CLOCK_BOOTTIME */
#define ITEMS_MAX 4
#define TEXT_MAX  512
#define NEVER     "inf"

/* All times in s after the first answer, which is at 0. A value is a number, "true", any text, "0=5,3=6" of
 * Resource Instances, or "-" where there is none; what a composite observation observes is parted by "|". */
typedef struct Row {
        const char *attributes; /* of each item; of one: of all */
        ValueType type;
        const char *first;
        const char *changes;  /* "5:20 8:30": told at 5 and 8, unless it moves by itself */
        double end;           /* of the row */
        const char *expected; /* "10:30": a notification at 10 with 30 */
        const char *held;     /* "3-9 12-20": nothing can be sent meanwhile */
        const char *interval; /* it moves by itself, and is looked at so far apart, s, or NEVER */
        const char *looks;    /* when it is looked at, "10 20"; NULL: does not matter */
} Row;

typedef struct Run {
        const Row *row;
        Observation observation;
        char values[ITEMS_MAX][TEXT_MAX];
        char notifications[TEXT_MAX], looks[TEXT_MAX];
        uint64_t now;
} Run;

static double seconds(uint64_t usec)
{
        return (double)(usec - START) / (double)USEC_PER_SEC;
}

static uint64_t moment(const char *text)
{
        double value;

        assert_int_equal(parse_double(text, &value), 0);
        return START + (uint64_t)(value * (double)USEC_PER_SEC);
}

static _printf_(2, 3) void append(char *text, const char *format, ...)
{
        size_t n = strlen(text);
        va_list arguments;

        va_start(arguments, format);
        assert_true((size_t)vsnprintf(text + n, TEXT_MAX - n, format, arguments) < TEXT_MAX - n);
        va_end(arguments);
}

static void split(const char *text, char ret[ITEMS_MAX][TEXT_MAX])
{
        for (size_t i = 0; i < ITEMS_MAX; i++) {
                size_t length = strcspn(text, "|");

                (void)snprintf(ret[i], TEXT_MAX, "%.*s", (int)length, text);
                text += length + (text[length] == '|');
        }
}

static size_t count(const char *text)
{
        size_t n = 1;

        for (; *text; text++)
                n += *text == '|';
        return n;
}

static Value make_value(ValueType type, const char *text)
{
        Value value = {.type = type};
        int64_t whole;

        if (value_type_has_bytes(type)) {
                assert_int_equal(value_make_bytes(type, text, strlen(text), &value), 0);
                return value;
        }
        if (type == VALUE_BOOLEAN) {
                value.boolean = strcmp(text, "true") == 0;
                return value;
        }
        if (type == VALUE_FLOAT) {
                assert_int_equal(parse_double(text, &value.real), 0);
                return value;
        }
        if (type == VALUE_UNSIGNED) {
                assert_int_equal(parse_u64(text, UINT64_MAX, &value.unsigned_integer), 0);
                return value;
        }
        assert_int_equal(parse_i64(text, &whole), 0);
        value.integer = whole;
        return value;
}

static void make_records(ValueType type, const char *text, RecordList *list)
{
        _cleanup_(freep) char *copy = strdup(text);
        char *rest = copy, *word;

        assert_non_null(copy);
        if (strcmp(text, "-") == 0)
                return;
        while ((word = strsep(&rest, ","))) {
                char *equals = strchr(word, '=');
                Value value = make_value(type, equals ? equals + 1 : word);
                Path path = PATH_RESOURCE(3, 0, 7);

                if (equals) {
                        *equals = '\0';
                        path = path_append(&path, (uint16_t)strtol(word, NULL, 10));
                }
                assert_int_equal(record_list_add(list, &path, &value), 0);
        }
}

static ObservedValue take(const Run *run, size_t item)
{
        _cleanup_(record_list_done) RecordList records = {.n = 0};
        ObservedValue value;

        make_records(run->row->type, run->values[item], &records);
        assert_int_equal(observed_value_take(&PATH_RESOURCE(3, 0, 7), &records, &value), 0);
        return value;
}

static AttributeValues make_attributes(const char *text, ValueType type)
{
        _cleanup_(freep) char *copy = strdup(text);
        _cleanup_(texts_done) Texts queries = {.n = 0};
        char *rest = copy, *word, problem[ATTRIBUTE_PROBLEM_SIZE];
        AttributeValues values = {.present = 0};

        assert_non_null(copy);
        while (*text && (word = strsep(&rest, "&")))
                assert_int_equal(texts_add(&queries, word), 0);
        if (attribute_values_change(&values, &(AttributeTarget){3, type, LWM2M_1_2}, &queries, problem) != 0)
                fail_msg("%s: %s", text, problem);
        return values;
}

static void note_look(Run *run)
{
        append(run->looks, "%s%g", run->looks[0] ? " " : "", seconds(run->now));
}

static void note_notification(Run *run)
{
        append(run->notifications, "%s%g:", run->notifications[0] ? " " : "", seconds(run->now));
        for (size_t i = 0; i < run->observation.n; i++)
                append(run->notifications, "%s%s", i > 0 ? "|" : "", run->values[i]);
}

static void carry_out(Run *run, unsigned actions)
{
        Observation *observation = &run->observation;

        if (actions & OBSERVATION_ACTION_LOOK)
                note_look(run);
        while (actions & OBSERVATION_ACTION_LOOK)
                for (size_t i = 0; i < observation->n && actions & OBSERVATION_ACTION_LOOK; i++)
                        if (observation->items[i].look) {
                                ObservedValue value = take(run, i);

                                actions = observation_step(observation,
                                        &(ObservationEvent){OBSERVATION_EVENT_LOOKED, i, &value}, run->now);
                        }
        if (actions & OBSERVATION_ACTION_NOTIFY)
                note_notification(run);
        if (observation->deadline != 0)
                assert_true(observation->deadline > run->now);
}

static void step(Run *run, ObservationEventType type, size_t item)
{
        carry_out(run, observation_step(&run->observation, &(ObservationEvent){type, item, NULL}, run->now));
}

/* Everything that the observation does by itself before the moment. */
static void pass_until(Run *run, uint64_t until)
{
        while (run->observation.deadline != 0 && run->observation.deadline < until) {
                run->now = run->observation.deadline;
                step(run, OBSERVATION_EVENT_TIMER, 0);
        }
        run->now = until;
}

static void change(Run *run, const char *values)
{
        char before[ITEMS_MAX][TEXT_MAX];

        memcpy(before, run->values, sizeof(before));
        split(values, run->values);
        for (size_t i = 0; i < run->observation.n && !run->row->interval; i++)
                if (strcmp(before[i], run->values[i]) != 0)
                        step(run, OBSERVATION_EVENT_CHANGED, i);
}

static void hold(Run *run, bool held)
{
        run->observation.held = held;
        step(run, OBSERVATION_EVENT_TIMER, 0);
}

/* "5:20 8:30" and "3-9 12-20" in the order of their times. */
static void play(Run *run)
{
        _cleanup_(freep) char *changes = strdup(run->row->changes), *holds = strdup(run->row->held ?: "");
        char *rest_of_changes = changes, *rest_of_holds = holds;
        char *next_change = strsep(&rest_of_changes, " "), *next_hold = strsep(&rest_of_holds, "- ");
        char none[] = "";
        bool held = false;

        while (*next_change || *next_hold) {
                char *colon = strchr(next_change, ':');
                uint64_t at = USEC_INFINITY, hold_at = *next_hold ? moment(next_hold) : USEC_INFINITY;

                if (*next_change) {
                        *colon = '\0';
                        at = moment(next_change);
                        *colon = ':';
                }
                pass_until(run, MIN_OF(at, hold_at));
                if (hold_at <= at) {
                        held = !held;
                        hold(run, held);
                        next_hold = strsep(&rest_of_holds, "- ") ?: none;
                } else {
                        change(run, colon + 1);
                        next_change = strsep(&rest_of_changes, " ") ?: none;
                }
        }
}

static void begin(Run *run)
{
        size_t n = count(run->row->first);
        ObservedItem *items = calloc(n, sizeof(*items));
        char attributes[ITEMS_MAX][TEXT_MAX];

        assert_non_null(items);
        split(run->row->first, run->values);
        split(run->row->attributes, attributes);
        for (size_t i = 0; i < n; i++) {
                bool own = strchr(run->row->attributes, '|');

                items[i].attributes = make_attributes(attributes[own ? i : 0], run->row->type);
                if (run->row->interval)
                        items[i].interval = strcmp(run->row->interval, NEVER) == 0
                                                    ? USEC_INFINITY
                                                    : moment(run->row->interval) - START;
                items[i].notified = take(run, i);
        }
        observation_begin(&run->observation, items, n, START);
}

static void run_row(const Row *row, size_t index)
{
        Run run = {.row = row, .now = START};

        begin(&run);
        play(&run);
        pass_until(&run, START + (uint64_t)(row->end * (double)USEC_PER_SEC) + 1);
        if (strcmp(run.notifications, row->expected) != 0 ||
                (row->looks && strcmp(run.looks, row->looks) != 0))
                fail_msg("row %zu (%s; %s -> %s): notified \"%s\", looked at \"%s\"", index, row->attributes,
                        row->first, row->changes, run.notifications, run.looks);
        observation_done(&run.observation);
}

static void run_table(const Row *rows, size_t n)
{
        for (size_t i = 0; i < n; i++)
                run_row(&rows[i], i);
}

#define F VALUE_FLOAT
#define I VALUE_INTEGER
#define U VALUE_UNSIGNED
#define T VALUE_TIME
#define B VALUE_BOOLEAN
#define S VALUE_STRING

static void test_pmin_and_pmax(void **state)
{
        static const Row rows[] = {
                {"", F, "1", "", 1000, ""},
                {"", F, "1", "5:2", 1000, "5:2"},
                {"", F, "1", "5:2 5.001:3 5.002:4", 1000, "5:2 5.001:3 5.002:4"},
                {"", F, "1", "5:1", 1000, ""},
                {"pmin=0", F, "1", "0:2", 1000, "0:2"},
                {"pmin=10", F, "1", "5:2", 1000, "10:2"},
                {"pmin=10", F, "1", "10:2", 1000, "10:2"},
                {"pmin=10", F, "1", "15:2", 1000, "15:2"},
                {"pmin=10", F, "1", "5:2 7:3 9:4", 1000, "10:4"},
                {"pmin=10", F, "1", "5:2 12:3 25:4", 1000, "10:2 20:3 30:4"},
                {"pmin=10", F, "1", "50:2 51:3", 1000, "50:2 60:3"},
                /* It has changed, and the server was to hear of it. */
                {"pmin=10", F, "1", "5:2 7:1", 1000, "10:1"},
                {"pmax=20", F, "1", "", 65, "20:1 40:1 60:1"},
                {"pmax=20", F, "1", "5:2", 50, "5:2 25:2 45:2"},
                {"pmin=5&pmax=20", F, "1", "2:2 6:3 30:4", 60, "5:2 10:3 30:4 50:4"},
                {"pmin=15&pmax=15", F, "1", "4:2", 50, "15:2 30:2 45:2"},
                /* pmax is without effect then. */
                {"pmin=20&pmax=10", F, "1", "", 100, ""},
                {"pmin=20&pmax=10", F, "1", "5:2", 100, "20:2"},
                {"pmax=0", F, "1", "", 1000, ""},
                {"pmin=10&pmax=0", F, "1", "3:2", 1000, "10:2"},
        };

        run_table(rows, ELEMENTSOF(rows));
}

/* The examples of LwM2M 1.0, and what follows from "in either direction". */
static void test_gt_and_lt(void **state)
{
        static const Row rows[] = {
                {"gt=45", F, "45", "5:50 10:40", 100, "5:50 10:40"},
                {"gt=45", F, "40", "5:45 10:44.9 15:45.1", 100, "15:45.1"},
                {"gt=45", F, "50", "5:60 10:70", 100, ""},
                {"gt=45", F, "50", "5:45 10:44", 100, "10:44"},
                {"gt=45", F, "40", "5:50 6:40 7:50", 100, "5:50 6:40 7:50"},
                {"lt=20", F, "17", "5:24", 100, "5:24"},
                {"lt=20", F, "24", "5:17 10:16 15:21", 100, "5:17 15:21"},
                {"lt=20", F, "21", "5:20 10:19", 100, "10:19"},
                {"lt=20", F, "20", "5:20.5", 100, "5:20.5"},
                {"gt=85&lt=20", F, "50", "5:60 10:90 15:80 20:10", 100, "10:90 15:80 20:10"},
                {"gt=-70&lt=-90", I, "-80", "5:-71 10:-69 15:-95", 100, "10:-69 15:-95"},
                {"gt=0.5", F, "0.4", "5:0.5 6:0.51", 100, "6:0.51"},
        };

        run_table(rows, ELEMENTSOF(rows));
}

static void test_st(void **state)
{
        static const Row rows[] = {
                {"st=10", F, "20", "5:35 10:20", 100, "5:35 10:20"},
                {"st=10", F, "20", "5:29 10:30", 100, "10:30"},
                {"st=10", F, "20", "5:10", 100, "5:10"},
                /* Each is near the one before, but not near what was notified. */
                {"st=10", F, "20", "1:24 2:28 3:32 4:36 5:40 6:42", 100, "3:32 6:42"},
                {"st=0", F, "20", "5:20 10:20.001", 100, "10:20.001"},
                {"st=0.1", F, "1", "5:1.05 6:1.15", 100, "6:1.15"},
                {"gt=45&st=10", F, "45", "5:50 10:41 15:52", 100, "5:50 10:41 15:52"},
                {"lt=20&gt=85&st=10", F, "75", "5:90 10:87 15:50 20:45 25:10", 100, "5:90 15:50 25:10"},
                {"gt=85&st=10", F, "50", "5:58 6:62 7:86 8:87", 100, "6:62 7:86"},
                {"lt=20&st=100", F, "30", "5:25 6:19 7:18", 100, "6:19"},
        };

        run_table(rows, ELEMENTSOF(rows));
}

static void test_conditions_and_periods(void **state)
{
        static const Row rows[] = {
                {"pmin=10&gt=45", F, "40", "5:50", 100, "10:50"},
                /* It went over the threshold while nothing could be sent: it is told, with what is there
                 * now.
                 */
                {"pmin=10&gt=45", F, "40", "5:50 7:40", 100, "10:40"},
                {"pmin=10&gt=45", F, "40", "5:41 7:42", 100, ""},
                {"pmin=10&lt=20", F, "40", "3:19 11:18 14:25", 100, "10:19 20:25"},
                {"pmin=10&st=10", F, "20", "1:25 2:30 3:31", 100, "10:31"},
                {"pmin=10&st=10", F, "20", "1:30 12:35", 100, "10:30"},
                {"pmax=20&gt=45", F, "40", "5:41 30:50", 60, "20:41 30:50 50:50"},
                {"pmax=20&lt=20", F, "40", "10:15 25:12 36:30", 60, "10:15 30:12 36:30 56:30"},
                /* What was notified by pmax counts as well. */
                {"pmax=20&st=10", F, "20", "5:25 22:34 23:35", 50, "20:25 23:35 43:35"},
                {"pmin=10&pmax=30&gt=45", F, "40", "5:50 31:40", 70, "10:50 31:40 61:40"},
                {"pmin=10&pmax=30&st=5", I, "0", "5:5 6:20 50:21", 80, "10:20 40:20 70:21"},
                {"pmin=60&pmax=10&gt=45", F, "40", "5:50", 200, "60:50"},
        };

        run_table(rows, ELEMENTSOF(rows));
}

static void test_types(void **state)
{
        static const Row rows[] = {
                {"", I, "1", "5:2 6:2", 100, "5:2"},
                {"gt=9007199254740992", I, "9007199254740992", "5:9007199254740993", 100,
                        "5:9007199254740993"},
                {"st=1", I, "9223372036854775806", "5:9223372036854775807", 100, "5:9223372036854775807"},
                {"st=1", I, "-9223372036854775808", "5:9223372036854775807", 100, "5:9223372036854775807"},
                {"lt=5", U, "7", "5:6 6:4", 100, "6:4"},
                {"st=2", U, "18446744073709551613", "5:18446744073709551614 6:18446744073709551615", 100,
                        "6:18446744073709551615"},
                {"st=1", U, "1", "5:0", 100, "5:0"},
                {"gt=1700000000", T, "1700000000", "5:1700000001", 100, "5:1700000001"},
                {"", B, "false", "5:true 6:false", 100, "5:true 6:false"},
                {"pmin=10", B, "false", "5:true", 100, "10:true"},
                {"", S, "a", "5:b 6:b 7:", 100, "5:b 7:"},
                {"pmin=10&pmax=30", S, "a", "5:b 6:c", 75, "10:c 40:c 70:c"},
                {"", VALUE_OPAQUE, "a", "5:ab", 100, "5:ab"},
                {"", F, "-", "5:1 6:-", 100, "5:1 6:-"},
                {"gt=45", F, "-", "5:1 6:2 7:-", 100, "5:1 7:-"},
        };

        run_table(rows, ELEMENTSOF(rows));
}

static void test_edge(void **state)
{
        static const Row rows[] = {
                {"edge=1", B, "false", "5:true 6:false 7:true", 100, "5:true 7:true"},
                {"edge=0", B, "false", "5:true 6:false 7:true 8:false", 100, "6:false 8:false"},
                {"edge=1", B, "true", "5:false", 100, ""},
                {"edge=0", B, "true", "5:false", 100, "5:false"},
                {"edge=1&pmin=10", B, "false", "5:true 6:false", 100, "10:false"},
                {"edge=1&pmin=10", B, "true", "5:false 12:true 13:false 14:true", 100, "12:true 22:true"},
                {"edge=1&pmax=20", B, "true", "5:false 30:true", 60, "20:false 30:true 50:true"},
                {"edge=0&pmin=5&pmax=20", B, "true", "2:false 3:true", 40, "5:true 25:true"},
                {"edge=1", B, "0=false,1=false", "5:0=false,1=true 6:0=false,1=false", 100,
                        "5:0=false,1=true"},
        };

        run_table(rows, ELEMENTSOF(rows));
}

static void test_multiple_values(void **state)
{
        static const Row rows[] = {
                {"", I, "0=1,1=5", "5:0=1,1=6", 100, "5:0=1,1=6"},
                {"", I, "0=1,1=5", "5:0=5,1=1", 100, "5:0=5,1=1"},
                {"", I, "0=1", "5:0=1,1=5 6:1=5", 100, "5:0=1,1=5 6:1=5"},
                {"gt=45", I, "0=10,1=50", "5:0=20,1=60 6:0=46,1=60 7:0=46,1=45 8:0=46,1=44", 100,
                        "6:0=46,1=60 8:0=46,1=44"},
                {"st=10", I, "0=10,1=50", "5:0=19,1=59 6:0=20,1=59", 100, "6:0=20,1=59"},
                /* One that comes or goes has no value to compare with. */
                {"gt=45", I, "0=10", "5:0=10,1=1 6:0=11,1=2 7:0=11", 100, "5:0=10,1=1 7:0=11"},
                {"gt=45", I, "0=10", "5:3=10", 100, "5:3=10"},
                {"pmin=10&st=10", I, "0=10,1=50", "5:0=20,1=50 6:0=20,1=60", 100, "10:0=20,1=60"},
        };

        run_table(rows, ELEMENTSOF(rows));
}

static void test_epmin_and_epmax(void **state)
{
        static const Row rows[] = {
                {"epmin=10", F, "1", "5:2", 100, "10:2", .looks = "10"},
                {"epmin=10", F, "1", "5:2 6:3 7:4", 100, "10:4", .looks = "10"},
                /* Not looked at in between. */
                {"epmin=10", F, "1", "5:2 7:1", 100, "", .looks = "10"},
                {"epmin=10&gt=45", F, "40", "5:50 8:40", 100, "", .looks = "10"},
                {"epmin=10&gt=45", F, "40", "15:50 16:40 17:41", 100, "15:50 25:41", .looks = "15 25"},
                {"epmin=10&pmin=25", F, "1", "5:2 12:3", 100, "25:3", .looks = "10 25"},
                {"epmin=20&pmin=5", F, "1", "6:2 8:3 30:4", 100, "20:3 40:4", .looks = "20 40"},
                {"epmin=20&pmax=15", F, "1", "5:2", 40, "15:2 30:2", .looks = "15 30"},
                {"epmin=5&epmax=30", F, "1", "2:2", 200, "5:2", .looks = "5"},
                /* No change, so nothing is another one at epmax either. */
                {"epmax=30", F, "1", "", 200, "", .looks = ""},
                {"epmax=30", F, "1", "50:2", 200, "50:2", .looks = "50"},
        };

        run_table(rows, ELEMENTSOF(rows));
}

static void test_values_that_move_by_themselves(void **state)
{
        static const Row rows[] = {
                {"", I, "1", "5:2 12:3", 35, "10:2 20:3", .interval = "10", .looks = "10 20 30"},
                {"pmin=25", I, "1", "5:2 30:3", 85, "25:2 50:3", .interval = "10", .looks = "25 50 75 85"},
                {"epmin=25", I, "1", "5:2", 60, "25:2", .interval = "10", .looks = "25 50"},
                {"epmax=20", I, "1", "5:2", 45, "20:2", .interval = "60", .looks = "20 40"},
                {"epmax=2", I, "1", "5:2", 25, "10:2", .interval = "60", .looks = "10 20"},
                {"epmax=20", I, "1", "3:2", 12, "5:2", .interval = "5", .looks = "5 10"},
                {"gt=45&pmin=5", I, "40", "3:50 14:46", 45, "10:50", .interval = "10",
                        .looks = "10 20 30 40"},
                {"pmax=15", I, "1", "3:2 33:3", 50, "10:2 25:2 35:3 50:3", .interval = "10",
                        .looks = "10 20 25 35 45 50"},
                {"", T, "1", "1:2 2:3", 1000, "", .interval = NEVER, .looks = ""},
                {"pmax=60", T, "1", "1:2 61:62", 130, "60:2 120:62", .interval = NEVER, .looks = "60 120"},
                {"gt=5&pmax=60", T, "1", "30:31", 100, "60:31", .interval = NEVER, .looks = "60"},
        };

        run_table(rows, ELEMENTSOF(rows));
}

static void test_composite(void **state)
{
        static const Row rows[] = {
                {"", F, "1|2|3", "5:1|2|4", 100, "5:1|2|4"},
                {"pmin=10", F, "1|2", "5:2|2 7:2|3", 100, "10:2|3"},
                {"pmax=20", F, "1|2", "5:1|3", 50, "5:1|3 25:1|3 45:1|3"},
                /* ETS 304: one of them has attributes. */
                {"pmin=30&pmax=45||", F, "1|2|3", "", 100, "45:1|2|3 90:1|2|3"},
                {"pmin=30&pmax=45||", F, "1|2|3", "5:2|2|3", 60, "30:2|2|3"},
                {"pmin=30&pmax=45||", F, "1|2|3", "5:1|9|3", 40, "5:1|9|3"},
                /* Each by its own: the nearest pmax, and whichever condition is met. */
                {"pmax=20|pmax=15", F, "1|2", "", 35, "15:1|2 30:1|2"},
                {"gt=45|lt=10", F, "40|20", "5:41|20 6:41|15 7:41|9 8:46|9", 100, "7:41|9 8:46|9"},
                {"st=10|pmin=10", F, "40|20", "5:45|20 6:45|21 7:50|21", 100, "7:50|21"},
                {"st=10|pmin=10", F, "40|20", "6:45|21 12:54|21", 100, "10:45|21"},
                /* ETS 308, 309: one that comes, and goes. */
                {"", F, "1|-", "5:1|7 9:1|-", 100, "5:1|7 9:1|-"},
                {"epmin=10|", F, "1|2", "3:2|2 5:2|3 6:3|3", 100, "5:2|3 15:3|3"},
        };

        run_table(rows, ELEMENTSOF(rows));
}

/* A server that is slow (its acknowledgement is still to come) or asleep, and is back. */
static void test_held(void **state)
{
        static const Row rows[] = {
                {"", F, "1", "5:2", 100, "9:2", .held = "3-9"},
                {"", F, "1", "5:2 6:3 7:4", 100, "9:4", .held = "3-9", .looks = "5 9"},
                {"", F, "1", "5:2 6:1", 100, "9:1", .held = "3-9"},
                {"", F, "1", "2:2 9:3", 100, "2:2 9:3", .held = "3-9"},
                {"", F, "1", "5:2 12:3", 100, "9:2 20:3", .held = "3-9 11-20"},
                {"pmin=10", F, "1", "5:2", 100, "10:2", .held = "3-9"},
                {"pmin=10", F, "1", "5:2", 100, "15:2", .held = "3-15"},
                {"pmin=10", F, "1", "5:2 16:3", 100, "15:2 25:3", .held = "3-15"},
                {"pmax=20", F, "1", "", 60, "35:1 55:1", .held = "3-35"},
                {"pmax=20", F, "1", "", 90, "85:1", .held = "3-85"},
                {"gt=45", F, "40", "5:50 6:40", 100, "9:40", .held = "3-9"},
                {"gt=45", F, "40", "5:41", 100, "", .held = "3-9", .looks = "5"},
                {"st=10&pmin=5", F, "20", "1:30 7:45", 100, "9:45", .held = "3-9"},
                {"edge=1", B, "false", "4:true 5:false 6:true", 100, "9:true", .held = "3-9"},
                {"", F, "1|2", "4:2|2 5:2|3", 100, "9:2|3", .held = "3-9"},
                {"pmin=10&pmax=20", F, "1", "50:2", 90, "45:1 55:2 75:2", .held = "3-45"},
                {"", I, "1", "5:2 12:3", 60, "25:3", .held = "3-25", .interval = "10",
                        .looks = "10 25 35 45 55"},
        };

        run_table(rows, ELEMENTSOF(rows));
}

/* Other attributes count from the notification before. */
static void test_attributes_that_change(void **state)
{
        const Row row = {"pmin=30", F, "1", "", 0, ""};
        Run run = {.row = &row, .now = START};

        begin(&run);
        assert_int_equal(run.observation.deadline, 0);
        pass_until(&run, moment("5"));
        change(&run, "2");
        assert_int_equal(run.observation.deadline, moment("30"));

        pass_until(&run, moment("6"));
        run.observation.items[0].attributes = make_attributes("pmin=10", F);
        step(&run, OBSERVATION_EVENT_TIMER, 0);
        pass_until(&run, moment("15"));
        run.observation.items[0].attributes = make_attributes("pmin=10&pmax=40", F);
        step(&run, OBSERVATION_EVENT_TIMER, 0);
        pass_until(&run, moment("51"));
        run.observation.items[0].attributes = make_attributes("gt=5&pmax=4", F);
        step(&run, OBSERVATION_EVENT_TIMER, 0);
        pass_until(&run, moment("55"));
        run.observation.items[0].attributes = make_attributes("gt=5", F);
        step(&run, OBSERVATION_EVENT_TIMER, 0);
        assert_int_equal(run.observation.deadline, 0);
        pass_until(&run, moment("60"));
        change(&run, "3");
        pass_until(&run, moment("61"));
        change(&run, "6");
        assert_string_equal(run.notifications, "10:2 50:2 54:2 61:6");
        observation_done(&run.observation);
}

/* A server that is gone before it has acknowledged, and is back: it is told what is there then, at once. */
static void test_lost(void **state)
{
        const Row row = {"pmin=10", F, "1", "", 0, ""};
        Run run = {.row = &row, .now = START};

        begin(&run);
        pass_until(&run, moment("15"));
        change(&run, "2");
        pass_until(&run, moment("20"));
        run.observation.held = true;
        step(&run, OBSERVATION_EVENT_LOST, 0);
        assert_int_equal(run.observation.deadline, 0);
        pass_until(&run, moment("22"));
        hold(&run, false);
        pass_until(&run, moment("23"));
        step(&run, OBSERVATION_EVENT_LOST, 0);
        assert_int_equal(run.observation.deadline, moment("24"));
        pass_until(&run, moment("24.5"));
        change(&run, "3");
        pass_until(&run, moment("50"));
        assert_string_equal(run.notifications, "15:2 22:2 24:2 34:3");
        observation_done(&run.observation);
}

/* Whatever happens: no two within pmin, none later than pmax after the one before, no deadline without a
 * reason, and the last value arrives where any change counts. */
static void test_random_walk(void **state)
{
        srandom(20261128);
        for (size_t walk = 0; walk < 2000; walk++) {
                uint64_t pmin = (uint64_t)random() % 20, pmax = (uint64_t)random() % 60;
                char attributes[64], value[16] = "0";
                const Row row = {attributes, I, "0", "", 0, ""};
                Run run = {.row = &row, .now = START};
                uint64_t notified_at = START;

                (void)snprintf(
                        attributes, sizeof(attributes), "pmin=%u&pmax=%u", (unsigned)pmin, (unsigned)pmax);
                begin(&run);
                for (size_t i = 0; i < 40; i++) {
                        uint64_t until = run.now + (uint64_t)random() % 20 * USEC_PER_SEC + 1;

                        while (run.observation.deadline != 0 && run.observation.deadline < until) {
                                run.now = run.observation.deadline;
                                step(&run, OBSERVATION_EVENT_TIMER, 0);
                                assert_int_equal(run.observation.notified_at, run.now);
                                assert_true(run.now - notified_at >= pmin * USEC_PER_SEC);
                                notified_at = run.now;
                        }
                        run.now = until;
                        (void)snprintf(value, sizeof(value), "%u", (unsigned)random() % 3);
                        change(&run, value);
                        if (run.observation.notified_at != notified_at)
                                assert_true(run.now - notified_at >= pmin * USEC_PER_SEC);
                        notified_at = run.observation.notified_at;
                        if (pmax > 0 && pmax >= pmin)
                                assert_true(run.observation.deadline <= notified_at + pmax * USEC_PER_SEC);
                        else if (!run.observation.items[0].due)
                                assert_int_equal(run.observation.deadline, 0);
                        run.notifications[0] = run.looks[0] = '\0';
                }
                pass_until(&run, run.now + 21 * USEC_PER_SEC);
                {
                        ObservedValue last = take(&run, 0);

                        assert_true(last.digest == run.observation.items[0].notified.digest);
                        observed_value_done(&last);
                }
                observation_done(&run.observation);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pmin_and_pmax),
                cmocka_unit_test(test_gt_and_lt),
                cmocka_unit_test(test_st),
                cmocka_unit_test(test_conditions_and_periods),
                cmocka_unit_test(test_types),
                cmocka_unit_test(test_edge),
                cmocka_unit_test(test_multiple_values),
                cmocka_unit_test(test_epmin_and_epmax),
                cmocka_unit_test(test_values_that_move_by_themselves),
                cmocka_unit_test(test_composite),
                cmocka_unit_test(test_held),
                cmocka_unit_test(test_attributes_that_change),
                cmocka_unit_test(test_lost),
                cmocka_unit_test(test_random_walk),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
