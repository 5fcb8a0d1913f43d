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

/* -- What becomes of the way to the servers -- */

/* An LwM2M Server asks for a bootstrap (LWM2M_SHORT_SERVER_ID). */
#define MESSAGE_ID_BOOTSTRAP_ASKED "c9bd727ef336474187a365e814e5f9b9"

/* An operation of the Bootstrap Server is refused, a Bootstrap-Finish by 4.06 among them (LWM2M_SERVER_URI,
 * LWM2M_PATH, LWM2M_ATTEMPT). */
#define MESSAGE_ID_BOOTSTRAP_REFUSED "018bc75002824de99db4fbf1e7d398b7"

/* What the Bootstrap Server wrote was mended, or is kept unused (LWM2M_SERVER_URI, LWM2M_ATTEMPT). */
#define MESSAGE_ID_BOOTSTRAP_REPAIRED "0186a9f8d10747a1b99f11f563525ae7"

/* There is no Bootstrap-Pack that can be used; a Bootstrap-Request follows (LWM2M_SERVER_URI,
 * LWM2M_ATTEMPT). */
#define MESSAGE_ID_BOOTSTRAP_PACK_REFUSED "f8acbae026e14b688a1ca4f0b76e5da7"

/* The Bootstrap-Server Account Timeout has removed the account (LWM2M_SERVER_URI). */
#define MESSAGE_ID_ACCOUNT_REMOVED "e975f050edb546a688c0db5addc7b394"

/* Every server that is known has failed (LWM2M_ERROR). */
#define MESSAGE_ID_EVERYTHING_FAILED "91632f8d4f3c402a8548fb8b52a929d2"

/* Registered with an LwM2M Server (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI). */
#define MESSAGE_ID_REGISTERED "d2bb7b0ac3034be99166b4b426cd2954"

/* The client leaves an LwM2M Server it was registered with (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI). */
#define MESSAGE_ID_DEREGISTERED "09887facf4c1463f994d6d643b700e65"

/* An attempt to register with an LwM2M Server, or its registration, has failed; it is tried again by
 * itself (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI, LWM2M_ERROR). */
#define MESSAGE_ID_ATTEMPT_FAILED "37b22989938c468788593f3b096a9c85"

/* An LwM2M Server takes an older version of LwM2M alone (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI). */
#define MESSAGE_ID_VERSION_LOWERED "d293c79ba5dd4cf5b629fd691e4286c8"

/* An account asks for more than is granted (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI). */
#define MESSAGE_ID_VALUES_LIMITED "248f47d1be50476284d9f1723ccbbe79"

/* An LwM2M Server is left alone for a time (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI). */
#define MESSAGE_ID_SERVER_DISABLED "e2dfe30382d54ff6b80b155504a515d6"

/* A server's host name is not known (yet) (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI). */
#define MESSAGE_ID_NAME_UNRESOLVED "dba0a743e0bb4fbdb9748c7aae7f702a"

/* A cipher suite is offered that OpenSSL's security level is against (LWM2M_SHORT_SERVER_ID,
 * LWM2M_SERVER_URI). */
#define MESSAGE_ID_SUITE_EXEMPT "9d29d0cac93c4002aeb2643bd1bf82a6"

/* The network has become another one, so what had failed is tried again (LWM2M_SHORT_SERVER_ID,
 * LWM2M_SERVER_URI, LWM2M_ATTEMPT). */
#define MESSAGE_ID_NETWORK_CHANGED "34e9d148694d46a4ba8cbba58e07aad6"

/* The kernel does not tell of the network. */
#define MESSAGE_ID_NETWORK_UNKNOWN "9ff2f9c9443f4dc5a581ee03096333e8"

/* The clock was set (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI of what is tried again for it). */
#define MESSAGE_ID_CLOCK_SET "728a0c8ad4b144e385073df6cc3dca4e"

/* -- What LwM2M Servers ask for and get -- */

/* An LwM2M Server is refused what is not its own to change (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI,
 * LWM2M_PATH). */
#define MESSAGE_ID_ACCESS_DENIED "13aecb4197ac4a5797de6d425f0ed173"

/* A notification was not acknowledged, not fetched, or is lost (LWM2M_SHORT_SERVER_ID,
 * LWM2M_SERVER_URI, LWM2M_PATH). */
#define MESSAGE_ID_NOTIFICATION_LOST "d1265f43afd24e06abe38e2674d299e6"

/* What an LwM2M Server observes has ended (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI, LWM2M_PATH). */
#define MESSAGE_ID_OBSERVATION_ENDED "0d8b1481553148cd923c5b0b0fbd218c"

/* A Send has failed (LWM2M_SHORT_SERVER_ID, LWM2M_SERVER_URI). */
#define MESSAGE_ID_SEND_FAILED "93cea4d0fe88441bb30392b3da0d481e"

/* An LwM2M Server resets the client to its configuration (LWM2M_SHORT_SERVER_ID, LWM2M_PATH). */
#define MESSAGE_ID_FACTORY_RESET "08d0e25ac77d45e3a71eecd36a36dc9b"

/* The machine is rebooted (LWM2M_SHORT_SERVER_ID of who has asked, LWM2M_PATH). */
#define MESSAGE_ID_REBOOT "f704b0d96fd2455db22c29dc8349e15b"

/* The machine is not rebooted, as an LwM2M Server has asked for (LWM2M_PATH). */
#define MESSAGE_ID_REBOOT_FAILED "e50f9139d0a34bbabe18a2e0ccf119e8"

/* An LwM2M Server has set clock or time zone (LWM2M_SHORT_SERVER_ID, LWM2M_PATH). */
#define MESSAGE_ID_DEVICE_SET "83786ed0fea7491eb9c16616384b5693"

/* The system has refused what an LwM2M Server wants of /3 (LWM2M_SHORT_SERVER_ID, LWM2M_PATH). */
#define MESSAGE_ID_DEVICE_REFUSED "5f334ef9b1cd4646b5528e3f3d4ada11"

/* A service that device: of the configuration names is not there (LWM2M_PATH). */
#define MESSAGE_ID_BACK_END_MISSING "53d084922aab4ff7b3012e0f3971b51d"

/* The power supplies cannot be read (LWM2M_PATH). */
#define MESSAGE_ID_POWER_UNREADABLE "d71bf373be5445da8b6f5668f24f1669"

/* -- Objects of other services and of the configuration -- */

/* A service that has published Objects has left the bus, and they are gone (LWM2M_PATH of a question it
 * leaves open). */
#define MESSAGE_ID_PUBLISHER_GONE "b71618577e8e482194c5db22a28fbcc7"

/* A service does not answer for what it has published as it has to (LWM2M_SHORT_SERVER_ID, LWM2M_PATH). */
#define MESSAGE_ID_HANDLER_FAILED "f83f817fa6884af28d3043b296c91bb2"

/* The definition of an Object that a service publishes cannot be used (LWM2M_PATH). */
#define MESSAGE_ID_DEFINITION_WRONG "8d79361d7b6c409eadb8163aa799062d"

/* An Object of the configuration, or the client's own, cannot be published (LWM2M_PATH). */
#define MESSAGE_ID_OBJECT_NOT_SERVED "b78a0ebd31dc425581e7f7442f10bdc4"

/* It is by now (LWM2M_PATH). */
#define MESSAGE_ID_OBJECT_SERVED "b68b775483ea44c8b3656cac605f8609"

/* A file of the configuration gives a Resource no value (LWM2M_PATH). */
#define MESSAGE_ID_VALUE_LOST "3ca637c7da2849b8960e477cca17b1af"

/* It does again (LWM2M_PATH). */
#define MESSAGE_ID_VALUE_BACK "61c20278626040688483f01a1ebbea76"

/* -- The configuration -- */

/* The YAML has something that is most often a mistake, but works; one message each (CONFIG_FILE,
 * CONFIG_LINE, CONFIG_COLUMN). */
#define MESSAGE_ID_CONFIGURATION_DOUBTFUL "6313676933004799bf2deeecbe689aec"

/* A reload has put the YAML in force (CONFIG_FILE). */
#define MESSAGE_ID_CONFIGURATION_IN_FORCE "16be4c34c8ee40edb5cb4e95e866ccb0"

/* Not the YAML is in force, but what was accepted before (CONFIG_FILE). */
#define MESSAGE_ID_CONFIGURATION_NOT_IN_FORCE "a9eb5c5e4ede4b55b838c0908591d897"

/* A change of the configuration has replaced stored accounts. */
#define MESSAGE_ID_ACCOUNTS_REPLACED "66eea52b56874c89af606d65bc657e8b"

/* -- The state directory -- */

/* The state directory, or metrics_file, can be written again. */
#define MESSAGE_ID_STORAGE_WORKS "08d52b6a239d4eb683347749067b20bd"

/* Something in the state directory cannot be read. */
#define MESSAGE_ID_STORAGE_UNREADABLE "a388476d3ccb4804874e1730fa8adc42"

/* A write to the state directory took long. */
#define MESSAGE_ID_STORAGE_SLOW "6f83cfb8edab4a9ba21cf10c8297fa6b"

/* Another process has the state directory. */
#define MESSAGE_ID_STORAGE_IN_USE "fed2d47f793345f49527c7de6ea0b561"

/* The state directory cannot be locked. */
#define MESSAGE_ID_STORAGE_UNLOCKED "88966e9bb1b44911b3b4abc41845845f"

/* The key of the state directory is at hand by now. */
#define MESSAGE_ID_KEY_FOUND "9f389b1faef04c42b99d9dc7e65d1062"

/* No keys of TLS sessions are written, though SSLKEYLOGFILE is set. */
#define MESSAGE_ID_KEY_LOG_REFUSED "008ded9c9add4407920d371c0994a734"

/* -- Firmware Update -- */

/* The State of a firmware update is another one (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_STATE "1f0f5cf7351546048ae7620989dc2de2"

/* A firmware update has succeeded: Update Result 1 (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_UPDATED "901b4aad0be5404db7da4ef13abe2fb3"

/* A firmware update has failed: Update Result 2, no space (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_NO_SPACE "a8429549bc0841c191c39f711f19b84f"

/* A firmware update has failed: Update Result 3, no memory (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_NO_MEMORY "d49f69341f114e9a941c50def69da5f6"

/* A firmware update has failed: Update Result 4, connection lost (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_CONNECTION_LOST "41910ca8cf9841e49eb73a3032ddd4c7"

/* A firmware update has failed: Update Result 5, integrity (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_INTEGRITY "d2567aa6294c448e892fbfa515a82922"

/* A firmware update has failed: Update Result 6, package type (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_UNSUPPORTED_PACKAGE "3d8551ffa10446f7800dfa9a7331e5ae"

/* A firmware update has failed: Update Result 7, invalid URI (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_INVALID_URI "fb22d9563b4640b6b92a833f55c89b91"

/* A firmware update has failed: Update Result 8 (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_FAILED "0900e7701ef64bd4ab228966190b2604"

/* A firmware update has failed: Update Result 9, unsupported protocol (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_UNSUPPORTED_PROTOCOL "e51c8030f1dc439f87264ab436a0361c"

/* A firmware update was cancelled: Update Result 10 (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_CANCELLED "e80814413e994e42985bfa61d116bd58"

/* A firmware update waits: Update Result 11 (LWM2M_PATH). */
#define MESSAGE_ID_FIRMWARE_DEFERRED "0b964c0db71b476baf96a342895bf7b4"

/* -- The system bus -- */

/* There is no system bus (any more). */
#define MESSAGE_ID_BUS_LOST "d4c663b213ca46edbb7e112074431745"

/* The system bus is there (again). */
#define MESSAGE_ID_BUS_FOUND "97589f43c6194377a47d52c8b865dfb2"

/* The system bus does not give us our name. */
#define MESSAGE_ID_BUS_NAME_REFUSED "9dfb924d0e574e19b9a4f8b82388942e"

/* Somebody has called a method that changes something. */
#define MESSAGE_ID_METHOD_CALLED "0cd9483f146f4f3593d78e4366fae35f"

/* Such a call is refused. */
#define MESSAGE_ID_METHOD_REFUSED "b7726b0627bc4f61aa5d2cd107634952"

/* -- The process -- */

/* A signal asks the daemon to end. */
#define MESSAGE_ID_STOPPING "ab53bbfc7f82444eb34f447d54b311b2"

/* The daemon cannot start. */
#define MESSAGE_ID_START_FAILED "61e4460005084fa0bd8dccb294869216"

/* Something failed inside: no memory, or what should not happen (LWM2M_SHORT_SERVER_ID, LWM2M_PATH). */
#define MESSAGE_ID_INTERNAL_ERROR "630d702d0eab487a8acc320f25bb1c48"

/* -- lwm2m-client-firmware-script(8) -- */

/* The firmware script could not do what it was asked, or was not asked at all. */
#define MESSAGE_ID_FIRMWARE_SCRIPT_FAILED "224c10a5b5194198a22403d77f8f4c9e"
