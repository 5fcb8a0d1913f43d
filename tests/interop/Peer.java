/* SPDX-License-Identifier: Apache-2.0 */
/* Eclipse Leshan's Bootstrap Server and LwM2M Server in one process, driven by run.py: JSON commands on
 * stdin, JSON events on stdout, one a line. It ends when stdin does. */

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.leshan.core.CertificateUsage;
import org.eclipse.leshan.core.SecurityMode;
import org.eclipse.leshan.core.endpoint.Protocol;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.node.TimestampedLwM2mNodes;
import org.eclipse.leshan.core.observation.CompositeObservation;
import org.eclipse.leshan.core.observation.Observation;
import org.eclipse.leshan.core.observation.SingleObservation;
import org.eclipse.leshan.core.peer.LwM2mPeer;
import org.eclipse.leshan.core.request.BootstrapDownlinkRequest;
import org.eclipse.leshan.core.request.BootstrapRequest;
import org.eclipse.leshan.core.request.BootstrapWriteRequest;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.request.DownlinkRequest;
import org.eclipse.leshan.core.request.SendRequest;
import org.eclipse.leshan.core.request.SimpleDownlinkRequest;
import org.eclipse.leshan.core.request.exception.ClientSleepingException;
import org.eclipse.leshan.core.response.BootstrapDiscoverResponse;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.core.response.ObserveCompositeResponse;
import org.eclipse.leshan.core.response.ObserveResponse;
import org.eclipse.leshan.core.security.util.SecurityUtil;
import org.eclipse.leshan.core.util.Hex;
import org.eclipse.leshan.server.LeshanServer;
import org.eclipse.leshan.server.LeshanServerBuilder;
import org.eclipse.leshan.server.bootstrap.BootstrapConfig;
import org.eclipse.leshan.server.bootstrap.BootstrapFailureCause;
import org.eclipse.leshan.server.bootstrap.BootstrapSession;
import org.eclipse.leshan.server.bootstrap.BootstrapSessionListener;
import org.eclipse.leshan.server.bootstrap.InMemoryBootstrapConfigStore;
import org.eclipse.leshan.server.bootstrap.LeshanBootstrapServer;
import org.eclipse.leshan.server.bootstrap.LeshanBootstrapServerBuilder;
import org.eclipse.leshan.server.californium.bootstrap.endpoint.CaliforniumBootstrapServerEndpointsProvider;
import org.eclipse.leshan.server.californium.bootstrap.endpoint.coap.CoapBootstrapServerProtocolProvider;
import org.eclipse.leshan.server.californium.bootstrap.endpoint.coaps.CoapsBootstrapServerProtocolProvider;
import org.eclipse.leshan.server.californium.endpoint.CaliforniumServerEndpointsProvider;
import org.eclipse.leshan.server.californium.endpoint.coap.CoapServerProtocolProvider;
import org.eclipse.leshan.server.californium.endpoint.coaps.CoapsServerProtocolProvider;
import org.eclipse.leshan.server.model.VersionedModelProvider;
import org.eclipse.leshan.server.observation.ObservationListener;
import org.eclipse.leshan.server.queue.PresenceListener;
import org.eclipse.leshan.server.queue.StaticClientAwakeTimeProvider;
import org.eclipse.leshan.server.registration.Registration;
import org.eclipse.leshan.server.registration.RegistrationListener;
import org.eclipse.leshan.server.registration.RegistrationUpdate;
import org.eclipse.leshan.server.security.BootstrapSecurityStoreAdapter;
import org.eclipse.leshan.server.security.InMemorySecurityStore;
import org.eclipse.leshan.server.security.SecurityInfo;
import org.eclipse.leshan.server.send.SendListener;

public final class Peer {
        private static final long ANSWER_TIMEOUT_MS = 10_000;
        private static final int AWAKE_MS = 1_500; /* of a client in queue mode, behind its last message */

        private final ObjectMapper json = new ObjectMapper();
        private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        private final InMemoryBootstrapConfigStore configs = new InMemoryBootstrapConfigStore();
        private final InMemorySecurityStore bootstrapSecurity = new InMemorySecurityStore();
        private final InMemorySecurityStore serverSecurity = new InMemorySecurityStore();
        private final Map<String, Observation> observations = new HashMap<>();
        private final LeshanBootstrapServer bootstrapServer;
        private final LeshanServer server;

        /* Arguments: the chain (PEM) and the key (PKCS#8 DER) of both servers, the CA of their clients (PEM),
         * and the models of further Objects (JSON). */
        public static void main(String[] args) throws Exception {
                new Peer(SecurityUtil.certificateChain.readFromFile(args[0]),
                         SecurityUtil.privateKey.readFromFile(args[1]),
                         SecurityUtil.certificateChain.readFromFile(args[2]), Models.load(args[3])).run();
                /* The endpoints' threads are no daemons. */
                System.exit(0);
        }

        private Peer(X509Certificate[] chain, PrivateKey key, X509Certificate[] trusted,
                     List<ObjectModel> models) {
                InetSocketAddress anyPort = new InetSocketAddress("127.0.0.1", 0);

                bootstrapServer = new LeshanBootstrapServerBuilder()
                        .setConfigStore(configs)
                        .setSecurityStore(new BootstrapSecurityStoreAdapter(bootstrapSecurity))
                        .setCertificateChain(chain)
                        .setPrivateKey(key)
                        .setTrustedCertificates(trusted)
                        .setEndpointsProviders(new CaliforniumBootstrapServerEndpointsProvider.Builder(
                                        new CoapBootstrapServerProtocolProvider(),
                                        new CoapsBootstrapServerProtocolProvider())
                                .addEndpoint(anyPort, Protocol.COAP)
                                .addEndpoint(anyPort, Protocol.COAPS)
                                .build())
                        .build();
                bootstrapServer.addListener(new SessionEvents());

                server = new LeshanServerBuilder()
                        .setObjectModelProvider(new VersionedModelProvider(models))
                        .setSecurityStore(serverSecurity)
                        .setCertificateChain(chain)
                        .setPrivateKey(key)
                        .setTrustedCertificates(trusted)
                        .setEndpointsProviders(new CaliforniumServerEndpointsProvider.Builder(
                                        new CoapServerProtocolProvider(),
                                        new CoapsServerProtocolProvider())
                                .addEndpoint(anyPort, Protocol.COAP)
                                .addEndpoint(anyPort, Protocol.COAPS)
                                .build())
                        .setClientAwakeTimeProvider(new StaticClientAwakeTimeProvider(AWAKE_MS))
                        .build();
                server.getRegistrationService().addListener(new RegistrationEvents());
                server.getObservationService().addListener(new Notifications());
                server.getSendService().addListener(new Sends());
                server.getPresenceService().addListener(new Presence());
        }

        private void run() throws Exception {
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(System.in, StandardCharsets.UTF_8));

                bootstrapServer.start();
                server.start();
                emit("ready",
                     "bootstrap-coap", uri(bootstrapServer.getEndpoint(Protocol.COAP).getURI()),
                     "bootstrap-coaps", uri(bootstrapServer.getEndpoint(Protocol.COAPS).getURI()),
                     "server-coap", uri(server.getEndpoint(Protocol.COAP).getURI()),
                     "server-coaps", uri(server.getEndpoint(Protocol.COAPS).getURI()));

                for (String line = in.readLine(); line != null; line = in.readLine()) {
                        JsonNode command = json.readTree(line);
                        try {
                                if (command.get("do").asText().equals("provision"))
                                        provision(command);
                                else
                                        request(command);
                        } catch (Exception e) {
                                emit("error", "command", command, "reason", e.toString());
                        }
                }
        }

        private static String uri(URI bound) {
                return bound.getScheme() + "://127.0.0.1:" + bound.getPort();
        }

        /* What the Bootstrap Server gives this endpoint from now on. */
        private void provision(JsonNode command) throws Exception {
                String endpoint = command.get("endpoint").asText();
                BootstrapConfig config = new BootstrapConfig();
                BootstrapConfig.ServerSecurity security = security(command.get("server"));
                BootstrapConfig.ServerConfig account = new BootstrapConfig.ServerConfig();

                security.uri = command.get("uri").asText();
                security.serverId = command.get("ssid").asInt();
                account.shortId = command.get("ssid").asInt();
                account.lifetime = command.get("lifetime").asInt();

                config.autoIdForSecurityObject = command.get("auto_id").asBoolean();
                for (JsonNode path : command.get("delete"))
                        config.toDelete.add(path.asText());
                config.security.put(command.get("security_instance").asInt(), security);
                config.servers.put(command.get("server_instance").asInt(), account);

                configs.remove(endpoint);
                configs.add(endpoint, config);
                allow(bootstrapSecurity, endpoint, command.get("bootstrap"));
                allow(serverSecurity, endpoint, command.get("server"));
                emit("provisioned", "endpoint", endpoint);
        }

        /* A credential is an object with "mode", and with "identity", "key" and "server" in hex: /0/x/3, 5, 4. */
        private static BootstrapConfig.ServerSecurity security(JsonNode credential) {
                BootstrapConfig.ServerSecurity security = new BootstrapConfig.ServerSecurity();

                security.securityMode = mode(credential);
                if (security.securityMode == SecurityMode.NO_SEC)
                        return security;
                security.publicKeyOrId = bytes(credential, "identity");
                security.secretKey = bytes(credential, "key");
                if (security.securityMode == SecurityMode.X509) {
                        security.serverPublicKey = bytes(credential, "server");
                        security.certificateUsage =
                                CertificateUsage.fromCode(credential.get("usage").asInt());
                }
                return security;
        }

        /* An endpoint with a SecurityInfo is refused without it, one without may come by NoSec. By certificate
         * it has to bear the endpoint's name. */
        private static void allow(InMemorySecurityStore store, String endpoint, JsonNode credential)
                        throws Exception {
                switch (mode(credential)) {
                case PSK:
                        String identity = new String(bytes(credential, "identity"), StandardCharsets.UTF_8);
                        store.add(SecurityInfo.newPreSharedKeyInfo(endpoint, identity,
                                                                   bytes(credential, "key")));
                        break;
                case X509:
                        store.add(SecurityInfo.newX509CertInfo(endpoint));
                        break;
                default:
                        break;
                }
        }

        private static SecurityMode mode(JsonNode credential) {
                return SecurityMode.valueOf(credential.get("mode").asText());
        }

        private static byte[] bytes(JsonNode credential, String field) {
                return Hex.decodeHex(credential.get(field).asText().toCharArray());
        }

        /* One request to a registered client; the "answer" event has no code when none came in time, and
         * "asleep" instead where Leshan holds it back. An observation is known by its path or paths. */
        private void request(JsonNode command) throws Exception {
                String endpoint = command.get("endpoint").asText(), operation = command.get("do").asText();
                String path = command.path("path").asText();
                String key = endpoint + " " + path + command.path("paths");
                Registration registration = server.getRegistrationService().getByEndpoint(endpoint);
                Map<String, Object> fields = new LinkedHashMap<>();

                if (registration == null)
                        throw new IllegalStateException(endpoint + " is not registered");
                fields.put("endpoint", endpoint);
                fields.put("operation", operation);
                fields.put("path", path);

                if (operation.equals("forget")) {
                        server.getObservationService().cancelObservation(observations.remove(key));
                } else {
                        try {
                                Requests requests = new Requests(
                                        server.getModelProvider().getObjectModel(registration));
                                LwM2mResponse response =
                                        send(registration, requests.build(command, observations.get(key)));
                                if (response != null)
                                        Answers.describeAll(response, path, fields);
                                remember(key, response);
                        } catch (ClientSleepingException e) {
                                fields.put("asleep", true);
                        }
                }
                emit("answer", fields);
        }

        private void remember(String key, LwM2mResponse response) {
                if (response instanceof ObserveResponse && ((ObserveResponse) response).getObservation() != null)
                        observations.put(key, ((ObserveResponse) response).getObservation());
                if (response instanceof ObserveCompositeResponse &&
                    ((ObserveCompositeResponse) response).getObservation() != null)
                        observations.put(key, ((ObserveCompositeResponse) response).getObservation());
        }

        private <T extends LwM2mResponse> LwM2mResponse send(Registration to, DownlinkRequest<T> request)
                        throws InterruptedException {
                return server.send(to, request, ANSWER_TIMEOUT_MS);
        }

        private void emit(String event, Object... namesAndValues) {
                Map<String, Object> fields = new LinkedHashMap<>();

                for (int i = 0; i < namesAndValues.length; i += 2)
                        fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
                emit(event, fields);
        }

        /* Called from Leshan's threads too: a line is never mixed with another. */
        private synchronized void emit(String event, Map<String, Object> fields) {
                Map<String, Object> line = new LinkedHashMap<>();

                line.put("event", event);
                line.putAll(fields);
                try {
                        out.println(json.writeValueAsString(line));
                } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                }
        }

        private final class SessionEvents implements BootstrapSessionListener {
                @Override
                public void sessionInitiated(BootstrapRequest request, LwM2mPeer client) {
                        ContentFormat preferred = request.getPreferredContentFormat();
                        emit("bootstrap-request", "endpoint", request.getEndpointName(),
                             "pct", preferred == null ? null : preferred.getName(),
                             "identity", client.getIdentity().toString());
                }

                @Override
                public void unAuthorized(BootstrapRequest request, LwM2mPeer client) {
                        emit("bootstrap-failed", "endpoint", request.getEndpointName(),
                             "cause", "UNAUTHORIZED");
                }

                @Override
                public void authorized(BootstrapSession session) {
                }

                @Override
                public void noConfig(BootstrapSession session) {
                        /* failed() follows. */
                }

                @Override
                public void sendRequest(BootstrapSession session,
                                        BootstrapDownlinkRequest<? extends LwM2mResponse> request) {
                }

                @Override
                public void onResponseSuccess(BootstrapSession session,
                                              BootstrapDownlinkRequest<? extends LwM2mResponse> request,
                                              LwM2mResponse response) {
                        answered(session, request, response);
                }

                @Override
                public void onResponseError(BootstrapSession session,
                                            BootstrapDownlinkRequest<? extends LwM2mResponse> request,
                                            LwM2mResponse response) {
                        answered(session, request, response);
                }

                private void answered(BootstrapSession session, SimpleDownlinkRequest<?> request,
                                      LwM2mResponse response) {
                        Map<String, Object> fields = new LinkedHashMap<>();

                        fields.put("endpoint", session.getEndpoint());
                        fields.put("operation", operation(request));
                        fields.put("path", path(request));
                        Answers.describe(response, fields);
                        if (request instanceof BootstrapWriteRequest) {
                                BootstrapWriteRequest write = (BootstrapWriteRequest) request;
                                fields.put("format", write.getContentFormat().getName());
                        }
                        if (response instanceof BootstrapDiscoverResponse && response.isSuccess()) {
                                BootstrapDiscoverResponse found = (BootstrapDiscoverResponse) response;
                                fields.put("links", Answers.links(found.getObjectLinks()));
                        }
                        emit("bootstrap-answer", fields);
                }

                private String operation(Object request) {
                        return request.getClass().getSimpleName()
                                .replace("Bootstrap", "").replace("Request", "").toLowerCase();
                }

                /* Leshan's Bootstrap-Finish has none. */
                private String path(SimpleDownlinkRequest<?> request) {
                        return request.getPath() == null ? "/bs" : request.getPath().toString();
                }

                @Override
                public void onRequestFailure(BootstrapSession session,
                                             BootstrapDownlinkRequest<? extends LwM2mResponse> request,
                                             Throwable cause) {
                        emit("bootstrap-answer", "endpoint", session.getEndpoint(),
                             "operation", operation(request), "path", path(request),
                             "reason", String.valueOf(cause));
                }

                @Override
                public void end(BootstrapSession session) {
                        emit("bootstrap-end", "endpoint", session.getEndpoint());
                }

                @Override
                public void failed(BootstrapSession session, BootstrapFailureCause cause) {
                        emit("bootstrap-failed", "endpoint", session.getEndpoint(), "cause", cause.name());
                }
        }

        private final class RegistrationEvents implements RegistrationListener {
                @Override
                public void registered(Registration now, Registration before, Collection<Observation> lost) {
                        emit("registered", "endpoint", now.getEndpoint(), "id", now.getId(),
                             "lifetime", now.getLifeTimeInSec(), "version", now.getLwM2mVersion().toString(),
                             "scheme", now.getLastEndpointUsed().getScheme(),
                             "identity", now.getClientTransportData().getIdentity().toString(),
                             "links", Answers.links(now.getSortedObjectLinks()));
                }

                @Override
                public void updated(RegistrationUpdate update, Registration now, Registration before) {
                        emit("updated", "endpoint", now.getEndpoint(), "id", now.getId(),
                             "lifetime", now.getLifeTimeInSec(),
                             "links", Answers.links(now.getSortedObjectLinks()));
                }

                @Override
                public void unregistered(Registration gone, Collection<Observation> lost, boolean expired,
                                         Registration next) {
                        emit("unregistered", "endpoint", gone.getEndpoint(), "id", gone.getId(),
                             "expired", expired);
                }
        }

        private final class Notifications implements ObservationListener {
                @Override
                public void newObservation(Observation observation, Registration registration) {
                        /* The answer to the request says so. */
                }

                @Override
                public void cancelled(Observation observation) {
                }

                @Override
                public void onResponse(SingleObservation observation, Registration registration,
                                       ObserveResponse response) {
                        notified(registration, observation.getPath().toString(), response);
                }

                @Override
                public void onResponse(CompositeObservation observation, Registration registration,
                                       ObserveCompositeResponse response) {
                        notified(registration, "", response);
                }

                private void notified(Registration registration, String path, LwM2mResponse response) {
                        Map<String, Object> fields = new LinkedHashMap<>();

                        fields.put("endpoint", registration.getEndpoint());
                        fields.put("path", path);
                        Answers.describeAll(response, path, fields);
                        emit("notified", fields);
                }

                @Override
                public void onError(Observation observation, Registration registration, Exception error) {
                        emit("error", "endpoint", registration.getEndpoint(), "reason", error.toString());
                }
        }

        private final class Sends implements SendListener {
                @Override
                public void dataReceived(Registration registration, TimestampedLwM2mNodes data,
                                         SendRequest request) {
                        emit("sent", "endpoint", registration.getEndpoint(),
                             "values", Answers.values(data.getNodes()),
                             "format", request.getFormat().getName());
                }

                @Override
                public void onError(Registration registration, String message, Exception error) {
                        emit("error", "endpoint", registration.getEndpoint(), "reason", message + ": " + error);
                }
        }

        private final class Presence implements PresenceListener {
                @Override
                public void onAwake(Registration registration) {
                        emit("awake", "endpoint", registration.getEndpoint());
                }

                @Override
                public void onSleeping(Registration registration) {
                        emit("sleeping", "endpoint", registration.getEndpoint());
                }
        }
}
