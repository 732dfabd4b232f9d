// Segment: the library without its servers: settings given here, events to an endpoint of our own.
const analytics = AnalyticsNext.AnalyticsBrowser.load(
  { writeKey: 'shop', cdnSettings: { integrations: { 'Segment.io': { apiKey: 'shop', apiHost: location.host + '/take/segment', protocol: 'http' } } } },
  {},
);
analytics.page();
window.tellCart = (quantity) => analytics.track('Cart Viewed', { products: [{ product_id: 'P1', quantity, price: 49.9 }] });
