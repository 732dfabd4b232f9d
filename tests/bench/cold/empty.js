// A Worker that does nothing: what a workerd process costs by itself.
export default {
  fetch() {
    return new Response("ok");
  },
};
