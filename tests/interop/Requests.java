/* SPDX-License-Identifier: Apache-2.0 */
/* A command of run.py as a request of Leshan's. */

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Date;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.leshan.core.link.attributes.InvalidAttributeException;
import org.eclipse.leshan.core.link.lwm2m.attributes.DefaultLwM2mAttributeParser;
import org.eclipse.leshan.core.link.lwm2m.attributes.LwM2mAttributeSet;
import org.eclipse.leshan.core.model.LwM2mModel;
import org.eclipse.leshan.core.model.ResourceModel.Type;
import org.eclipse.leshan.core.node.LwM2mMultipleResource;
import org.eclipse.leshan.core.node.LwM2mNode;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mPath;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.node.LwM2mResourceInstance;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.node.ObjectLink;
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
import org.eclipse.leshan.core.util.Hex;
import org.eclipse.leshan.core.util.datatype.ULong;

final class Requests {
        private final LwM2mModel model;

        /* The model says of which type a value is. */
        Requests(LwM2mModel model) {
                this.model = model;
        }

        /* The observation is the one that "cancel" ends, else null. */
        DownlinkRequest<? extends LwM2mResponse> build(JsonNode command, Observation observation)
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
                        return command.has("arguments")
                                       ? new ExecuteRequest(path, command.get("arguments").asText())
                                       : new ExecuteRequest(path);
                case "create":
                        return create(command, new LwM2mPath(path));
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
                        return new WriteCompositeRequest(format(command), nodes(command.get("values")), null);
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
        private WriteRequest write(JsonNode command, LwM2mPath path) {
                boolean part = path.isObjectInstance() && !command.path("replace").asBoolean();

                return new WriteRequest(part ? WriteRequest.Mode.UPDATE : WriteRequest.Mode.REPLACE,
                                        format(command), path, node(path, command.get("value")));
        }

        /* Without "instance" the client chooses the Object Instance ID. */
        private CreateRequest create(JsonNode command, LwM2mPath path) {
                List<LwM2mResource> resources = resources(path.getObjectId(), command.get("values"));

                return command.has("instance")
                               ? new CreateRequest(format(command), path.getObjectId(),
                                                   new LwM2mObjectInstance(command.get("instance").asInt(),
                                                                           resources))
                               : new CreateRequest(format(command), path.getObjectId(), resources);
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

        private static Object value(JsonNode value, Type type) {
                switch (type) {
                case INTEGER:
                        return value.asLong();
                case UNSIGNED_INTEGER:
                        return ULong.valueOf(value.asText());
                case FLOAT:
                        return value.asDouble();
                case BOOLEAN:
                        return value.asBoolean();
                case OPAQUE:
                        return Hex.decodeHex(value.asText().toCharArray());
                case TIME:
                        return new Date(value.asLong() * 1000);
                case OBJLNK:
                        return ObjectLink.decodeFromString(value.asText());
                default:
                        return value.asText();
                }
        }

        private Map<LwM2mPath, LwM2mNode> nodes(JsonNode values) {
                Map<LwM2mPath, LwM2mNode> nodes = new LinkedHashMap<>();

                for (Iterator<String> paths = values.fieldNames(); paths.hasNext();) {
                        LwM2mPath path = new LwM2mPath(paths.next());
                        nodes.put(path, node(path, values.get(path.toString())));
                }
                return nodes;
        }

        private LwM2mNode node(LwM2mPath path, JsonNode value) {
                if (path.isObjectInstance())
                        return new LwM2mObjectInstance(path.getObjectInstanceId(),
                                                       resources(path.getObjectId(), value));
                if (path.isResource())
                        return resource(path.getObjectId(), path.getResourceId(), value);
                Type type = type(path.getObjectId(), path.getResourceId());
                return LwM2mResourceInstance.newInstance(path.getResourceInstanceId(), value(value, type), type);
        }

        /* {"1": 60, "6": true, "2": {"1": 31}}: the last one is a Multiple Resource. */
        private List<LwM2mResource> resources(int object, JsonNode values) {
                List<LwM2mResource> resources = new ArrayList<>();

                for (Iterator<String> names = values.fieldNames(); names.hasNext();) {
                        String name = names.next();
                        resources.add(resource(object, Integer.parseInt(name), values.get(name)));
                }
                return resources;
        }

        private LwM2mResource resource(int object, int id, JsonNode value) {
                Type type = type(object, id);

                if (!value.isObject())
                        return LwM2mSingleResource.newResource(id, value(value, type), type);
                Map<Integer, Object> instances = new LinkedHashMap<>();
                for (Iterator<String> names = value.fieldNames(); names.hasNext();) {
                        String name = names.next();
                        instances.put(Integer.valueOf(name), value(value.get(name), type));
                }
                return LwM2mMultipleResource.newResource(id, instances, type);
        }

        private Type type(int object, int resource) {
                return model.getResourceModel(object, resource).type;
        }
}
