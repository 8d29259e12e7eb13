import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Reads a dataset with Hadoop's own client and nothing of ours but the description of its files: the newest manifest names
 * the segments, oldest first, and of several lines of a key the newest counts. Prints those lines in the order of their keys.
 */
public class DatasetReader {
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Path folder = new Path(arguments[0]);
    ObjectMapper json = new ObjectMapper();
    TreeMap<String, String> newest = new TreeMap<>();
    try (FileSystem files = FileSystem.get(folder.toUri(), new Configuration())) {
      FileStatus[] manifests = files.listStatus(new Path(folder, "manifests"));
      Arrays.sort(manifests);
      Path last = manifests[manifests.length - 1].getPath();
      JsonNode manifest;
      try (BufferedReader lines = open(files, last)) {
        manifest = json.readTree(lines.readLine());
      }
      for (JsonNode segment : manifest.get("segments")) {
        Path data = new Path(folder, "segments/" + segment.get("name").asText() + ".ndjson");
        try (BufferedReader lines = open(files, data)) {
          for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            newest.put(json.readTree(line).get("key").asText(), line);
          }
        }
      }
    }
    for (String line : newest.values()) out.println(line);
  }

  private static BufferedReader open(FileSystem files, Path path) throws Exception {
    return new BufferedReader(new InputStreamReader(files.open(path), StandardCharsets.UTF_8));
  }
}
