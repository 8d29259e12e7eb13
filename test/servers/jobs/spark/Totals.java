import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** The total of one region's visits: input, output and region are its arguments. */
public final class Totals {
  public static void main(String[] args) {
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("totals")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "true")
            .config("spark.ui.consoleProgress.update.interval", "50")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            // One task for each file: some of them are done while others run.
            .config("spark.sql.files.maxPartitionBytes", "1m")
            .getOrCreate();
    try {
      spark
          .read()
          .schema("id BIGINT, region STRING, amount BIGINT, text STRING")
          .option("mode", "FAILFAST")
          .json(args[0])
          .createOrReplaceTempView("visits");
      spark
          .sql(
              "SELECT region, sum(amount) AS total, count(*) AS visits FROM visits WHERE region = :region GROUP BY region",
              Map.of("region", args[2]))
          .coalesce(1)
          .write()
          .json(args[1]);
    } finally {
      spark.stop();
    }
  }
}
