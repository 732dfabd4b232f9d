// A script as the shim loads it: keeps what is lent to it, and asks once more.
(() => {
  const io = cartwakeLends();
  window.lent = { io, again: cartwakeLends() };
  // Scripts of the page that were brought here without the shim.
  if (window.stand) Object.setPrototypeOf(window.stand, io);
})();
