/* SPDX-License-Identifier: Apache-2.0 */
/* MESSAGE_ID= of the journal messages an operator acts upon; data/lwm2m-client.catalog explains each.
 * In brackets the journal fields that the message carries. */
#pragma once

/* Status has left one state for another; one message for each StatusChanged signal
 * (LWM2M_STATUS, LWM2M_SUBSTATUS, LWM2M_OLD_STATUS, LWM2M_ERROR unless ""). */
#define MESSAGE_ID_STATUS_CHANGED "4dc9cadfd70a481d936af04272669174"

/* A Bootstrap-Finish was accepted and its accounts are committed (LWM2M_SERVER_URI). */
#define MESSAGE_ID_BOOTSTRAP_FINISHED "10c01b36cfc34dcdab5fc6b04ca9f613"

/* A bootstrap attempt has failed, or the last one of a series (LWM2M_SERVER_URI, LWM2M_ERROR). */
#define MESSAGE_ID_BOOTSTRAP_FAILED "eb00e4e5592847029fc620677b520594"

/* The registration with one LwM2M Server has failed: its sequences are used up
 * (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI, LWM2M_ERROR). */
#define MESSAGE_ID_REGISTRATION_FAILED "d8cc8dffa3c0492db74a3f002986d592"

/* The YAML is wrong, at start or at Reload; one message for each problem (CONFIG_FILE, CONFIG_LINE,
 * CONFIG_COLUMN). */
#define MESSAGE_ID_CONFIGURATION_INVALID "8f71102e3a574aa18e167a24da79e584"

/* The file of a definition in use says something else by now; told at a Reload. */
#define MESSAGE_ID_DEFINITION_OLDER "7d9bc22d9d6e4af1b250bcf328e5b9de"

/* A damaged state file was put aside and an older one is in use. */
#define MESSAGE_ID_STORAGE_RECOVERED "1bef0f9d9d164aabb36f19a0a9b17cc2"

/* The state directory could not be written. */
#define MESSAGE_ID_STORAGE_FAILED "5ac07af4c8444e9c8387372f20102e43"

/* What became of the bootstraps could not be written there. */
#define MESSAGE_ID_HISTORY_FAILED "38cd0a93663d4340bde38d043be4108b"

/* The accounts of an unproven bootstrap failed, those of before are in use again. */
#define MESSAGE_ID_FELL_BACK "12308b2c72e24c8fb30f93e5b64d1066"

/* Keys of TLS sessions are being written, for whoever looks for a fault. */
#define MESSAGE_ID_KEY_LOGGING "b61f0c3a7d5e4c1f92d8e3a5407c6b19"

/* metrics_file cannot be written. */
#define MESSAGE_ID_METRICS_FAILED "5d2b1c0a94e24b63a7f01be85c3d6e92"

/* The state directory needs a key that is not at hand. */
#define MESSAGE_ID_KEY_MISSING "7a3c1f5d9b264e0f8d52c6e1b4a79083"
