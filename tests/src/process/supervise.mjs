// Runs one server in a process group of its own and ends the whole group when standard input closes.
// The kernel closes it however the program that started us ends: by drop, by a signal or by kill -9.
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

/** Asks the group to end, and ends it by force where it does not. */
function end() {
  signal("SIGTERM");
  // wrangler answers within a second; a process that still runs after two holds nothing worth saving.
  setTimeout(() => signal("SIGKILL"), 2000);
}

child.on("error", (error) => {
  console.error(`cannot start ${program}: ${error.message}`);
  process.exit(127);
});
child.on("exit", (code) => {
  signal("SIGKILL");
  process.exit(code ?? 1);
});
process.stdin.on("end", end);
process.stdin.on("data", () => signal("SIGKILL"));
// By default a signal would end this supervisor alone and leave the group without one.
for (const name of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(name, end);
