import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Date;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.LocalTime;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.apache.ignite.Ignition;
import org.apache.ignite.cache.query.SqlFieldsQuery;
import org.apache.ignite.client.ClientCache;
import org.apache.ignite.client.IgniteClient;
import org.apache.ignite.configuration.ClientConfiguration;

/**
 * Somebody whose data it is, with Ignite's own Java client. A line of JSON asks, a line answers: values are
 * {"is": Java class, "text": ...}, so that their types are seen. Asked is {"sql", "args"} or {"cache", "put" or "get"}.
 */
public class IgniteOwner {
  private static final ObjectMapper json = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (IgniteClient client = Ignition.startClient(new ClientConfiguration().setAddresses(arguments[0]))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) out.println(answer(client, json.readTree(line)));
    }
  }

  private static String answer(IgniteClient client, JsonNode asked) throws Exception {
    ObjectNode answer = json.createObjectNode();
    try {
      ArrayNode rows = answer.putArray("rows");
      if (asked.has("sql")) query(client, asked, rows);
      else cache(client, asked, rows);
    } catch (Exception error) {
      answer.put("error", String.valueOf(error));
    }
    return json.writeValueAsString(answer);
  }

  private static void query(IgniteClient client, JsonNode asked, ArrayNode rows) {
    Object[] args = new Object[asked.path("args").size()];
    for (int i = 0; i < args.length; i++) args[i] = valueOf(asked.get("args").get(i));
    for (List<?> row : client.query(new SqlFieldsQuery(asked.get("sql").asText()).setArgs(args)).getAll()) {
      ArrayNode told = rows.addArray();
      for (Object value : row) told.add(told(value));
    }
  }

  private static void cache(IgniteClient client, JsonNode asked, ArrayNode rows) {
    ClientCache<Object, Object> cache = client.cache(asked.get("cache").asText());
    JsonNode put = asked.get("put");
    if (put != null) cache.put(valueOf(put.get(0)), valueOf(put.get(1)));
    else rows.addArray().add(told(cache.get(valueOf(asked.get("get")))));
  }

  private static Object valueOf(JsonNode node) {
    if (node.isNull()) return null;
    String text = node.get("text").asText();
    switch (node.get("is").asText()) {
      case "java.lang.Boolean": return Boolean.valueOf(text);
      case "java.lang.Byte": return Byte.valueOf(text);
      case "java.lang.Short": return Short.valueOf(text);
      case "java.lang.Integer": return Integer.valueOf(text);
      case "java.lang.Long": return Long.valueOf(text);
      case "java.math.BigDecimal": return new BigDecimal(text);
      case "java.lang.Double": return Double.valueOf(text);
      case "java.lang.Float": return Float.valueOf(text);
      case "java.util.UUID": return UUID.fromString(text);
      case "java.sql.Date": return Date.valueOf(text);
      case "java.sql.Time": return timeOf(text);
      case "java.sql.Timestamp": return Timestamp.valueOf(text);
      case "[B": return HexFormat.of().parseHex(text);
      default: return text;
    }
  }

  /** Perhaps with milliseconds. */
  private static Time timeOf(String text) {
    long milliseconds = LocalTime.parse(text).getNano() / 1_000_000;
    return new Time(Time.valueOf(text.substring(0, 8)).getTime() + milliseconds);
  }

  private static JsonNode told(Object value) {
    if (value == null) return json.nullNode();
    ObjectNode told = json.createObjectNode();
    told.put("is", value.getClass().getName());
    told.put("text", textOf(value));
    return told;
  }

  /** Of a decimal its digits and their scale, of a time its milliseconds, too. */
  private static String textOf(Object value) {
    if (value instanceof byte[]) return HexFormat.of().formatHex((byte[])value);
    if (value instanceof BigDecimal) return ((BigDecimal)value).unscaledValue() + "e" + -((BigDecimal)value).scale();
    if (value instanceof Time) return value + "." + Math.floorMod(((Time)value).getTime(), 1000);
    return String.valueOf(value);
  }
}
