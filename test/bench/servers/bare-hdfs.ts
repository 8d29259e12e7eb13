/** WebHDFS as its documentation says, over node:http alone. */
import { type IncomingMessage, request } from "node:http";

/**
 * Milliseconds of writing a file: a request that names the DataNode, and one that carries the bytes.
 *
 * @param url Of the NameNode.
 */
export async function bareUpload(url: string, path: string, bytes: Uint8Array): Promise<number> {
  const start = performance.now();
  const place = await put(`${url}/webhdfs/v1${path}?op=CREATE&overwrite=true&user.name=root`);
  const { location } = place.headers;
  if (location === undefined) throw new Error(`the NameNode named no DataNode for ${path}`);
  const { statusCode } = await put(location, bytes);
  if (statusCode !== 201) throw new Error(`the DataNode answered the bare upload with ${statusCode}`);
  return performance.now() - start;
}

function put(url: string, body?: Uint8Array): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const length = { "content-length": String(body?.length ?? 0) };
    const putting = request(url, { method: "PUT", headers: length });
    putting.once("error", reject);
    putting.once("response", (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer));
    });
    putting.end(body);
  });
}
