import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.upper;

import org.apache.spark.sql.SparkSession;

/** The totals of each region's visits: input and output are its arguments. */
public final class VisitTotals {
  public static void main(String[] args) {
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("totals of visits")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    try {
      spark
          .read()
          .schema("region STRING, amount BIGINT, at TIMESTAMP")
          .option("mode", "FAILFAST")
          .json(args[0])
          .groupBy(col("region").as("id"), upper(col("region")).as("code"))
          .agg(
              sum("amount").as("total"),
              count(lit(1)).as("visits"),
              max("at").gt(lit("2026-01-01")).as("isRecent"))
          .coalesce(1)
          .write()
          .json(args[1]);
    } finally {
      spark.stop();
    }
  }
}
