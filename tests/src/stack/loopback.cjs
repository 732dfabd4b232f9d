// Keeps the mail emulator on the loopback address; by itself it listens on all interfaces of a developer's machine.
// Node loads this file first (`--require`).
"use strict";

const { Server } = require("node:net");

const listen = Server.prototype.listen;

// `listen` takes a port, a port and a host, or an options object; every form ends up on the loopback address.
Server.prototype.listen = function listenOnLoopback(first, ...rest) {
  if (typeof first === "object" && first !== null) {
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  }
  const done = rest.find((argument) => typeof argument === "function");
  return listen.call(this, { port: first, host: "127.0.0.1" }, done);
};
