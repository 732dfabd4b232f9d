// RudderStack: the library without its servers: configuration given here, events to an endpoint of our own.
const analytics = new rudderanalytics.RudderAnalytics();
analytics.load('shop-shop-shop-shop-shop1', location.origin + '/take/rudderstack', {
  configUrl: location.origin + '/take/rudderstack',
  getSourceConfig: () => ({ source: { id: 'shop', name: 'shop', writeKey: 'shop', enabled: true, config: {}, destinations: [], workspaceId: 'shop' } }),
});
analytics.page();
window.tellCart = (quantity) => analytics.track('Cart Viewed', { products: [{ product_id: 'P1', quantity, price: 49.9 }] });
