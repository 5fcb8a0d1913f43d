/* SPDX-License-Identifier: Apache-2.0 */
/* Every maximum of the program with its source. Over it: 4.13 from the block layer, 4.00 from the write with
 * nothing changed, or a configuration error; never a crash. */
#pragma once

#define LIMIT_SERVER_ACCOUNTS    16            /* LwM2M Server accounts; design.md section 2 */
#define LIMIT_INSTANCES          64            /* Object Instances of one Object; design.md section 2 */
#define LIMIT_RESOURCES          256           /* of one Object: four times the registry's largest */
#define LIMIT_RESOURCE_INSTANCES 256           /* of one Resource; design.md section 2 */
#define LIMIT_VALUE_SIZE         (64 * 1024)   /* bytes of one value; design.md section 2 */
#define LIMIT_STORE_SIZE         (1024 * 1024) /* bytes of all values; design.md section 2 */
#define LIMIT_STORE_VALUES       16384       /* of the store: 16 accounts at their richest, ten times over */
#define LIMIT_BOOTSTRAP_SIZE     (64 * 1024) /* of those, of the Bootstrap-Server Account: design.md 12 */
#define LIMIT_BOOTSTRAP_VALUES   256         /* likewise: one Multiple Resource at its largest */
#define LIMIT_RECORDS            1024        /* records in one payload; design.md section 2 */
#define LIMIT_COMPOSITE_PATHS    128         /* of one request: a datagram of 1280 bytes, 10 for each */
#define LIMIT_DEPTH              8           /* of arrays and maps in a payload; design.md section 2 */
#define LIMIT_PAYLOAD_SIZE       (1024 * 1024) /* a body we build or take: interface.md, max_body_size */
#define LIMIT_DIAGNOSTIC_SIZE    256 /* bytes of a peer's diagnostic text kept; design.md section 2 */
#define LIMIT_ENDPOINT_SIZE      252 /* bytes of ep: Uri-Query is 255 (RFC 7252, 5.10), less "ep=" */
#define LIMIT_OPTION_SIZE        255 /* bytes of Uri-Path, Uri-Query, Location-Path: RFC 7252, 5.10 */
#define LIMIT_TOKEN_SIZE         8   /* bytes: RFC 7252, 3 */
#define LIMIT_PATH_SEGMENTS      8   /* Uri-Path or Location-Path options kept */
#define LIMIT_QUERIES            16  /* Uri-Query options kept */
#define LIMIT_SENDS              8   /* to one server, waiting at once: each has its payload by then */
#define LIMIT_URI_SEGMENTS       8   /* of an account's URI: with our own they fit into Texts */
#define LIMIT_URI_QUERIES        8   /* likewise; ours are at most ep lt lwm2m b pct and what comes */
#define LIMIT_URI_SIZE           255 /* /0/x/0: Core TS, Appendix E.1 */
#define LIMIT_PSK_IDENTITY_SIZE  255 /* OpenSSL's C string; libcoap-guide.md section 4 */
#define LIMIT_PSK_KEY_SIZE       64  /* RFC 7925, 4.2: at least 64 bytes are supported */
#define LIMIT_CERTIFICATE_SIZE   (16 * 1024) /* bytes, a chain or a key; design.md section 12 */
#define LIMIT_CIPHER_SUITES      32          /* of /0/x/16; twice what OpenSSL offers of PSK and ECDSA */
#define LIMIT_ADDRESSES          8           /* of one name; design.md section 3, rule 9 */
#define LIMIT_ATTRIBUTES         256 /* paths with attributes of a server: 64 observations, 4 levels */
#define LIMIT_LATE_REQUESTS      64  /* of all servers, answered later: four of each of the 16 */
#define LIMIT_READINGS           64  /* of the client itself, answered later: as those of servers */

/* Of one LwM2M Server */
#define LIMIT_OBSERVATIONS     64          /* design.md 10.5 */
#define LIMIT_OBSERVED_PATHS   1024        /* of all of these: sixteen each */
#define LIMIT_OBSERVED_PAYLOAD 4096        /* bytes, of a composite one: 32 for each of its paths */
#define LIMIT_STORED_RECORDS   256         /* notifications that are kept; design.md 10.5 */
#define LIMIT_STORED_SIZE      (64 * 1024) /* bytes that they count; design.md 10.5 */

/* Of one session */
#define LIMIT_REPETITIONS   32 /* answers that are kept for a repetition; design.md section 2 */
#define LIMIT_LATE_ANSWERS  16 /* of those, that come later: the others go on turning */
#define LIMIT_NOTIFICATIONS 4  /* confirmable, under way; who calls keeps to one: design.md 3, rule 10 */
#define LIMIT_REQUESTS      16 /* of ours, waiting: an Update, a De-register, Sends */

/* Of the Objects that are known, and what serves them */
#define LIMIT_OBJECTS 80  /* 64 of other services (interface.md, 6) beside the client's own */
#define LIMIT_SOURCES 72  /* 3 to 7, 9 and 10 to come, those 64, and one for no Object */
#define LIMIT_TOUCHED 128 /* twice LIMIT_INSTANCES: every Security and Server Object Instance alone */

/* Of Objects of other services and of the configuration: interface.md, 6. LIMIT_STORE_SIZE
 * holds for all of these together, too; a value counts 8 bytes at least, so it is their number's maximum as
 * well: 131072. */
#define LIMIT_PUBLISHED_VALUES  (LIMIT_STORE_SIZE / 8)
#define LIMIT_READ_VALUES       (LIMIT_STORE_VALUES + LIMIT_PUBLISHED_VALUES)
#define LIMIT_PUBLISHED_OBJECTS 64
#define LIMIT_PUBLISHER_OBJECTS 16           /* of one name on the bus */
#define LIMIT_PUBLISHER_SIZE    (256 * 1024) /* bytes of all its values */
#define LIMIT_PUBLISHED_RECORDS 4096         /* values of one call, which are set in some 50 ms at worst */
#define LIMIT_PUBLISHED_HANDLER 255          /* bytes: an object path of the bus has no maximum of its own */
#define LIMIT_PUBLISHED_RIGHTS  64           /* entries of an ACL: four times the accounts there can be */

/* Of the machine; what comes beyond is left out. The kernel names first what has been there longest. */
#define LIMIT_POWER_SUPPLIES 16  /* a gateway has a handful */
#define LIMIT_POWER_READS    16  /* that wait for one look; a further one is answered by what is known */
#define LIMIT_LINKS          128 /* a gateway has some ten, a host of containers one for each */
#define LIMIT_LINK_ADDRESSES 256 /* two for each of these */
#define LIMIT_ROUTES         32  /* next hops of default routes: one or two */
#define LIMIT_BEARERS        8   /* Resource Instances of /4/0/1; more than NetworkBearer has */
#define LIMIT_LINK_TEXTS     16  /* Resource Instances of /4/0/4 and 5, those in use first */
