package org.apache.hadoop.hive.ql.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.hive.com.esotericsoftware.kryo.Kryo;
import org.apache.hive.com.esotericsoftware.kryo.Serializer;
import org.apache.hive.com.esotericsoftware.kryo.io.Input;
import org.apache.hive.com.esotericsoftware.kryo.io.Output;

/**
 * Stands before Hive 3.1's own, which looks for a field that lists have no more since Java 9 and ends each job with
 * NoSuchFieldException: parentOffset.
 */
class SerializationUtilities$ArrayListSubListSerializer extends Serializer<List<?>> {
  SerializationUtilities$ArrayListSubListSerializer() {}

  public List<?> read(Kryo kryo, Input input, Class<List<?>> type) {
    int length = input.readInt(true);
    List<Object> list = new ArrayList<>(length);
    kryo.reference(list);
    for (int i = 0; i < length; i++) list.add(kryo.readClassAndObject(input));
    return list;
  }

  public void write(Kryo kryo, Output output, List<?> list) {
    output.writeInt(list.size(), true);
    for (Object element : list) kryo.writeClassAndObject(output, element);
  }
}
