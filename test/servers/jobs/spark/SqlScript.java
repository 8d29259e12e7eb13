import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/**
 * The statements of a file, in Spark's SQL, which takes HiveQL: file, input and output are its arguments, and ${input} and
 * ${output} in the file stand for them.
 */
public final class SqlScript {
  public static void main(String[] args) throws Exception {
    String script = Files.readString(Path.of(args[0])).replace("${input}", args[1]).replace("${output}", args[2]);
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("script")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    try {
      for (String statement : script.split(";")) {
        if (!statement.isBlank()) spark.sql(statement);
      }
    } finally {
      spark.stop();
    }
  }
}
