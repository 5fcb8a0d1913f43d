/* SPDX-License-Identifier: Apache-2.0 */
/* Colours on a terminal. */
#include "ctl/colour.h"

/* Select Graphic Rendition (ECMA-48, 8.3.117); colours 0 to 7 are the user's own choice, dark or light. */
#define SGR_RESET "\x1b[0m"

static const char *const sgr_table[] = {
        [COLOUR_NONE] = "",
        [COLOUR_GOOD] = "\x1b[32m",
        [COLOUR_WAIT] = "\x1b[33m",
        [COLOUR_BAD] = "\x1b[31m",
        [COLOUR_HEAD] = "\x1b[1m",
};
static_assert(ELEMENTSOF(sgr_table) == _COLOUR_MAX, "one sequence each");

bool output_is_terminal(void)
{
        static int answer = -1;

        if (answer < 0) {
                const char *term = getenv("TERM");

                answer = isatty(STDOUT_FILENO) && term && term[0] && strcmp(term, "dumb") != 0;
        }
        return answer > 0;
}

static bool has_colours(void)
{
        static int answer = -1;

        if (answer < 0) {
                const char *refused = getenv("NO_COLOR");

                answer = output_is_terminal() && (!refused || !refused[0]);
        }
        return answer > 0;
}

const char *colour_begin(Colour colour)
{
        return has_colours() ? sgr_table[colour] : "";
}

const char *colour_end(Colour colour)
{
        return has_colours() && colour != COLOUR_NONE ? SGR_RESET : "";
}

typedef struct Meaning {
        const char *word;
        Colour colour;
} Meaning;

static Colour find(const Meaning *meanings, size_t n, const char *word, Colour other)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(meanings[i].word, word) == 0)
                        return meanings[i].colour;
        return other;
}

Colour colour_of_status(const char *status)
{
        static const Meaning meanings[] = {
                {"registered", COLOUR_GOOD},
                {"queue-mode", COLOUR_GOOD},
                {"suspended", COLOUR_GOOD},
                {"failure", COLOUR_BAD},
        };

        return find(meanings, ELEMENTSOF(meanings), status, COLOUR_WAIT);
}

Colour colour_of_state(const char *state)
{
        static const Meaning meanings[] = {
                {"registered", COLOUR_GOOD},
                {"updating", COLOUR_GOOD},
                {"sleeping", COLOUR_GOOD},
                {"disabled", COLOUR_GOOD},
                {"idle", COLOUR_NONE},
                {"failed", COLOUR_BAD},
        };

        return find(meanings, ELEMENTSOF(meanings), state, COLOUR_WAIT);
}

Colour colour_of_code(const char *code)
{
        return code[0] == '2' ? COLOUR_GOOD : code[0] == '4' || code[0] == '5' ? COLOUR_BAD : COLOUR_WAIT;
}

Colour colour_of_result(const char *result)
{
        static const Meaning meanings[] = {
                {"finished", COLOUR_GOOD},
                {"running", COLOUR_WAIT},
                {"aborted", COLOUR_WAIT},
        };

        return find(meanings, ELEMENTSOF(meanings), result, COLOUR_BAD);
}

Colour colour_of_update(const char *result)
{
        static const Meaning meanings[] = {
                {"success", COLOUR_GOOD},
                {"running", COLOUR_WAIT},
                {"initial", COLOUR_WAIT},
                {"cancelled", COLOUR_WAIT},
                {"deferred", COLOUR_WAIT},
        };

        return find(meanings, ELEMENTSOF(meanings), result, COLOUR_BAD);
}
