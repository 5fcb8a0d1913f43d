/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of lwm2mctl. */
#include <getopt.h>

#include "config.h"
#include "ctl/command_line.h"
#include "ctl/format.h"
#include "util/clock.h"
#include "util/parse.h"

#define OPTION_FIRST 0x100 /* of those without a letter */
#define OPTION_WORD  1     /* getopt_long(): not an option */
#define USAGE_WIDTH  27    /* of the column with the verbs in the help */

static void print_help(const Verb *verbs, size_t n_verbs)
{
        (void)fputs("lwm2mctl [OPTION...] [VERB]\n"
                    "\n"
                    "Look at and control the LwM2M client.\n"
                    "\n"
                    "Verbs:\n",
                stdout);
        for (size_t i = 0; i < n_verbs; i++) {
                int n = printf("  %s%s%s", verbs[i].name, verbs[i].usage ? " " : "", verbs[i].usage ?: "");

                (void)printf("%*s%s\n", MAX_OF(USAGE_WIDTH + 2 - n, 2), "", verbs[i].text);
        }
        (void)fputs("\n"
                    "Options:\n"
                    "      --address=BUS     The address of the bus, instead of the system bus\n"
                    "      --format=FORMAT   Of send: senml-cbor, senml-json, lwm2m-cbor\n"
                    "      --json=MODE       JSON instead of text: short, pretty, off\n"
                    "      --no-pager        For scripts: there is never a pager\n"
                    "      --timeout=TIME    Wait at most so long: 30s, 2min; 0: as without\n"
                    "      --wait            Wait for the outcome of bootstrap or restart\n"
                    "  -h, --help            Show this help\n"
                    "      --version         Show the version\n",
                stdout);
}

/* -- the verb and its words -- */

static const Verb *find_verb(const char *name, const Verb *verbs, size_t n_verbs)
{
        for (size_t i = 0; i < n_verbs; i++)
                if (strcmp(verbs[i].name, name) == 0)
                        return &verbs[i];
        (void)fprintf(stderr, "lwm2mctl: unknown verb '%s'; \"lwm2mctl --help\" names all\n", name);
        return NULL;
}

static unsigned count_kinds(const Verb *verb)
{
        unsigned n = 0;

        while (verb->words[n])
                n++;
        return n;
}

/* Of the word with this index. NULL: the verb takes no such word. */
static const WordKind *kind_of(const Verb *verb, unsigned i)
{
        unsigned n = count_kinds(verb);

        if (i < n)
                return verb->words[i];
        return verb->repeated > 0 ? verb->words[n - verb->repeated + (i - n) % verb->repeated] : NULL;
}

/* Whether n words of the right kinds are all that the verb needs. */
static bool is_complete(const Verb *verb, unsigned n)
{
        unsigned kinds = count_kinds(verb);

        return n <= kinds ? n + verb->optional >= kinds
                          : verb->repeated > 0 && (n - kinds) % verb->repeated == 0;
}

/* The words behind the verb; what is wrong is told. */
static bool takes_words(const Verb *verb, unsigned n, char **words)
{
        for (unsigned i = 0; i < n; i++) {
                const WordKind *kind = kind_of(verb, i);

                if (!kind) {
                        (void)fprintf(stderr, "lwm2mctl: one word too many: '%s'\n", words[i]);
                        return false;
                }
                if (kind->accepts && !kind->accepts(words[i])) {
                        (void)fputs("lwm2mctl: '", stderr);
                        format_text(stderr, words[i]);
                        (void)fprintf(stderr, "' is not %s\n", kind->what);
                        return false;
                }
        }
        if (is_complete(verb, n))
                return true;
        (void)fprintf(stderr, "lwm2mctl: '%s' needs %s\n", verb->name, kind_of(verb, n)->what);
        return false;
}

static bool takes_option(const Verb *verb, bool given, VerbOptions option, const char *name)
{
        if (!given || verb->options & option)
                return true;
        (void)fprintf(stderr, "lwm2mctl: '%s' does not take '%s'\n", verb->name, name);
        return false;
}

/* The words that are no options, ended by NULL. NULL: wrong, and told. */
static const Verb *parse_words(unsigned n, char **words, const Verb *verbs, size_t n_verbs, Ctl *ctl)
{
        const Verb *verb = n > 0 ? find_verb(words[0], verbs, n_verbs) : &verbs[0];

        if (!verb)
                return NULL;
        if (n > 0) {
                n--;
                words++;
        }
        if (!takes_words(verb, n, words) || !takes_option(verb, ctl->wait, VERB_TAKES_WAIT, "--wait") ||
                !takes_option(verb, ctl->format, VERB_TAKES_FORMAT, "--format"))
                return NULL;
        ctl->words = words;
        ctl->n_words = n;
        return verb;
}

/* -- options -- */

static bool parse_json_mode(const char *text, JsonMode *ret)
{
        static const char *const json_mode_table[] = {
                [JSON_OFF] = "off",
                [JSON_SHORT] = "short",
                [JSON_PRETTY] = "pretty",
        };

        for (size_t i = 0; i < ELEMENTSOF(json_mode_table); i++)
                if (strcmp(json_mode_table[i], text) == 0) {
                        *ret = (JsonMode)i;
                        return true;
                }
        (void)fprintf(stderr, "lwm2mctl: '--json' is short, pretty or off, not '%s'\n", text);
        return false;
}

static bool parse_format(const char *text, const char **ret)
{
        static const char *const formats[] = {"senml-cbor", "senml-json", "lwm2m-cbor"};

        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                if (strcmp(formats[i], text) == 0) {
                        *ret = text;
                        return true;
                }
        (void)fprintf(
                stderr, "lwm2mctl: '--format' is senml-cbor, senml-json or lwm2m-cbor, not '%s'\n", text);
        return false;
}

/* Counted from now on. */
static bool parse_timeout(const char *text, Ctl *ctl)
{
        uint64_t now = clock_monotonic(&clock_system);

        if (parse_duration(text, &ctl->timeout) < 0 || ctl->timeout > USEC_INFINITY - 1 - now) {
                (void)fprintf(stderr, "lwm2mctl: '--timeout' is a time like 30s or 2min, not '%s'\n", text);
                return false;
        }
        ctl->deadline = ctl->timeout > 0 ? now + ctl->timeout : USEC_INFINITY;
        return true;
}

/* word: the one that getopt_long() stands behind, which a cluster of short options has not left yet. */
static void refuse_option(int option, const char *word)
{
        if (option == ':')
                (void)fprintf(stderr, "lwm2mctl: '%s' needs a value\n", word);
        else if (optopt > 0 && optopt < OPTION_FIRST)
                (void)fprintf(stderr, "lwm2mctl: unknown option '-%c'\n", optopt);
        else if (optopt >= OPTION_FIRST)
                (void)fprintf(stderr, "lwm2mctl: '%.*s' takes no value\n", (int)strcspn(word, "="), word);
        else
                (void)fprintf(stderr, "lwm2mctl: unknown option '%s'\n", word);
}

/* As getopt_long() with words in their order; a negative number is a word, as no option of ours is one. */
static int next_option(int argc, char *argv[], const struct option *options)
{
        const char *word = optind < argc ? argv[optind] : "";

        if (word[0] == '-' && strchr("0123456789.", word[1] ?: 'x')) {
                optarg = argv[optind++];
                return OPTION_WORD;
        }
        return getopt_long(argc, argv, "-:h", options, NULL);
}

int command_line_parse(
        int argc, char *argv[], const Verb *verbs, size_t n_verbs, Ctl *ret_ctl, const Verb **ret_verb)
{
        enum {
                OPTION_ADDRESS = OPTION_FIRST,
                OPTION_FORMAT,
                OPTION_HELP,
                OPTION_JSON,
                OPTION_NO_PAGER,
                OPTION_TIMEOUT,
                OPTION_VERSION,
                OPTION_WAIT,
        };
        static const struct option options[] = {
                {"address", required_argument, NULL, OPTION_ADDRESS},
                {"format", required_argument, NULL, OPTION_FORMAT},
                {"help", no_argument, NULL, OPTION_HELP},
                {"json", required_argument, NULL, OPTION_JSON},
                {"no-pager", no_argument, NULL, OPTION_NO_PAGER},
                {"timeout", required_argument, NULL, OPTION_TIMEOUT},
                {"version", no_argument, NULL, OPTION_VERSION},
                {"wait", no_argument, NULL, OPTION_WAIT},
                {},
        };
        unsigned n = 0;
        Ctl ctl = {.deadline = USEC_INFINITY};
        int option;

        opterr = 0;
        while ((option = next_option(argc, argv, options)) >= 0)
                switch (option) {
                case OPTION_WORD:
                        argv[n++] = optarg; /* where something stood that has been read */
                        break;
                case OPTION_ADDRESS:
                        ctl.address = optarg;
                        break;
                case OPTION_FORMAT:
                        if (!parse_format(optarg, &ctl.format))
                                return CTL_USAGE;
                        break;
                case OPTION_JSON:
                        if (!parse_json_mode(optarg, &ctl.json))
                                return CTL_USAGE;
                        break;
                case OPTION_NO_PAGER:
                        break; /* there is none; scripts may say it all the same */
                case OPTION_TIMEOUT:
                        if (!parse_timeout(optarg, &ctl))
                                return CTL_USAGE;
                        break;
                case OPTION_WAIT:
                        ctl.wait = true;
                        break;
                case OPTION_VERSION:
                        (void)puts("lwm2mctl " PROJECT_VERSION);
                        return CTL_DONE;
                case OPTION_HELP:
                case 'h':
                        print_help(verbs, n_verbs);
                        return CTL_DONE;
                default:
                        refuse_option(option, argv[optind - 1]);
                        return CTL_USAGE;
                }
        while (optind < argc)
                argv[n++] = argv[optind++];
        argv[n] = NULL;
        *ret_verb = parse_words(n, argv, verbs, n_verbs, &ctl);
        *ret_ctl = ctl;
        return *ret_verb ? -1 : CTL_USAGE;
}
