import java.io.File;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.server.datanode.DataNode;
import org.apache.hadoop.hdfs.server.namenode.NameNode;
import org.apache.hadoop.hdfs.server.namenode.ha.BootstrapStandby;
import org.apache.hadoop.metrics2.lib.DefaultMetricsSystem;

/**
 * A NameNode and a DataNode in one process: one thing to start and to kill. With the argument "name" or "data" one of them
 * alone, so that it can be killed alone; "standby" is a NameNode that begins as a copy of the one that runs.
 */
public class HdfsNode {
  public static void main(String[] arguments) throws Exception {
    String only = arguments.length > 0 ? arguments[0] : "all";
    // Else the second of them finds that the first has registered its metrics.
    DefaultMetricsSystem.setMiniClusterMode(true);
    Configuration settings = new HdfsConfiguration();
    if (!only.equals("data")) startNameNode(settings, only.equals("standby"));
    if (only.equals("all") || only.equals("data")) DataNode.createDataNode(new String[] {}, settings);
    Thread.currentThread().join();
  }

  private static void startNameNode(Configuration settings, boolean isCopy) throws Exception {
    String folder = settings.get("dfs.namenode.name.dir").replaceFirst("^file://", "");
    if (!new File(folder, "current/VERSION").exists()) {
      Configuration own = new Configuration(settings);
      if (isCopy) BootstrapStandby.run(new String[] {"-nonInteractive"}, own);
      else NameNode.format(own);
    }
    NameNode.createNameNode(new String[] {}, settings);
  }
}
