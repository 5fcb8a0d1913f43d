/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl: look at and control the LwM2M client over D-Bus. */
#include <getopt.h>
#include <locale.h>

#include "config.h"
#include "ctl/verb_check.h"
#include "ctl/verb_control.h"
#include "ctl/verb_monitor.h"
#include "ctl/verb_send.h"
#include "ctl/verb_servers.h"
#include "ctl/verb_status.h"
#include "ctl/verb_values.h"

typedef struct Verb {
        const char *name;
        int (*run)(const Ctl *ctl);
        const char *word;                  /* what its argument is, NULL: it takes none */
        bool (*accepts)(const char *word); /* NULL: any */
        bool may_wait;
        bool offline;                            /* needs no bus */
        const char *others;                      /* likewise of one argument or more behind it */
        bool (*accepts_other)(const char *word); /* where there are others */
        bool pairs;                              /* the word and one of the others, again and again */
} Verb;

static const Verb verbs[] = {
        {"status", verb_status, NULL, NULL, false, false},
        {"servers", verb_servers, NULL, NULL, false, false},
        {"server", verb_server, "a Short Server ID", server_accepts, false, false},
        {"monitor", verb_monitor, NULL, NULL, false, false},
        {"bootstrap", verb_bootstrap, NULL, NULL, true, false},
        {"restart", verb_restart, NULL, NULL, true, false},
        {"reload", verb_reload, NULL, NULL, false, false},
        {"reset", verb_reset, NULL, NULL, false, false},
        {"send", verb_send, "a Short Server ID", server_accepts, false, false, "a path", path_accepts},
        {"objects", verb_objects, NULL, NULL, false, false},
        {"get", verb_get, NULL, NULL, false, false, "a path", path_accepts},
        {"set", verb_set, "a path", path_accepts, false, false, "a value", value_accepts, true},
        {"check", verb_check, "a configuration file", NULL, false, true},
};

#define OPTION_FIRST 0x100 /* of those without a letter */
#define OPTION_WORD  1     /* getopt_long(): not an option */

static const char *const json_mode_table[] = {
        [JSON_OFF] = "off",
        [JSON_SHORT] = "short",
        [JSON_PRETTY] = "pretty",
};

static void print_help(void)
{
        (void)fputs("lwm2mctl [OPTION...] [VERB]\n"
                    "\n"
                    "Look at and control the LwM2M client.\n"
                    "\n"
                    "Verbs:\n"
                    "  status                The client as a whole (the default)\n"
                    "  servers               A table of the LwM2M Servers\n"
                    "  server SSID           Everything about one of them\n"
                    "  monitor               A line for each change, over restarts of daemon and bus\n"
                    "  bootstrap [--wait]    Bootstrap now\n"
                    "  restart [--wait]      Close all sessions and begin again\n"
                    "  reload                Read the configuration again\n"
                    "  reset                 Forget what was bootstrapped and begin again\n"
                    "  send SSID PATH...     Send a server what is at these paths\n"
                    "  objects               A table of the Objects that servers see\n"
                    "  get PATH...           The values at these paths, or below them\n"
                    "  set PATH VALUE...     Set values of objects: in the YAML: all, or none\n"
                    "  check FILE            Check a configuration; needs no bus\n"
                    "\n"
                    "Options:\n"
                    "      --address=BUS     The address of the bus, instead of the system bus\n"
                    "      --format=FORMAT   Of send: senml-cbor, senml-json, lwm2m-cbor\n"
                    "      --json=MODE       JSON instead of text: short, pretty, off\n"
                    "      --no-pager        Do not show the output in a pager\n"
                    "      --wait            Wait for the outcome of bootstrap or restart\n"
                    "  -h, --help            Show this help\n"
                    "      --version         Show the version\n",
                stdout);
}

static const Verb *find_verb(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (strcmp(verbs[i].name, name) == 0)
                        return &verbs[i];
        (void)fprintf(stderr, "lwm2mctl: unknown verb '%s'\n", name);
        return NULL;
}

/* The words behind the verb; what is wrong is told. */
static bool takes_words(const Verb *verb, int n, char **words)
{
        const int first = verb->word ? 1 : 0;

        if (n < first || (verb->others && n == first) || (verb->pairs && n % 2 != 0)) {
                (void)fprintf(stderr, "lwm2mctl: '%s' needs %s\n", verb->name,
                        n < first ? verb->word : verb->others);
                return false;
        }
        for (int i = 0; i < n; i++) {
                bool other = i >= first && !(verb->pairs && i % 2 == 0);
                bool (*accepts)(const char *word) = other ? verb->accepts_other : verb->accepts;

                if (other && !verb->others) {
                        (void)fprintf(stderr, "lwm2mctl: one word too many: '%s'\n", words[i]);
                        return false;
                }
                if (accepts && !accepts(words[i])) {
                        (void)fputs("lwm2mctl: '", stderr);
                        format_text(stderr, words[i]);
                        (void)fprintf(stderr, "' is not %s\n", other ? verb->others : verb->word);
                        return false;
                }
        }
        return true;
}

/* The words behind the options. NULL: wrong, and told. */
static const Verb *parse_words(int n, char **words, Ctl *ctl)
{
        const Verb *verb = find_verb(n > 0 ? words[0] : "status");

        if (!verb)
                return NULL;
        if (n > 0) {
                n--;
                words++;
        }
        if (!takes_words(verb, n, words))
                return NULL;
        if (ctl->wait && !verb->may_wait) {
                (void)fprintf(stderr, "lwm2mctl: '%s' does not take '--wait'\n", verb->name);
                return NULL;
        }
        if (ctl->format && verb->run != verb_send) {
                (void)fprintf(stderr, "lwm2mctl: '%s' does not take '--format'\n", verb->name);
                return NULL;
        }
        ctl->words = words;
        ctl->n_words = (size_t)n;
        return verb;
}

static bool parse_json_mode(const char *text, JsonMode *ret)
{
        for (size_t i = 0; i < ELEMENTSOF(json_mode_table); i++)
                if (strcmp(json_mode_table[i], text) == 0) {
                        *ret = (JsonMode)i;
                        return true;
                }
        (void)fprintf(stderr, "lwm2mctl: '--json' is short, pretty or off, not '%s'\n", text);
        return false;
}

static bool parse_format(const char *text)
{
        static const char *const formats[] = {"senml-cbor", "senml-json", "lwm2m-cbor"};

        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                if (strcmp(formats[i], text) == 0)
                        return true;
        (void)fprintf(
                stderr, "lwm2mctl: '--format' is senml-cbor, senml-json or lwm2m-cbor, not '%s'\n", text);
        return false;
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

/* An exit status, or -1: go on with *ret_verb. */
static int parse_command_line(int argc, char *argv[], Ctl *ctl, const Verb **ret_verb)
{
        enum {
                OPTION_ADDRESS = OPTION_FIRST,
                OPTION_FORMAT,
                OPTION_HELP,
                OPTION_JSON,
                OPTION_NO_PAGER,
                OPTION_VERSION,
                OPTION_WAIT,
        };
        static const struct option options[] = {
                {"address", required_argument, NULL, OPTION_ADDRESS},
                {"format", required_argument, NULL, OPTION_FORMAT},
                {"help", no_argument, NULL, OPTION_HELP},
                {"json", required_argument, NULL, OPTION_JSON},
                {"no-pager", no_argument, NULL, OPTION_NO_PAGER},
                {"version", no_argument, NULL, OPTION_VERSION},
                {"wait", no_argument, NULL, OPTION_WAIT},
                {},
        };
        int option, n = 0;

        opterr = 0;
        while ((option = next_option(argc, argv, options)) >= 0)
                switch (option) {
                case OPTION_WORD:
                        argv[n++] = optarg; /* where something stood that has been read */
                        break;
                case OPTION_ADDRESS:
                        ctl->address = optarg;
                        break;
                case OPTION_FORMAT:
                        if (!parse_format(optarg))
                                return CTL_USAGE;
                        ctl->format = optarg;
                        break;
                case OPTION_JSON:
                        if (!parse_json_mode(optarg, &ctl->json))
                                return CTL_USAGE;
                        break;
                case OPTION_NO_PAGER:
                        break; /* there is none; scripts may say it all the same */
                case OPTION_WAIT:
                        ctl->wait = true;
                        break;
                case OPTION_VERSION:
                        (void)puts("lwm2mctl " PROJECT_VERSION);
                        return CTL_DONE;
                case OPTION_HELP:
                case 'h':
                        print_help();
                        return CTL_DONE;
                default:
                        refuse_option(option, argv[optind - 1]);
                        return CTL_USAGE;
                }
        while (optind < argc)
                argv[n++] = argv[optind++];
        argv[n] = NULL;
        *ret_verb = parse_words(n, argv, ctl);
        return *ret_verb ? -1 : CTL_USAGE;
}

int main(int argc, char *argv[])
{
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        const Verb *verb = NULL;
        Ctl ctl = {};
        int r;

        (void)setlocale(LC_TIME, "");
        r = parse_command_line(argc, argv, &ctl, &verb);
        if (r >= 0)
                return r;
        if (!verb->offline) {
                r = ctl_connect(ctl.address, &bus);
                if (r != CTL_DONE)
                        return r;
                ctl.bus = bus;
        }
        r = verb->run(&ctl);
        if (fflush(stdout) != 0 && r == CTL_DONE)
                return ctl_broken(errno, "write the output");
        return r;
}
