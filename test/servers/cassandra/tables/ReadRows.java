import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.ColumnDefinition;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.data.CqlDuration;
import com.datastax.oss.driver.api.core.data.CqlVector;
import com.datastax.oss.driver.api.core.data.TupleValue;
import com.datastax.oss.driver.api.core.data.UdtValue;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;

/**
 * Prints the rows of a query as the Java driver reads them: a line of JSON each, an object of column → [the Java
 * class, the value]. Arguments: host, port, query.
 */
public class ReadRows {
  public static void main(String[] arguments) {
    DriverConfigLoader patient = DriverConfigLoader.programmaticBuilder()
        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(60))
        .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, Duration.ofSeconds(60))
        .withDuration(DefaultDriverOption.CONNECTION_CONNECT_TIMEOUT, Duration.ofSeconds(60))
        .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, Duration.ofSeconds(60))
        .build();
    try (CqlSession session = CqlSession.builder()
        .addContactPoint(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])))
        .withLocalDatacenter("datacenter1")
        .withConfigLoader(patient)
        .build()) {
      for (Row row : session.execute(arguments[2])) System.out.println(toJson(row));
    }
  }

  private static String toJson(Row row) {
    List<String> columns = new ArrayList<>();
    int i = 0;
    for (ColumnDefinition column : row.getColumnDefinitions()) {
      Object value = row.getObject(i++);
      if (value == null) continue;
      columns.add(text(column.getName().asInternal()) + ":[" + text(nameOf(value)) + "," + json(value) + "]");
    }
    return "{" + String.join(",", columns) + "}";
  }

  private static String nameOf(Object value) {
    if (value instanceof ByteBuffer) return "ByteBuffer";
    if (value instanceof InetAddress) return "InetAddress";
    if (value instanceof UdtValue) return "UdtValue";
    if (value instanceof TupleValue) return "TupleValue";
    if (value instanceof List) return "List";
    if (value instanceof Collection) return "Set";
    if (value instanceof Map) return "Map";
    return value.getClass().getSimpleName();
  }

  private static String json(Object value) {
    if (value == null) return "null";
    if (value instanceof Integer || value instanceof Short || value instanceof Byte || value instanceof Boolean) {
      return value.toString();
    }
    if (value instanceof Float real) return json(Double.valueOf(real));
    if (value instanceof Double) return value.toString();
    if (value instanceof ByteBuffer bytes) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      return text("0x" + HexFormat.of().formatHex(copy));
    }
    if (value instanceof Instant instant) return text(Long.toString(instant.toEpochMilli()));
    if (value instanceof LocalTime time) return text(Long.toString(time.toNanoOfDay()));
    if (value instanceof InetAddress address) return text(address.getHostAddress());
    if (value instanceof CqlDuration span) {
      return "[" + span.getMonths() + "," + span.getDays() + "," + text(Long.toString(span.getNanoseconds())) + "]";
    }
    if (value instanceof UdtValue udt) {
      List<String> fields = new ArrayList<>();
      for (int i = 0; i < udt.size(); i++) {
        fields.add(text(udt.getType().getFieldNames().get(i).asInternal()) + ":" + json(udt.getObject(i)));
      }
      return "{" + String.join(",", fields) + "}";
    }
    if (value instanceof TupleValue tuple) {
      List<Object> elements = new ArrayList<>();
      for (int i = 0; i < tuple.size(); i++) elements.add(tuple.getObject(i));
      return array(elements);
    }
    if (value instanceof CqlVector<?> vector) {
      List<Object> elements = new ArrayList<>();
      vector.forEach(elements::add);
      return array(elements);
    }
    if (value instanceof Collection<?> collection) return array(collection);
    if (value instanceof Map<?, ?> map) {
      List<Object> pairs = new ArrayList<>();
      for (Map.Entry<?, ?> entry : map.entrySet()) pairs.add(List.of(entry.getKey(), entry.getValue()));
      return array(pairs);
    }
    // Texts, and what is only safe as one: Long, BigInteger, BigDecimal, UUID, LocalDate.
    return text(value.toString());
  }

  private static String array(Collection<?> elements) {
    List<String> said = new ArrayList<>();
    for (Object element : elements) said.add(json(element));
    return "[" + String.join(",", said) + "]";
  }

  private static String text(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char unit : value.toCharArray()) {
      if (unit == '"' || unit == '\\' || unit < ' ' || unit > '~') quoted.append(String.format("\\u%04x", (int) unit));
      else quoted.append(unit);
    }
    return new String(quoted.append('"').toString().getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII);
  }
}
