// What a page is at this moment, without the tag itself: serialised DOM, storage, dataLayer, and how far things moved.
return new Promise((resolve) => {
  let moved = 0;
  const observer = new PerformanceObserver((list) => {
    // What moves right after a click or a key is the answer to it and no shift, as Core Web Vitals count it.
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) moved += value;
  });
  observer.observe({ type: 'layout-shift', buffered: true });
  // Buffered entries are handed over in a task of their own, before the second frame.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    observer.disconnect();
    const page = document.documentElement.cloneNode(true);
    for (const tag of page.querySelectorAll('script[src*="/cartwake.js"]')) tag.remove();
    let layer = '[]';
    try {
      layer = JSON.stringify(window.dataLayer ?? [], (name, value) => (Object.prototype.toString.call(value) === '[object Arguments]' ? [...value] : value));
    } catch (error) {
      layer = String(error);
    }
    const kept = (storage) => Object.entries(storage()).sort();
    const safely = (storage) => {
      try {
        return kept(storage);
      } catch {
        return 'blocked';
      }
    };
    resolve({
      address: location.href,
      // The driver marks the frames it went into.
      dom: page.outerHTML.replace(/\n+/g, '\n').replace(/ cd_frame_id_="\w+"/g, ''),
      local: safely(() => localStorage),
      session: safely(() => sessionStorage),
      cookie: document.cookie,
      layer,
      moved: moved.toFixed(3),
    });
  }));
});
