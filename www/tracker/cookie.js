// Cookie: where the Worker's cookie remembers the visitor too, on the shop's own domain (docs/decisions/first-party-id.md).
import { io } from './io.js';

const { credentials } = io.settings;
const url = (name) => `${io.origin}/v1/${name}?site=${io.site}`;

// A browser whose storage knows no session goes on as the visitor of its cookie. Without permission nothing is asked.
io.boot = async (asked) =>
  io.permitted() ? (await fetch(url('boot') + asked + (/"session":"/.test(io.get()) ? '' : '&new=1'), { credentials })).json() : {};

io.adopt = (kept) => {
  // The carts of then have their numbers; the minutes since 1970 are none of them.
  const behind = Math.floor(Date.now() / 6e4);
  kept.n[1] += behind;
  for (const waiting of kept.queue) waiting.cart += behind;
};

io.forget = () => fetch(url('forget'), { method: 'POST', credentials, keepalive: true }).catch(io.log);
io.begin();
