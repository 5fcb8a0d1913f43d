/* SPDX-License-Identifier: Apache-2.0 */
/* A command of run.py as a request of Leshan's. */

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.leshan.core.link.attributes.InvalidAttributeException;
import org.eclipse.leshan.core.link.lwm2m.attributes.DefaultLwM2mAttributeParser;
import org.eclipse.leshan.core.link.lwm2m.attributes.LwM2mAttributeSet;
import org.eclipse.leshan.core.model.ResourceModel.Type;
import org.eclipse.leshan.core.node.LwM2mMultipleResource;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mPath;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.observation.CompositeObservation;
import org.eclipse.leshan.core.observation.Observation;
import org.eclipse.leshan.core.observation.SingleObservation;
import org.eclipse.leshan.core.request.CancelCompositeObservationRequest;
import org.eclipse.leshan.core.request.CancelObservationRequest;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.request.CreateRequest;
import org.eclipse.leshan.core.request.DeleteRequest;
import org.eclipse.leshan.core.request.DiscoverRequest;
import org.eclipse.leshan.core.request.DownlinkRequest;
import org.eclipse.leshan.core.request.ExecuteRequest;
import org.eclipse.leshan.core.request.ObserveCompositeRequest;
import org.eclipse.leshan.core.request.ObserveRequest;
import org.eclipse.leshan.core.request.ReadCompositeRequest;
import org.eclipse.leshan.core.request.ReadRequest;
import org.eclipse.leshan.core.request.WriteAttributesRequest;
import org.eclipse.leshan.core.request.WriteCompositeRequest;
import org.eclipse.leshan.core.request.WriteRequest;
import org.eclipse.leshan.core.response.LwM2mResponse;

final class Requests {
        private Requests() {
        }

        /* The observation is the one that "cancel" ends, else null. */
        static DownlinkRequest<? extends LwM2mResponse> build(JsonNode command, Observation observation)
                        throws InvalidAttributeException {
                String operation = command.get("do").asText();
                String path = command.path("path").asText();

                switch (operation) {
                case "read":
                        return new ReadRequest(format(command), path);
                case "discover":
                        return new DiscoverRequest(path);
                case "write":
                        return write(command, new LwM2mPath(path));
                case "execute":
                        return new ExecuteRequest(path);
                case "create":
                        return new CreateRequest(format(command), path,
                                                 new LwM2mObjectInstance(command.get("instance").asInt(),
                                                                         resources(command.get("values"))));
                case "delete":
                        return new DeleteRequest(path);
                case "attributes":
                        return new WriteAttributesRequest(path, new LwM2mAttributeSet(
                                new DefaultLwM2mAttributeParser().parseUriQuery(
                                        command.get("query").asText())));
                case "observe":
                        return new ObserveRequest(format(command), path);
                case "read-composite":
                        return new ReadCompositeRequest(format(command), format(command), paths(command));
                case "write-composite":
                        return new WriteCompositeRequest(format(command), values(command.get("values")));
                case "observe-composite":
                        return new ObserveCompositeRequest(format(command), format(command),
                                                           LwM2mPath.getLwM2mPathList(paths(command)));
                case "cancel":
                        return observation instanceof CompositeObservation
                                       ? new CancelCompositeObservationRequest(
                                                 (CompositeObservation) observation)
                                       : new CancelObservationRequest((SingleObservation) observation);
                default:
                        throw new IllegalArgumentException("unknown operation " + operation);
                }
        }

        /* Of a Resource Instance, of a Resource, or of some Resources of an Object Instance. */
        private static WriteRequest write(JsonNode command, LwM2mPath path) {
                ContentFormat format = format(command);
                JsonNode value = command.get("value");

                if (path.isObjectInstance())
                        return new WriteRequest(command.path("replace").asBoolean()
                                                        ? WriteRequest.Mode.REPLACE
                                                        : WriteRequest.Mode.UPDATE,
                                                format, path.getObjectId(), path.getObjectInstanceId(),
                                                resources(value));
                if (path.isResourceInstance())
                        return new WriteRequest(format, path.getObjectId(), path.getObjectInstanceId(),
                                                path.getResourceId(), path.getResourceInstanceId(),
                                                value.asLong(), Type.INTEGER);
                if (value.isBoolean())
                        return new WriteRequest(format, path.getObjectId(), path.getObjectInstanceId(),
                                                path.getResourceId(), value.asBoolean());
                return new WriteRequest(format, path.getObjectId(), path.getObjectInstanceId(),
                                        path.getResourceId(), value.asLong());
        }

        private static ContentFormat format(JsonNode command) {
                return ContentFormat.fromName(command.get("format").asText());
        }

        private static List<String> paths(JsonNode command) {
                List<String> paths = new ArrayList<>();

                for (JsonNode path : command.get("paths"))
                        paths.add(path.asText());
                return paths;
        }

        private static Object value(JsonNode value) {
                if (value.isBoolean())
                        return value.asBoolean();
                return value.isNumber() ? (Object) value.asLong() : value.asText();
        }

        private static Map<String, Object> values(JsonNode object) {
                Map<String, Object> values = new LinkedHashMap<>();

                for (Iterator<String> names = object.fieldNames(); names.hasNext();) {
                        String name = names.next();
                        values.put(name, value(object.get(name)));
                }
                return values;
        }

        /* {"1": 60, "6": true, "2": {"1": 31}}: a number in a Multiple Resource is an Integer. */
        private static List<LwM2mResource> resources(JsonNode object) {
                List<LwM2mResource> resources = new ArrayList<>();

                for (Iterator<String> names = object.fieldNames(); names.hasNext();) {
                        String name = names.next();
                        int id = Integer.parseInt(name);

                        if (object.get(name).isObject()) {
                                Map<Integer, Long> instances = new LinkedHashMap<>();
                                values(object.get(name)).forEach(
                                        (key, each) -> instances.put(Integer.valueOf(key), (Long) each));
                                resources.add(LwM2mMultipleResource.newIntegerResource(id, instances));
                        } else {
                                resources.add(LwM2mSingleResource.newResource(id, value(object.get(name))));
                        }
                }
                return resources;
        }
}
