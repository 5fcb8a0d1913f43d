/* SPDX-License-Identifier: Apache-2.0 */
/* What Leshan knows of Objects: its own models, and those of a file, which its library has not. */

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.model.ResourceModel;

final class Models {
        private Models() {
        }

        /* The file is a JSON array of definitions, with the keys of an object directory's. */
        static List<ObjectModel> load(String file) throws IOException {
                List<ObjectModel> models = new ArrayList<>(ObjectLoader.loadAllDefault());

                for (JsonNode definition : new ObjectMapper().readTree(new File(file)))
                        models.add(object(definition));
                return models;
        }

        private static ObjectModel object(JsonNode definition) {
                JsonNode resources = definition.get("resources");
                List<ResourceModel> models = new ArrayList<>();

                for (Iterator<String> ids = resources.fieldNames(); ids.hasNext();) {
                        String id = ids.next();
                        models.add(resource(Integer.parseInt(id), resources.get(id)));
                }
                return new ObjectModel(definition.get("object").asInt(), definition.get("name").asText(), "",
                                       definition.get("version").asText(),
                                       definition.get("multiple").asBoolean(),
                                       definition.get("mandatory").asBoolean(), models);
        }

        private static ResourceModel resource(int id, JsonNode definition) {
                return new ResourceModel(id, definition.get("name").asText(),
                                         ResourceModel.Operations.valueOf(definition.get("operations").asText()),
                                         definition.path("multiple").asBoolean(),
                                         definition.path("mandatory").asBoolean(),
                                         type(definition.get("type").asText()), "", "", "");
        }

        private static ResourceModel.Type type(String name) {
                switch (name) {
                case "unsigned":
                        return ResourceModel.Type.UNSIGNED_INTEGER;
                case "corelnk":
                        return ResourceModel.Type.CORELINK;
                default:
                        return ResourceModel.Type.valueOf(name.toUpperCase());
                }
        }
}
