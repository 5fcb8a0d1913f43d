/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer, a notification or a Send of a client holds, as fields of an event. */

import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.leshan.core.link.Link;
import org.eclipse.leshan.core.node.LwM2mNode;
import org.eclipse.leshan.core.node.LwM2mObject;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mPath;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.node.LwM2mResourceInstance;
import org.eclipse.leshan.core.node.ObjectLink;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.response.CreateResponse;
import org.eclipse.leshan.core.response.DiscoverResponse;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.core.response.ReadCompositeResponse;
import org.eclipse.leshan.core.response.ReadResponse;
import org.eclipse.leshan.core.util.Hex;

final class Answers {
        private Answers() {
        }

        /* Code, reason, format and content; path is that of the request, null for a composite one. */
        static void describeAll(LwM2mResponse response, String path, Map<String, Object> fields) {
                describe(response, fields);
                if (!response.isSuccess())
                        return;
                if (response instanceof ReadResponse && ((ReadResponse) response).getContent() != null) {
                        Map<String, Object> values = new LinkedHashMap<>();
                        flatten(new LwM2mPath(path), ((ReadResponse) response).getContent(), values);
                        fields.put("values", values);
                }
                if (response instanceof ReadCompositeResponse)
                        fields.put("values", values(((ReadCompositeResponse) response).getContent()));
                if (response instanceof DiscoverResponse)
                        fields.put("links", links(((DiscoverResponse) response).getObjectLinks()));
                if (response instanceof CreateResponse)
                        fields.put("location", ((CreateResponse) response).getLocation());
        }

        /* What a composite answer or a Send holds; a path of which there is nothing has no node. */
        static Map<String, Object> values(Map<LwM2mPath, LwM2mNode> nodes) {
                Map<String, Object> values = new LinkedHashMap<>();

                if (nodes != null)
                        nodes.forEach((path, node) -> {
                                if (node != null)
                                        flatten(path, node, values);
                        });
                return values;
        }

        static void describe(LwM2mResponse response, Map<String, Object> fields) {
                int code = response.getCode().getCode();

                fields.put("code", String.format("%d.%02d", code / 100, code % 100));
                if (response.getErrorMessage() != null)
                        fields.put("reason", response.getErrorMessage());

                int format = response.getCoapResponse() == null ? -1
                        : ((Response) response.getCoapResponse()).getOptions().getContentFormat();
                if (format >= 0)
                        fields.put("format", ContentFormat.fromCode(format).getName());
        }

        static void flatten(LwM2mPath path, LwM2mNode node, Map<String, Object> values) {
                if (node instanceof LwM2mObject) {
                        for (LwM2mObjectInstance i : ((LwM2mObject) node).getInstances().values())
                                flatten(path.append(i.getId()), i, values);
                } else if (node instanceof LwM2mObjectInstance) {
                        for (LwM2mResource r : ((LwM2mObjectInstance) node).getResources().values())
                                flatten(path.append(r.getId()), r, values);
                } else if (node instanceof LwM2mResource && ((LwM2mResource) node).isMultiInstances()) {
                        for (LwM2mResourceInstance i : ((LwM2mResource) node).getInstances().values())
                                values.put(path.append(i.getId()).toString(), value(i.getValue()));
                } else if (node instanceof LwM2mResource) {
                        values.put(path.toString(), value(((LwM2mResource) node).getValue()));
                } else {
                        values.put(path.toString(), value(((LwM2mResourceInstance) node).getValue()));
                }
        }

        static Object value(Object value) {
                if (value instanceof Number || value instanceof Boolean)
                        return value;
                if (value instanceof Date)
                        return ((Date) value).getTime() / 1000;
                if (value instanceof ObjectLink)
                        return ((ObjectLink) value).encodeToString();
                return value instanceof byte[] ? Hex.encodeHexString((byte[]) value) : value.toString();
        }

        static List<String> links(Link[] links) {
                List<String> texts = new ArrayList<>();

                for (Link link : links)
                        texts.add(link.toCoreLinkFormat());
                return texts;
        }
}
