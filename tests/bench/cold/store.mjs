// Plays D1 and KV over HTTP for workerd: a SQLite database and a map in memory.
//
// `node store.mjs <migration.sql> …` prints its port. Outside, so that a fresh workerd starts one Worker and nothing else.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";

const database = new DatabaseSync(":memory:");
for (const migration of process.argv.slice(2)) database.exec(readFileSync(migration, "utf8"));
const settings = new Map();

/** One statement's rows, in the form that was asked for; `NONE` gets them too, as on the platform. */
function run({ sql, params }, format) {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  const columns = statement.columns().map(({ name }) => name);
  const rows = statement.all(...(params ?? []));
  const object = (row) => Object.fromEntries(columns.map((name, place) => [name, row[place]]));
  const results = format === "ROWS_AND_COLUMNS" ? { columns, rows } : rows.map(object);
  return { success: true, results, meta: { duration: 0, changes: 0, last_row_id: 0, rows_read: 0, rows_written: 0 } };
}

/** D1's protocol: a statement or a list of them, a list in one transaction. */
function query(format, body) {
  const asked = JSON.parse(body);
  const statements = [asked].flat();
  database.exec("BEGIN");
  try {
    const results = statements.map((statement) => run(statement, format));
    database.exec("COMMIT");
    return Array.isArray(asked) ? results : results[0];
  } catch (error) {
    database.exec("ROLLBACK");
    return { success: false, error: error.message };
  }
}

/** KV's protocol: the key is the path. */
function keep(method, key, body) {
  if (method === "PUT") settings.set(key, body);
  if (method === "DELETE") settings.delete(key);
  if (method === "GET" && !settings.has(key)) return [404, ""];
  return [200, method === "GET" ? settings.get(key) : ""];
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://store");
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const isQuery = request.method === "POST" && ["/query", "/execute"].includes(pathname);
  const [status, answer] = isQuery
    ? [200, JSON.stringify(query(searchParams.get("resultsFormat"), body))]
    : keep(request.method, decodeURIComponent(pathname), body);
  response.writeHead(status, { "content-type": isQuery ? "application/json" : "application/octet-stream" }).end(answer);
});
// Kept open between Workers' starts; the default closes an idle connection after 5 s.
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
// The other side closes standard input when it ends, however it ends.
process.stdin.on("end", () => process.exit()).resume();
