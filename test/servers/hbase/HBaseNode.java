import java.io.File;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hbase.HBaseConfiguration;
import org.apache.hadoop.hbase.LocalHBaseCluster;
import org.apache.hadoop.hbase.rest.RESTServer;
import org.apache.hadoop.hbase.zookeeper.MiniZooKeeperCluster;

/**
 * ZooKeeper, a master, a region server and the REST gateway in one process: one thing to start and to kill.
 * With the argument "gateway" only the gateway, so that the servers behind it can be killed alone; with "servers" all but it.
 */
public class HBaseNode {
  public static void main(String[] arguments) throws Exception {
    String only = arguments.length > 0 ? arguments[0] : "all";
    Configuration settings = HBaseConfiguration.create();
    if (!only.equals("gateway")) startServers(settings);
    if (!only.equals("servers")) new RESTServer(settings).run();
    Thread.currentThread().join();
  }

  private static void startServers(Configuration settings) throws Exception {
    MiniZooKeeperCluster zooKeeper = new MiniZooKeeperCluster(settings);
    zooKeeper.setDefaultClientPort(settings.getInt("hbase.zookeeper.property.clientPort", 2181));
    zooKeeper.startup(new File(settings.get("hbase.zookeeper.property.dataDir")));
    LocalHBaseCluster cluster = new LocalHBaseCluster(settings, 1, 1);
    cluster.startup();
    while (!cluster.getActiveMaster().isInitialized()) Thread.sleep(50);
  }
}
