/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the specification: Objects, Resources, versions, security modes. */
#pragma once

#include "util/string_table.h"

#define OBJECT_SECURITY                0
#define OBJECT_SERVER                  1
#define OBJECT_ACCESS_CONTROL          2
#define OBJECT_DEVICE                  3
#define OBJECT_CONNECTIVITY_MONITORING 4
#define OBJECT_FIRMWARE                5
#define OBJECT_CONNECTIVITY_STATISTICS 7
#define OBJECT_OSCORE                  21

/* LwM2M Object 0, LwM2M Security (Core TS, Appendix E.1) */
#define SECURITY_URI               0
#define SECURITY_BOOTSTRAP_SERVER  1
#define SECURITY_MODE              2
#define SECURITY_IDENTITY          3
#define SECURITY_SERVER_KEY        4
#define SECURITY_SECRET_KEY        5
#define SECURITY_SHORT_SERVER_ID   10
#define SECURITY_HOLD_OFF_TIME     11
#define SECURITY_ACCOUNT_TIMEOUT   12
#define SECURITY_MATCHING_TYPE     13
#define SECURITY_SNI               14
#define SECURITY_CERTIFICATE_USAGE 15
#define SECURITY_CIPHER_SUITE      16
#define SECURITY_OSCORE            17

/* LwM2M Object 1, LwM2M Server (Core TS, Appendix E.2) */
#define SERVER_SHORT_SERVER_ID      0
#define SERVER_LIFETIME             1
#define SERVER_DEFAULT_MIN_PERIOD   2
#define SERVER_DEFAULT_MAX_PERIOD   3
#define SERVER_DISABLE              4
#define SERVER_DISABLE_TIMEOUT      5
#define SERVER_NOTIFICATION_STORING 6
#define SERVER_BINDING              7
#define SERVER_UPDATE_TRIGGER       8
#define SERVER_BOOTSTRAP_TRIGGER    9
#define SERVER_TLS_ALERT_CODE       11
#define SERVER_LAST_BOOTSTRAPPED    12
#define SERVER_PRIORITY_ORDER       13
#define SERVER_INITIAL_DELAY        14
#define SERVER_FAILURE_BLOCK        15
#define SERVER_BOOTSTRAP_ON_FAILURE 16
#define SERVER_RETRY_COUNT          17
#define SERVER_RETRY_TIMER          18
#define SERVER_SEQUENCE_DELAY_TIMER 19
#define SERVER_SEQUENCE_RETRY_COUNT 20
#define SERVER_MUTE_SEND            23
#define SERVER_NOTIFICATION_MODE    26

/* LwM2M Object 2, LwM2M Access Control (Core TS, Appendix E.3) */
#define ACCESS_CONTROL_OBJECT   0
#define ACCESS_CONTROL_INSTANCE 1
#define ACCESS_CONTROL_ACL      2
#define ACCESS_CONTROL_OWNER    3

/* /2/x/2/y (Core TS, Appendix E.3) */
typedef enum AccessRights {
        ACCESS_NONE = 0,
        ACCESS_READ = 1 << 0, /* Read, Observe, Write-Attributes */
        ACCESS_WRITE = 1 << 1,
        ACCESS_EXECUTE = 1 << 2,
        ACCESS_DELETE = 1 << 3,
        ACCESS_CREATE = 1 << 4,
        ACCESS_ALL = (1 << 5) - 1,
} AccessRights;

/* LwM2M Object 3, Device (Core TS, Appendix E.4) */
#define DEVICE_MANUFACTURER      0
#define DEVICE_MODEL_NUMBER      1
#define DEVICE_SERIAL_NUMBER     2
#define DEVICE_FIRMWARE_VERSION  3
#define DEVICE_REBOOT            4
#define DEVICE_FACTORY_RESET     5
#define DEVICE_POWER_SOURCES     6
#define DEVICE_POWER_VOLTAGE     7
#define DEVICE_POWER_CURRENT     8
#define DEVICE_BATTERY_LEVEL     9
#define DEVICE_MEMORY_FREE       10
#define DEVICE_ERROR_CODE        11
#define DEVICE_RESET_ERROR_CODE  12
#define DEVICE_CURRENT_TIME      13
#define DEVICE_UTC_OFFSET        14
#define DEVICE_TIMEZONE          15
#define DEVICE_SUPPORTED_BINDING 16
#define DEVICE_DEVICE_TYPE       17
#define DEVICE_HARDWARE_VERSION  18
#define DEVICE_SOFTWARE_VERSION  19
#define DEVICE_BATTERY_STATUS    20
#define DEVICE_MEMORY_TOTAL      21

/* LwM2M Object 4, Connectivity Monitoring (Core TS, Appendix E.5) */
#define CONNECTIVITY_BEARER            0
#define CONNECTIVITY_AVAILABLE_BEARERS 1
#define CONNECTIVITY_SIGNAL_STRENGTH   2
#define CONNECTIVITY_ADDRESSES         4
#define CONNECTIVITY_ROUTERS           5

/* /4/0/0 and /4/0/1, those that Linux tells apart (OMA registry) */
typedef enum NetworkBearer {
        BEARER_LTE_FDD = 6,
        BEARER_WLAN = 21,
        BEARER_BLUETOOTH = 22,
        BEARER_IEEE_802_15_4 = 23,
        BEARER_ETHERNET = 41,
        BEARER_NONE = 255, /* a tunnel, the loopback: no number of the registry */
} NetworkBearer;

/* LwM2M Object 5, Firmware Update (Core TS, Appendix E.6) */
#define FIRMWARE_PACKAGE           0
#define FIRMWARE_PACKAGE_URI       1
#define FIRMWARE_UPDATE            2
#define FIRMWARE_STATE             3
#define FIRMWARE_UPDATE_RESULT     5
#define FIRMWARE_PACKAGE_NAME      6
#define FIRMWARE_PACKAGE_VERSION   7
#define FIRMWARE_PROTOCOL_SUPPORT  8
#define FIRMWARE_DELIVERY_METHOD   9
#define FIRMWARE_CANCEL            10
#define FIRMWARE_SEVERITY          11
#define FIRMWARE_LAST_STATE_CHANGE 12
#define FIRMWARE_MAX_DEFER_PERIOD  13
#define FIRMWARE_AUTOMATIC_UPGRADE 14

/* LwM2M Object 7, Connectivity Statistics (Core TS, Appendix E.8) */
#define STATISTICS_SENT_DATA            2
#define STATISTICS_RECEIVED_DATA        3
#define STATISTICS_MAX_MESSAGE_SIZE     4
#define STATISTICS_AVERAGE_MESSAGE_SIZE 5
#define STATISTICS_START                6
#define STATISTICS_STOP                 7
#define STATISTICS_COLLECTION_PERIOD    8

/* LwM2M Object 21, OSCORE (OMA registry) */
#define OSCORE_MASTER_SECRET 0
#define OSCORE_SENDER_ID     1
#define OSCORE_RECIPIENT_ID  2

/* The only transport: what /3/0/16 says, and /1/x/7 where it is absent (Core TS, table 6.2.1.2) */
#define BINDING_UDP "U"

/* /1/x/1, s: the largest that a server reads in 32 bits (design.md 9.7) */
#define LIFETIME_MAX INT32_MAX

#define ID_INVALID 65535 /* MAX_ID, reserved: Core TS 7.2 */

/* /2/x/3: managed in a bootstrap only (Core TS, Appendix E.3) */
#define ACCESS_OWNER_BOOTSTRAP ID_INVALID

/* Short Server ID: 1..65534 (Core TS, Appendix E.2) */
#define SHORT_SERVER_ID_MIN 1
#define SHORT_SERVER_ID_MAX 65534

/* LwM2M Enabler version */
typedef enum Lwm2mVersion {
        LWM2M_1_0,
        LWM2M_1_1,
        LWM2M_1_2,
        _LWM2M_VERSION_MAX,
} Lwm2mVersion;

DECLARE_STRING_TABLE(lwm2m_version, Lwm2mVersion); /* "1.0" "1.1" "1.2" */

/* /0/x/2 (Core TS, Appendix E.1) */
typedef enum SecurityMode {
        SECURITY_MODE_PSK = 0,
        SECURITY_MODE_RPK = 1,
        SECURITY_MODE_CERTIFICATE = 2,
        SECURITY_MODE_NOSEC = 3,
        SECURITY_MODE_EST = 4,
        _SECURITY_MODE_MAX,
} SecurityMode;

DECLARE_STRING_TABLE(security_mode, SecurityMode); /* "psk" "rpk" "certificate" "nosec" "est" */

/* /0/x/15 (Core TS, Appendix E.1; RFC 6698, 2.1.1) */
typedef enum CertificateUsage {
        CERTIFICATE_USAGE_CA_CONSTRAINT = 0,
        CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT = 1,
        CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION = 2,
        CERTIFICATE_USAGE_DOMAIN_ISSUED = 3,
        _CERTIFICATE_USAGE_MAX,
} CertificateUsage;

/* "ca-constraint" "service-certificate-constraint" "trust-anchor-assertion" "domain-issued" */
DECLARE_STRING_TABLE(certificate_usage, CertificateUsage);

/* /0/x/13 (Core TS, Appendix E.1; RFC 6698, 2.1.3) */
typedef enum MatchingType {
        MATCHING_TYPE_EXACT = 0,
        MATCHING_TYPE_SHA256 = 1,
        MATCHING_TYPE_SHA384 = 2,
        MATCHING_TYPE_SHA512 = 3,
        _MATCHING_TYPE_MAX,
} MatchingType;

DECLARE_STRING_TABLE(matching_type, MatchingType); /* "exact" "sha256" "sha384" "sha512" */
