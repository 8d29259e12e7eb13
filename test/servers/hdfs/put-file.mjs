// Makes a file by WebHDFS, as a program of any language can: the server, where a job's output goes, a name and a text.
import { request } from "node:http";

const put = (url, body) =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method: "PUT" }, (answer) =>
      answer.resume().once("end", () => resolve(answer)),
    );
    sent.once("error", reject).end(body);
  });

export async function putFile(server, output, name, text) {
  const path = `${new URL(output).pathname}/${name}`;
  const { headers } = await put(`${server}/webhdfs/v1${path}?op=CREATE&user.name=root`);
  const { statusCode } = await put(headers.location, text);
  if (statusCode !== 201) throw new Error(`answered with ${statusCode}`);
}
