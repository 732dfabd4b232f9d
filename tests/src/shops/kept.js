// Everything a page can keep in this browser under its own origin.
return (async () => [
  Object.entries(localStorage),
  Object.entries(sessionStorage),
  document.cookie,
  (await indexedDB.databases()).map(({ name }) => name),
  await caches.keys(),
  (await navigator.serviceWorker.getRegistrations()).length,
  history.state,
  window.name,
])();
