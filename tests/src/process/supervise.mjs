// Runs one server in a process group of its own and ends the whole group when standard input closes.
// The kernel closes it however our side ends: by drop, Ctrl-C or kill -9.
// Anything written to it ends the group by SIGKILL: no handler runs, nothing is flushed.
import { spawn } from "node:child_process";

const [program, ...programArguments] = process.argv.slice(2);
const child = spawn(program, programArguments, { stdio: ["ignore", "inherit", "inherit"], detached: true });

/** Signals the group; that it is already gone is no failure. */
function signal(name) {
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

child.on("error", (error) => {
  console.error(`cannot start ${program}: ${error.message}`);
  process.exit(127);
});
child.on("exit", (code) => {
  signal("SIGKILL");
  process.exit(code ?? 1);
});
process.stdin.on("end", () => {
  signal("SIGTERM");
  // wrangler answers within a second; what has not gone by then holds nothing worth saving.
  setTimeout(() => signal("SIGKILL"), 2000);
});
process.stdin.on("data", () => signal("SIGKILL"));
// Ctrl-C goes to the foreground group: our side decides when its servers end.
process.on("SIGINT", () => {});
