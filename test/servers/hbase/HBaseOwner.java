import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Base64;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hbase.Cell;
import org.apache.hadoop.hbase.CellUtil;
import org.apache.hadoop.hbase.HBaseConfiguration;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.ConnectionFactory;
import org.apache.hadoop.hbase.client.Put;
import org.apache.hadoop.hbase.client.Result;
import org.apache.hadoop.hbase.client.ResultScanner;
import org.apache.hadoop.hbase.client.Scan;
import org.apache.hadoop.hbase.client.Table;
import org.apache.hadoop.hbase.util.Bytes;

/**
 * The owner of a table, with HBase's own client. Arguments: ZooKeeper's host and port, the table. A line of the standard
 * input is a request: `put ROW COLUMN TYPE VALUE`, `increment ROW COLUMN AMOUNT` or `split ROW`, rows and values of texts
 * in Base64. At the end of the input all cells are printed, one a line, as JSON: row and column in Base64, and what HBase's
 * Bytes makes of the value as each type that fits its length.
 */
public class HBaseOwner {
  public static void main(String[] arguments) throws Exception {
    Configuration settings = HBaseConfiguration.create();
    String[] address = arguments[0].split(":");
    settings.set("hbase.zookeeper.quorum", address[0]);
    settings.set("hbase.zookeeper.property.clientPort", address[1]);
    TableName name = TableName.valueOf(arguments[1]);
    try (Connection connection = ConnectionFactory.createConnection(settings);
        Table table = connection.getTable(name)) {
      BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        String[] words = line.split(" ", -1);
        byte[] row = fromBase64(words[1]);
        if (words[0].equals("split")) connection.getAdmin().splitRegionAsync(regionOf(connection, name, row), row).get();
        else if (words[0].equals("increment")) {
          byte[][] column = columnOf(words[2]);
          table.incrementColumnValue(row, column[0], column[1], Long.parseLong(words[3]));
        } else {
          byte[][] column = columnOf(words[2]);
          table.put(new Put(row).addColumn(column[0], column[1], bytesOf(words[3], words[4])));
        }
      }
      try (ResultScanner rows = table.getScanner(new Scan())) {
        for (Result row : rows) for (Cell cell : row.listCells()) print(cell);
      }
    }
  }

  private static byte[] regionOf(Connection connection, TableName name, byte[] row) throws Exception {
    return connection.getRegionLocator(name).getRegionLocation(row, true).getRegion().getRegionName();
  }

  private static byte[][] columnOf(String column) {
    return CellUtil.parseColumn(Bytes.toBytes(column));
  }

  private static byte[] fromBase64(String text) {
    return Base64.getDecoder().decode(text);
  }

  private static byte[] bytesOf(String type, String value) {
    switch (type) {
      case "boolean": return Bytes.toBytes(Boolean.parseBoolean(value));
      case "int": return Bytes.toBytes(Integer.parseInt(value));
      case "long": return Bytes.toBytes(Long.parseLong(value));
      case "double": return Bytes.toBytes(Double.parseDouble(value));
      case "text": return Bytes.toBytes(Bytes.toString(fromBase64(value)));
      default: return fromBase64(value);
    }
  }

  private static void print(Cell cell) {
    byte[] value = CellUtil.cloneValue(cell);
    StringBuilder line = new StringBuilder("{");
    add(line, "row", base64(CellUtil.cloneRow(cell)));
    add(line, "column", base64(CellUtil.makeColumn(CellUtil.cloneFamily(cell), CellUtil.cloneQualifier(cell))));
    add(line, "bytes", base64(value));
    add(line, "text", base64(Bytes.toBytes(Bytes.toString(value))));
    if (value.length == 1) add(line, "boolean", String.valueOf(Bytes.toBoolean(value)));
    if (value.length == 4) add(line, "int", String.valueOf(Bytes.toInt(value)));
    if (value.length == 8) add(line, "long", String.valueOf(Bytes.toLong(value)));
    if (value.length == 8) add(line, "double", String.valueOf(Bytes.toDouble(value)));
    System.out.println(line.append("}"));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static void add(StringBuilder line, String name, String value) {
    if (line.length() > 1) line.append(",");
    line.append('"').append(name).append("\":\"").append(value).append('"');
  }
}
