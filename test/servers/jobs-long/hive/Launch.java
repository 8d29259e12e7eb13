import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A main class, all of whose classes one URLClassLoader loads: Hive 3.1 takes its own class loader for one, which that of
 * a class path is no more since Java 9. The class path, the main class and its arguments are its arguments.
 */
public final class Launch {
  public static void main(String[] args) throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String path : args[0].split(File.pathSeparator)) urls.add(new File(path).toURI().toURL());
    URLClassLoader loader =
        new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    Thread.currentThread().setContextClassLoader(loader);
    String[] rest = Arrays.copyOfRange(args, 2, args.length);
    loader.loadClass(args[1]).getMethod("main", String[].class).invoke(null, (Object) rest);
  }
}
