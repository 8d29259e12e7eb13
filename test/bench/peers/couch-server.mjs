/**
 * express-pouchdb on LevelDB as a process of its own, in the folder given: tells its port when it listens. Plain
 * JavaScript, since its packages are not those of the project and have no types.
 */
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [folder] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const PouchDB = require("pouchdb");
const serve = require("express-pouchdb");

process.chdir(folder);
const application = serve(PouchDB.defaults({ prefix: `${folder}/` }), {
  mode: "minimumForPouchDB",
  inMemoryConfig: true,
  logPath: `${folder}/express-pouchdb.log`,
});
const server = createServer((request, response) => {
  response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
  response.setHeader("access-control-allow-credentials", "true");
  response.setHeader("access-control-allow-headers", "content-type, accept");
  response.setHeader("access-control-allow-methods", "GET, HEAD, POST, PUT, DELETE");
  response.setHeader("access-control-max-age", "600");
  if (request.method === "OPTIONS") response.end();
  else application(request, response);
});
server.listen(0, "127.0.0.1", () => process.send?.(server.address().port));
process.once("disconnect", () => process.exit(0));
