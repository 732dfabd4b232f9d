// Loaded before the mail emulator (`node --require`): it listens on all interfaces, a developer's machine must not.
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
