import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Somebody whose cluster it is, with Kafka's own Java clients. A line of JSON asks, a line answers. Asked is {"topic", and
 * one of "create", "configure", "deleteBefore", "delete", "produce", "consume", "grant"}.
 */
public class KafkaOwner {
  private static final ObjectMapper json = new ObjectMapper();
  private static final Duration WAIT = Duration.ofMillis(200);

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Properties properties = new Properties();
    properties.put("bootstrap.servers", arguments[0]);
    try (Admin admin = Admin.create(properties)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(answer(admin, properties, json.readTree(line)));
      }
    }
  }

  private static String answer(Admin admin, Properties properties, JsonNode asked) throws Exception {
    ObjectNode answer = json.createObjectNode();
    try {
      String topic = asked.get("topic").asText();
      if (asked.has("create")) create(admin, topic, asked.get("create"));
      if (asked.has("configure")) configure(admin, topic, asked.get("configure"));
      if (asked.has("deleteBefore")) deleteBefore(admin, topic, asked.get("deleteBefore").asLong());
      if (asked.has("delete")) admin.deleteTopics(List.of(topic)).all().get();
      if (asked.has("produce")) produce(properties, topic, asked.get("produce"));
      if (asked.has("grant")) grant(admin, asked.get("grant"), topic);
      if (asked.has("consume")) consume(properties, new TopicPartition(topic, asked.get("consume").asInt()), answer);
    } catch (Exception error) {
      answer.put("error", String.valueOf(error));
    }
    return json.writeValueAsString(answer);
  }

  private static void create(Admin admin, String topic, JsonNode asked) throws Exception {
    NewTopic created = new NewTopic(topic, asked.path("partitions").asInt(1), (short)1);
    admin.createTopics(List.of(created.configs(configsOf(asked.path("configs"))))).all().get();
  }

  private static void configure(Admin admin, String topic, JsonNode configs) throws Exception {
    List<AlterConfigOp> changes = new ArrayList<>();
    configsOf(configs).forEach((name, value) ->
      changes.add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
    admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), changes)).all().get();
  }

  private static Map<String, String> configsOf(JsonNode node) {
    Map<String, String> configs = new HashMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) configs.put(field.getKey(), field.getValue().asText());
    return configs;
  }

  private static void deleteBefore(Admin admin, String topic, long offset) throws Exception {
    admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(offset))).all().get();
  }

  private static void grant(Admin admin, JsonNode grant, String prefix) throws Exception {
    List<AclBinding> bindings = new ArrayList<>();
    for (JsonNode operation : grant.get("operations")) {
      AccessControlEntry entry = new AccessControlEntry(
        "User:" + grant.get("user").asText(), "*", AclOperation.fromString(operation.asText()), AclPermissionType.ALLOW);
      ResourceType type = ResourceType.fromString(grant.get("on").asText());
      bindings.add(new AclBinding(new ResourcePattern(type, prefix, PatternType.PREFIXED), entry));
    }
    admin.createAcls(bindings).all().get();
  }

  private static void produce(Properties properties, String topic, JsonNode records) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (JsonNode record : records) {
        byte[] key = HexFormat.of().parseHex(record.get("key").asText());
        JsonNode value = record.get("value");
        byte[] bytes = value.isNull() ? null : value.asText().getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(topic, 0, key, bytes)).get();
      }
    }
  }

  /** Committed records, from the beginning up to what is stable now. */
  private static void consume(Properties properties, TopicPartition partition, ObjectNode answer) {
    Properties reading = new Properties();
    reading.putAll(properties);
    reading.put("isolation.level", "read_committed");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      answer.put("beginning", consumer.beginningOffsets(List.of(partition)).get(partition));
      answer.put("end", end);
      ArrayNode records = answer.putArray("records");
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(WAIT)) {
          if (record.offset() < end) tell(record, records.addObject());
        }
      }
    }
  }

  private static void tell(ConsumerRecord<byte[], byte[]> record, ObjectNode told) {
    told.put("offset", record.offset());
    told.put("key", HexFormat.of().formatHex(record.key()));
    told.put("value", record.value() == null ? null : new String(record.value(), StandardCharsets.UTF_8));
    ObjectNode headers = told.putObject("headers");
    for (Header header : record.headers()) headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
  }
}
